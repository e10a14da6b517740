/* SPDX-License-Identifier: MIT */
/* Waiting for a FIFO's other end can be cancelled and timed out, at any moment, and leaves nothing behind. */
#include "check.h"
#include <nowait.h>

static int open_and_wait(void *arg)
{
    return nw_fd_open("fifo", *(int *)arg, 0);
}

static void cancel_after(int flags, int yields)
{
    int open_before = check_open_fds();
    nw_task *task = nw_spawn(open_and_wait, &flags);

    for (int i = 0; i < yields; i++)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(check_open_fds(), open_before);
}

static int first(void *arg)
{
    int reader = O_RDONLY, writer = O_WRONLY;

    (void)arg;
    for (int yields = 0; yields < 40; yields++) {
        cancel_after(O_RDONLY, yields);
        cancel_after(O_WRONLY, yields);
    }
    CHECK_EQ(nw_timeout(NW_MS(3), open_and_wait, &reader), -ETIMEDOUT);
    CHECK_EQ(nw_timeout(NW_MS(3), open_and_wait, &writer), -ETIMEDOUT);
    CHECK_EQ(nw_fd_open("fifo", O_WRONLY | O_NONBLOCK, 0), -ENXIO); /* no reader was left behind */
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkfifo("fifo", 0600));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
