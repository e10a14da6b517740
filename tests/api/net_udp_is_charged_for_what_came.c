/* SPDX-License-Identifier: MIT */
/*
 * Receiving counts against a task's allowance by what has come, not by the room that there was for it: small
 * datagrams into a large buffer are taken sixteen at a time before others have their turn.
 */
#include "../support/runtime.h"

#define DATAGRAMS 96

static bool done;
static int beats;

static int beat(void *arg)
{
    (void)arg;
    while (!done) {
        CHECK_EQ(nw_yield(), 0);
        beats++;
    }
    return 0;
}

/* How often others had their turn while all were received, which were there before. */
static int receive_all(void)
{
    static char data[65536];
    nw_udp *from, *to;
    nw_address address;
    int before;

    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &to), 0);
    CHECK_EQ(nw_udp_address(to, &address), 0);
    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &from), 0);
    for (int i = 0; i < DATAGRAMS; i++)
        CHECK_EQ(nw_udp_send(from, data, 4, &address), 4);
    done = false;
    nw_task *task = nw_spawn(beat, NULL);
    CHECK(task);
    CHECK_EQ(nw_yield(), 0); /* with all of the allowance */
    before = beats;
    for (int i = 0; i < DATAGRAMS; i++)
        CHECK_EQ(nw_udp_receive(to, data, sizeof data, NULL), 4);
    before = beats - before;
    done = true;
    CHECK_EQ(nw_await(task), 0);
    nw_udp_close(from);
    nw_udp_close(to);
    return before;
}

static int test(void *arg)
{
    (void)arg;
    CHECK(receive_all() <= DATAGRAMS / 16);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
