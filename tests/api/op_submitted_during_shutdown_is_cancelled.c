/* SPDX-License-Identifier: MIT */
/* An op that a task's clean-up submits and leaves behind while the loop ends is cancelled like all others. */
#include "../support/runtime.h"

static nw_op left, of_callback;
static char byte;
static int fd;

static void submit_another(nw_op *op)
{
    CHECK_EQ(op->result, -ECANCELED);
    nw_op_timer(&of_callback, NW_FOREVER);
    CHECK_EQ(nw_op_submit(NULL, &of_callback), 0);
}

static int leftover(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    nw_op_read(&left, fd, &byte, 1, -1);
    left.done = submit_another;
    CHECK_EQ(nw_op_submit(NULL, &left), 0);
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    nw_detach(nw_spawn(leftover, NULL));
    return nw_yield();
}

int main(void)
{
    int pipes[2];

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    fd = pipes[0];
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(left.result, -ECANCELED);
    CHECK_EQ(of_callback.result, -ECANCELED);
    return 0;
}
