/* SPDX-License-Identifier: MIT */
/*
 * A task reads from a pipe whose descriptor is closed behind its back; its number becomes another pipe's.
 * Whoever reads from that one gets its data, and the first task can still be cancelled.
 */
#include "check.h"
#include <nowait.h>

static int number;

static int read_old(void *arg)
{
    char data[8];
    ssize_t n = nw_fd_read(number, data, sizeof data);

    (void)arg;
    CHECK(n == -EBADF || n == -ECANCELED);
    return 0;
}

static int read_new(void *arg)
{
    char data[8];

    (void)arg;
    CHECK_EQ(nw_fd_read(number, data, sizeof data), 3);
    CHECK_MEM(data, "new", 3);
    return 0;
}

static int first(void *arg)
{
    int old[2], other[2];
    nw_task *readers[2];

    (void)arg;
    CHECK_SYS(pipe2(old, O_CLOEXEC));
    CHECK_SYS(pipe2(other, O_CLOEXEC));
    number = old[0];
    readers[0] = nw_spawn(read_old, NULL);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_SYS(dup3(other[0], number, O_CLOEXEC));
    readers[1] = nw_spawn(read_new, NULL);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(write(other[1], "new", 3), 3);
    CHECK_EQ(nw_await(readers[1]), 0);
    nw_cancel(readers[0]);
    CHECK_EQ(nw_await(readers[0]), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(nw_fd_close(old[i]), 0);
        CHECK_EQ(nw_fd_close(other[i]), 0);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
