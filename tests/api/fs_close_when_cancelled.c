/* SPDX-License-Identifier: MIT */
/* A cancelled task's nw_fd_close() closes, whatever way it goes: read or written, small or without a name. */
#include "check.h"
#include <nowait.h>

static int close_four(void *arg)
{
    int fds[4], ends[2];

    fds[0] = nw_fd_open("file", O_RDONLY, 0);
    fds[1] = nw_fd_open("file", O_RDWR, 0);
    fds[2] = nw_temp_unnamed(".");
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    fds[3] = ends[0];
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_fd_sync(fds[1]), -ECANCELED);
    for (int i = 0; i < 4; i++) {
        CHECK(fds[i] >= 0);
        CHECK_EQ(nw_fd_close(fds[i]), 0);
        CHECK_EQ(fcntl(fds[i], F_GETFD), -1);
        CHECK_EQ(nw_fd_close(fds[i]), -EBADF);
    }
    *(bool *)arg = true;
    return 0;
}

static int first(void *arg)
{
    int open_before = check_open_fds();
    bool closed = false;

    (void)arg;
    CHECK_EQ(nw_await(nw_spawn(close_four, &closed)), 0);
    CHECK(closed);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("file", "content", 7);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
