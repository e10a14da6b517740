/* SPDX-License-Identifier: MIT */
/*
 * A host for an embedded loop that does what loop.h says and no more: it sleeps in poll(2) until the loop's
 * descriptor is readable or its timeout has passed, and dispatches only then. Whatever needs more is lost.
 */
#ifndef NW_TESTS_HOST_H
#define NW_TESTS_HOST_H

#include "runtime.h"

/* Wait once and dispatch. Returns the number of tasks alive. */
CHECK_UNUSED static int host_turn(nw_loop *loop)
{
    struct pollfd loop_fd = {.fd = nw_loop_fd(loop), .events = POLLIN};
    int64_t left_ns = nw_loop_timeout(loop);
    struct timespec timeout;
    int alive;

    CHECK(left_ns >= 0);
    timeout = (struct timespec){left_ns / 1000000000, left_ns % 1000000000};
    CHECK_SYS(ppoll(&loop_fd, 1, left_ns == NW_FOREVER ? NULL : &timeout, NULL));
    alive = nw_loop_dispatch(loop);
    CHECK(alive >= 0);
    return alive;
}

CHECK_UNUSED static void host_until(nw_loop *loop, const int *counter, int target)
{
    while (*counter < target)
        host_turn(loop);
}

#endif
