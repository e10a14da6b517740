/* SPDX-License-Identifier: MIT */
/* A callback, which runs inside a dispatch, can neither dispatch nor destroy its loop. */
#include "../support/host.h"

static nw_loop *loop;
static int calls, second_calls;

static void count_second(nw_op *op)
{
    (void)op;
    second_calls++;
}

static void reenter(nw_op *op)
{
    CHECK_EQ(op->result, 1);
    CHECK_EQ(nw_loop_dispatch(loop), -EINVAL);
    nw_loop_destroy(loop);
    CHECK_EQ(nw_loop_dispatch(loop), -EINVAL); /* it is still there */
    calls++;
}

static int one(void *arg)
{
    (void)arg;
    return 1;
}

int main(void)
{
    int pipes[2];
    char bytes[2];
    nw_op ops[2], work;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(write(pipes[1], "ab", 2), 2);
    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    for (int i = 0; i < 2; i++) {
        nw_op_read(&ops[i], pipes[0], &bytes[i], 1, -1);
        ops[i].done = i == 0 ? reenter : count_second;
        CHECK_EQ(nw_op_submit(loop, &ops[i]), 0);
    }
    nw_op_work(&work, one, NULL);
    work.done = reenter;
    CHECK_EQ(nw_op_submit(loop, &work), 0);
    host_until(loop, &calls, 2);
    host_until(loop, &second_calls, 1);
    CHECK_EQ(calls, 2);
    nw_loop_destroy(loop);
    return 0;
}
