/* SPDX-License-Identifier: MIT */
/* An op that nobody waits for when the run ends is cancelled, is done before nw_run returns, and holds up
 * nothing. */
#include "../support/runtime.h"

static nw_op ops[100];
static char bytes[100];
static int done_calls;

static void count_done(nw_op *op)
{
    CHECK_EQ(op->result, -ECANCELED);
    done_calls++;
}

static int leave_behind(void *arg)
{
    for (int i = 0; i < 100; i++) {
        nw_op_read(&ops[i], *(int *)arg, &bytes[i], 1, -1);
        if (i % 2)
            ops[i].done = count_done;
        CHECK_EQ(nw_op_submit(NULL, &ops[i]), 0);
    }
    return nw_yield();
}

int main(void)
{
    int pipes[2];

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_run(leave_behind, &pipes[0]), 0);
    CHECK_EQ(done_calls, 50);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(nw_op_done(&ops[i]), true);
        CHECK_EQ(ops[i].result, -ECANCELED);
    }
    return 0;
}
