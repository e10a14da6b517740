/* SPDX-License-Identifier: MIT */
/*
 * 10,000 polls that are ready at once, in a queue of 8: one turn completes more than any queue of the
 * kernel's holds. Every op is done exactly once, by callback or by waiting.
 */
#include "../support/runtime.h"

static int done_calls;

static void count_done(nw_op *op)
{
    CHECK_EQ(op->result, POLLIN);
    CHECK_EQ(*(int *)op->user, 0);
    *(int *)op->user = 1;
    done_calls++;
}

static int make_ready(void *arg)
{
    CHECK_EQ(write(*(int *)arg, "x", 1), 1);
    return 0;
}

static int first(void *arg)
{
    int count = scaled(10000), pipes[2];
    nw_op *ops = calloc((size_t)count, sizeof *ops), **list = calloc((size_t)count, sizeof(nw_op *));
    int *marks = calloc((size_t)count, sizeof *marks);
    char byte;

    (void)arg;
    CHECK(ops && list && marks);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    for (int round = 0; round < 2; round++) {
        done_calls = 0;
        memset(marks, 0, (size_t)count * sizeof *marks);
        for (int i = 0; i < count; i++) {
            list[i] = &ops[i];
            nw_op_poll(&ops[i], pipes[0], POLLIN);
            ops[i].user = &marks[i];
            if (round == 0)
                ops[i].done = count_done;
            CHECK_EQ(nw_op_submit(NULL, &ops[i]), 0);
            CHECK_EQ(nw_op_submit(NULL, &ops[i]), -EINVAL);
        }
        CHECK_EQ(nw_sleep(NW_MS(1)), 0); /* all are with the kernel, none is ready */
        CHECK_EQ(done_calls, 0);
        CHECK_EQ(nw_op_done(&ops[count - 1]), false);
        CHECK_EQ(make_ready(&pipes[1]), 0);
        if (round == 0)
            while (done_calls < count)
                CHECK_EQ(nw_yield(), 0);
        else
            CHECK_EQ(nw_wait_all(list, (size_t)count), 0);
        for (int i = 0; i < count; i++)
            CHECK_EQ(ops[i].result, POLLIN);
        CHECK_EQ(read_fd(pipes[0], &byte, 1), 1);
        CHECK_EQ(done_calls, round == 0 ? count : 0);
    }
    close(pipes[0]);
    close(pipes[1]);
    free(marks);
    free(list);
    free(ops);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.queue_entries = 8}, first, NULL), 0);
    return 0;
}
