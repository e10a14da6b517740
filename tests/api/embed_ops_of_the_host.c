/* SPDX-License-Identifier: MIT */
/*
 * Ops that the host submits between dispatches, and that callbacks submit in one, reach the kernel although
 * the host does no more than look at the descriptor and the timeout; cancelling between dispatches works too.
 */
#include "../support/host.h"

static nw_loop *loop;
static int pipes[2], done_calls, cancelled_calls;
static char byte;

static void count_done(nw_op *op)
{
    CHECK_EQ(op->result, 1);
    if (++done_calls % 100 == 0)
        return;
    nw_op_read(op, pipes[0], &byte, 1, -1); /* the next, from a callback */
    op->done = count_done;
    CHECK_EQ(nw_op_submit(loop, op), 0);
}

static void count_cancelled(nw_op *op)
{
    CHECK_EQ(op->result, -ECANCELED);
    cancelled_calls++;
}

static void chain_of_reads(bool data_first)
{
    static const char data[100];
    nw_op op;

    done_calls = 0;
    if (data_first)
        CHECK_EQ(write(pipes[1], data, sizeof data), sizeof data);
    nw_op_read(&op, pipes[0], &byte, 1, -1);
    op.done = count_done;
    CHECK_EQ(nw_op_submit(loop, &op), 0);
    if (!data_first) {
        CHECK(nw_loop_dispatch(loop) >= 0);
        CHECK_EQ(done_calls, 0);
        CHECK_EQ(write(pipes[1], data, sizeof data), sizeof data);
    }
    host_until(loop, &done_calls, 100);
}

static void cancel_between_dispatches(bool dispatched)
{
    nw_op ops[20];

    cancelled_calls = 0;
    for (int i = 0; i < 20; i++) {
        nw_op_read(&ops[i], pipes[0], &byte, 1, -1);
        ops[i].done = count_cancelled;
        CHECK_EQ(nw_op_submit(loop, &ops[i]), 0);
    }
    if (dispatched)
        for (int i = 0; i < 3; i++)
            CHECK(nw_loop_dispatch(loop) >= 0);
    for (int i = 0; i < 20; i++)
        nw_op_cancel(&ops[i]);
    host_until(loop, &cancelled_calls, 20);
}

static int count_thread(void *arg)
{
    (void)arg;
    return 1;
}

int main(void)
{
    nw_op work;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_loop_create(&(nw_run_options){.queue_entries = 8}, &loop), 0);
    for (int i = 0; i < 20; i++) {
        chain_of_reads(true);
        chain_of_reads(false);
        cancel_between_dispatches(true);
        cancel_between_dispatches(false);
        done_calls = 99;
        nw_op_work(&work, count_thread, NULL);
        work.done = count_done;
        CHECK_EQ(nw_op_submit(loop, &work), 0);
        host_until(loop, &done_calls, 100);
    }
    nw_loop_destroy(loop);
    return 0;
}
