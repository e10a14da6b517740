/* SPDX-License-Identifier: MIT */
/*
 * With no descriptors left a run fails to begin with -EMFILE, leaves nothing open, and works once there are
 * some; with a few left it either begins or fails, never half; in a run, the call that needs one fails, the
 * rest goes on.
 *
 * ctest: no-valgrind (it keeps descriptors of its own beyond the limit)
 */
#include "../support/runtime.h"
#include <sys/resource.h>

static int use_up(void *arg)
{
    int fds[64], count = 0, fd, pipes[2], five = 5;
    char byte;

    (void)arg;
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    while (count < 64 && (fd = nw_fd_open("/dev/null", O_RDONLY, 0)) >= 0)
        fds[count++] = fd;
    CHECK_EQ(fd, -EMFILE);
    CHECK_EQ(nw_to_thread(task_return_number, &five), 5);
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    CHECK_EQ(nw_fd_write(pipes[1], "x", 1), 1);
    CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    while (count > 0)
        CHECK_EQ(nw_fd_close(fds[--count]), 0);
    CHECK_EQ(nw_fd_close(pipes[0]), 0);
    CHECK_EQ(nw_fd_close(pipes[1]), 0);
    return 0;
}

static void allow(int fds)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = (rlim_t)fds;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static void run_with_few(int fds, unsigned loops)
{
    int began = 0;

    for (int left = 0; !began; left++) {
        CHECK(left < 40);
        allow(fds + left);
        int rc = nw_run_with(&(nw_run_options){.loops = loops}, task_return_zero, NULL);
        began = rc == 0;
        if (!began)
            CHECK_EQ(rc, -EMFILE);
        else
            CHECK(left > 0); /* an engine without a descriptor cannot be woken */
        allow(256);
        CHECK_EQ(check_open_fds(), fds);
    }
}

int main(void)
{
    int fds;

    (void)close_range(3, ~0U, 0); /* what the caller left open: the limit is one of numbers, not of counts */
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    fds = check_open_fds();
    run_with_few(fds, 1);
    run_with_few(fds, 3);
    allow(fds + 20);
    CHECK_EQ(nw_run(use_up, NULL), 0);
    allow(256);
    CHECK_EQ(check_open_fds(), fds);
    return 0;
}
