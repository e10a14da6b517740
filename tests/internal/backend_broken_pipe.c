/* SPDX-License-Identifier: MIT */
/*
 * Writing when the reader has gone is -EPIPE and no signal, whichever way the write goes; the program's own
 * writes raise SIGPIPE as before.
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../support/engine.h"
#include "../support/seccomp.h"

static void forbid(long call, int error)
{
    if (seccomp_forbid(call, error) != 0)
        check_skip("no seccomp filter can be installed here: %s", strerror(errno));
}

static void write_all_ways(struct engine *engine, int fd)
{
    const struct iovec vector = {.iov_base = (char[]){"x"}, .iov_len = 1};
    nw_op op;

    nw_op_write(&op, fd, "x", 1, -1);
    CHECK_EQ(nw__op_try(&op), -EPIPE);
    CHECK_EQ(engine_run(engine, &op), -EPIPE);
    nw_op_writev(&op, fd, &vector, 1, -1);
    op.flags |= NW__OP_NO_INLINE;
    CHECK_EQ(engine_run(engine, &op), -EPIPE);
}

static void write_to_nobody(struct engine *engine, int fd)
{
    nw_op op;

    nw_op_write(&op, fd, "x", 1, -1);
    op.flags |= NW__OP_NO_INLINE;
    CHECK_EQ(engine_run(engine, &op), -EPIPE);
}

/* As before Linux 6.18: no flag, so that the signal is blocked while the engine lives, and forgotten after.
 */
static int without_the_flag(int fd)
{
    sigset_t blocked, pending;
    struct engine engine;

    forbid(SYS_pwritev2, EOPNOTSUPP);
    engine = engine_open();
    if (strcmp(engine.backend->vtable->name, "uring") == 0) /* workers cannot do without that call */
        write_to_nobody(&engine, fd);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    CHECK(sigismember(&blocked, SIGPIPE));
    engine_close(&engine);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    CHECK(!sigismember(&blocked, SIGPIPE));
    CHECK_SYS(sigpending(&pending));
    CHECK(!sigismember(&pending, SIGPIPE));
    return 0;
}

int main(void)
{
    struct engine engine;
    int fds[2], pair[2], status;

    CHECK_SYS(pipe2(fds, O_CLOEXEC));
    CHECK_SYS(close(fds[0]));
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CHECK_SYS(close(pair[0]));
    pid_t child = CHECK_SYS(fork());
    if (child == 0)
        _exit(without_the_flag(fds[1]));
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_SKIPPED));

    engine = engine_open();
    write_all_ways(&engine, fds[1]);
    write_all_ways(&engine, pair[1]);
    engine_close(&engine);
    child = CHECK_SYS(fork());
    if (child == 0)
        _exit(write(fds[1], "x", 1) == 1);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    return 0;
}
