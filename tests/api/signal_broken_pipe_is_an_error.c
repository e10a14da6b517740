/* SPDX-License-Identifier: MIT */
/*
 * Writing to a pipe that nobody reads is -EPIPE, whichever way the write goes, and no SIGPIPE is raised, nor
 * left pending for later; the program's own mask and action are as before.
 */
#include "../support/runtime.h"

static int write_end;

static int write_big(void *arg)
{
    static const char zeros[1 << 20];

    return (int)nw_fd_write(*(int *)arg, zeros, sizeof zeros);
}

static int first(void *arg)
{
    static char data[1 << 20];
    int pipes[2];
    nw_op op;

    (void)arg;
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    close(pipes[0]);
    write_end = pipes[1];
    CHECK_EQ(nw_fd_write(write_end, "x", 1), -EPIPE);
    nw_op_write(&op, write_end, "x", 1, -1);
    CHECK_EQ(await_op(&op), -EPIPE);
    close(write_end);

    CHECK_SYS(pipe2(pipes, O_CLOEXEC)); /* and one that breaks while the write waits */
    nw_task *writer = nw_spawn(write_big, &pipes[1]);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_done(writer), false);
    CHECK_EQ(nw_fd_read(pipes[0], data, 4096), 4096);
    close(pipes[0]);
    int rc = nw_await(writer);
    CHECK(rc == -EPIPE || (rc > 0 && rc < 1 << 20)); /* what went through before is what is returned */
    close(pipes[1]);
    return 0;
}

int main(void)
{
    sigset_t before, after, pending;
    struct sigaction action;

    CHECK_SYS(sigprocmask(SIG_BLOCK, NULL, &before));
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_SYS(sigprocmask(SIG_BLOCK, NULL, &after));
    CHECK_SYS(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGPIPE), 0);
    CHECK_EQ(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
    CHECK_SYS(sigaction(SIGPIPE, NULL, &action));
    CHECK(action.sa_handler == SIG_DFL);
    return 0;
}
