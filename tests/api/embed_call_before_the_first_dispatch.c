/* SPDX-License-Identifier: MIT */
/*
 * A host that calls into its loop before it has dispatched it for the first time finds the descriptor
 * readable: nobody has to dispatch on suspicion. Afterwards the descriptor is quiet again.
 */
#include <nowait.h>
#include <poll.h>

#include "check.h"

static int note(void *arg)
{
    *(bool *)arg = true;
    return 0;
}

static int readable(nw_loop *loop, int timeout_ms)
{
    struct pollfd watched = {.fd = nw_loop_fd(loop), .events = POLLIN};

    return CHECK_SYS(poll(&watched, 1, timeout_ms));
}

int main(void)
{
    bool called = false;
    nw_loop *loop;

    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK_EQ(nw_loop_call(loop, note, &called), 0);
    CHECK_EQ(readable(loop, 10000), 1);
    while (!called) {
        CHECK_EQ(readable(loop, 10000), 1);
        CHECK(nw_loop_dispatch(loop) >= 0);
    }
    CHECK_EQ(nw_loop_dispatch(loop), 0);
    CHECK_EQ(readable(loop, 0), 0);
    CHECK(nw_loop_timeout(loop) == NW_FOREVER);
    nw_loop_destroy(loop);
    return 0;
}
