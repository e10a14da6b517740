/* SPDX-License-Identifier: MIT */
/*
 * nw_wait_any returns when one op is done, ops done before included; interrupted, it leaves the ops in
 * flight, and nw_wait_all then takes them back.
 */
#include "../support/runtime.h"

static int first(void *arg)
{
    enum { COUNT = 10 };
    nw_op ops[COUNT], *list[COUNT];
    int pipes[COUNT][2];
    char bytes[COUNT];
    size_t index = 99;
    nw_deadline deadline;

    (void)arg;
    for (int i = 0; i < COUNT; i++) {
        CHECK_SYS(pipe2(pipes[i], O_CLOEXEC));
        nw_op_read(&ops[i], pipes[i][0], &bytes[i], 1, -1);
        CHECK_EQ(nw_op_submit(NULL, &ops[i]), 0);
        list[i] = &ops[i];
    }
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_wait_any(list, COUNT, &index), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(index, 99);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(nw_op_done(&ops[i]), false);

    CHECK_EQ(write(pipes[6][1], "6", 1), 1);
    CHECK_EQ(nw_wait_any(list, COUNT, &index), 0);
    CHECK_EQ(index, 6);
    CHECK_EQ(ops[6].result, 1);
    CHECK_EQ(bytes[6], '6');
    index = 99;
    CHECK_EQ(nw_wait_any(list, COUNT, &index), 0); /* it still counts */
    CHECK_EQ(index, 6);

    nw_op_cancel(&ops[3]);
    nw_op_cancel(&ops[3]);
    CHECK_EQ(nw_wait_all(&list[3], 1), 0);
    CHECK_EQ(ops[3].result, -ECANCELED);
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_wait_all(list, COUNT), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(nw_op_done(&ops[i]), true);
        CHECK_EQ(ops[i].result, i == 6 ? 1 : -ECANCELED);
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
