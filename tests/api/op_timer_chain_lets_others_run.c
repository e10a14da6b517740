/* SPDX-License-Identifier: MIT */
/* A timer that is due already and that its callback sets again and again does not keep the loop. */
#include "../support/runtime.h"

static bool stop;

static void again(nw_op *op)
{
    if (stop)
        return;
    nw_op_timer(op, 0);
    op->done = again;
    CHECK_EQ(nw_op_submit(NULL, op), 0);
}

static int first(void *arg)
{
    nw_op op;

    (void)arg;
    nw_op_timer(&op, 0);
    op.done = again;
    CHECK_EQ(nw_op_submit(NULL, &op), 0);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    stop = true;
    while (!nw_op_done(&op))
        CHECK_EQ(nw_yield(), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
