/* SPDX-License-Identifier: MIT */
/*
 * A fork with ops in flight: the child can let go of its copy and use an engine of its own, and the parent's
 * ops are untouched.
 */
#include <sys/wait.h>

#include "../support/engine.h"
#include "base/sanitize.h"

static struct engine engine;

static int nothing(void *arg)
{
    (void)arg;
    return 9;
}

static int child_main(void)
{
    struct engine fresh;
    nw_op op;
    int fds[2];
    char byte;

    engine.backend->vtable->destroy(engine.backend, true);
    nw__pool_abandon(engine.pool);
    fresh = engine_open();
    CHECK_SYS(pipe(fds));
    CHECK_EQ(write(fds[1], "c", 1), 1);
    nw_op_read(&op, fds[0], &byte, 1, -1);
    CHECK_EQ(engine_run(&fresh, &op), 1);
#ifndef NW__TSAN /* which cannot start threads in a child of a process with threads */
    nw_op_work(&op, nothing, NULL);
    CHECK_EQ(engine_run(&fresh, &op), 9);
#endif
    engine_close(&fresh);
    return 0;
}

int main(void)
{
    int fds[2], status;
    char byte = 0;
    nw_op op;

    engine = engine_open();
    CHECK_SYS(pipe(fds));
    nw_op_work(&op, nothing, NULL); /* there is a worker when we fork */
    CHECK_EQ(engine_run(&engine, &op), 9);
    nw_op_read(&op, fds[0], &byte, 1, -1);
    engine_submit(&engine, &op);
    engine_turn(&engine, 0);
    pid_t child = CHECK_SYS(fork());
    if (child == 0)
        _exit(child_main());
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(op.state, NW__OP_SUBMITTED);
    CHECK_EQ(write(fds[1], "p", 1), 1);
    CHECK_EQ(engine_await(&engine, &op), 1);
    CHECK_EQ(byte, 'p');
    engine_close(&engine);
    return 0;
}
