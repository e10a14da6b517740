/* SPDX-License-Identifier: MIT */
/*
 * A turn that need not wait and has nothing to do makes no system call, also while an op is in flight on the
 * ring: the calls are forbidden, and nobody notices.
 */
#include "../support/engine.h"
#include "../support/seccomp.h"

static void forbid(long call, int error)
{
    if (seccomp_forbid(call, error) != 0)
        check_skip("no seccomp filter can be installed here: %s", strerror(errno));
}

static struct engine engine;

int main(void)
{
    nw_op op;
    char byte;
    int fds[2];

    engine = engine_open();
    CHECK_SYS(pipe(fds));
    nw_op_read(&op, fds[0], &byte, 1, -1);
    engine_submit(&engine, &op);
    engine_turn(&engine, 0);
    engine_cancel(&engine, &op);
    CHECK_EQ(engine_await(&engine, &op), -ECANCELED);
    if (strcmp(engine.backend->vtable->name, "uring") == 0) {
        engine_submit(&engine, (nw_op_read(&op, fds[0], &byte, 1, -1), &op));
        engine_turn(&engine, 0);
    }
    forbid(SYS_io_uring_enter, EIO);
    forbid(SYS_epoll_pwait, EIO);
    forbid(SYS_epoll_pwait2, EIO);
#ifdef SYS_epoll_wait
    forbid(SYS_epoll_wait, EIO);
#endif
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(engine.backend->vtable->wait(engine.backend, 0), 0);
    CHECK(engine.backend->vtable->wait(engine.backend, NW_MS(1)) < 0 || (false && "the filter works"));
    check_end(0); /* with an op in flight that can no longer be waited for */
}
