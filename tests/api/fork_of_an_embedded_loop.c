/* SPDX-License-Identifier: MIT */
/* The host of an embedded loop forks: the child's copy refuses, can be destroyed, and a new one can be made.
 */
#include "../support/runtime.h"

static int pipes[2];

static int read_pipe(void *arg)
{
    char byte;

    CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
    *(int *)arg = byte;
    return 0;
}

static void dispatch_until(nw_loop *loop, const int *flag)
{
    while (!*flag) {
        struct pollfd poll_fd = {.fd = nw_loop_fd(loop), .events = POLLIN};
        int64_t left_ns = nw_loop_timeout(loop);
        CHECK_SYS(poll(&poll_fd, 1, left_ns == NW_FOREVER ? -1 : (int)(left_ns / 1000000 + 1)));
        CHECK(nw_loop_dispatch(loop) >= 0);
    }
}

static int child(nw_loop *loop)
{
    nw_loop *fresh = NULL;
    int calls = 0;

    CHECK_EQ(nw_loop_dispatch(loop), NW_EFORKED);
    CHECK_EQ(nw_loop_call(loop, task_count, &calls), NW_EFORKED);
    nw_loop_destroy(loop);
    CHECK_EQ(nw_loop_create(NULL, &fresh), 0);
    CHECK_EQ(nw_loop_call(fresh, task_count, &calls), 0);
    dispatch_until(fresh, &calls);
    nw_loop_destroy(fresh);
    CHECK_EQ(calls, 1);
    return 0;
}

int main(void)
{
    nw_loop *loop = NULL;
    int got = 0, status;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK_EQ(nw_loop_call(loop, read_pipe, &got), 0);
    CHECK(nw_loop_dispatch(loop) >= 0);
    CHECK(nw_loop_dispatch(loop) >= 0);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(child(loop));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(write(pipes[1], "e", 1), 1);
    dispatch_until(loop, &got);
    CHECK_EQ(got, 'e');
    nw_loop_destroy(loop);
    return 0;
}
