/* SPDX-License-Identifier: MIT */
/* A done callback may submit the next op and cancel others; it may not wait, and is told so. */
#include "../support/runtime.h"

struct chain {
    nw_op op, victim;
    int pipe_fd, left;
    char byte;
    nw_event over;
};

static void victim_done(nw_op *op)
{
    CHECK_EQ(op->result, -ECANCELED);
    nw_event_set(op->user);
}

static void next_in_chain(nw_op *op)
{
    struct chain *chain = op->user;

    CHECK_EQ(op->result, 1);
    CHECK_EQ(nw_yield(), NW_ENOTASK);
    CHECK(!nw_task_self());
    if (--chain->left == 0) {
        nw_op_cancel(&chain->victim);
        return;
    }
    nw_op_read(op, chain->pipe_fd, &chain->byte, 1, -1);
    op->user = chain;
    op->done = next_in_chain;
    CHECK_EQ(nw_op_submit(NULL, op), 0);
}

static int first(void *arg)
{
    struct chain chain = {.left = 1000};
    int pipes[2], idle[2];
    char bytes[1000] = {0};

    (void)arg;
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_SYS(pipe2(idle, O_CLOEXEC));
    CHECK_EQ(write(pipes[1], bytes, sizeof bytes), sizeof bytes);
    nw_event_init(&chain.over);
    nw_op_read(&chain.victim, idle[0], &chain.byte, 1, -1);
    chain.victim.user = &chain.over;
    chain.victim.done = victim_done;
    CHECK_EQ(nw_op_submit(NULL, &chain.victim), 0);
    chain.pipe_fd = pipes[0];
    nw_op_read(&chain.op, pipes[0], &chain.byte, 1, -1);
    chain.op.user = &chain;
    chain.op.done = next_in_chain;
    CHECK_EQ(nw_op_submit(nw_loop_current(), &chain.op), 0);
    CHECK_EQ(nw_event_wait(&chain.over), 0);
    CHECK_EQ(chain.left, 0);
    nw_event_finish(&chain.over);
    for (int i = 0; i < 2; i++) {
        close(pipes[i]);
        close(idle[i]);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
