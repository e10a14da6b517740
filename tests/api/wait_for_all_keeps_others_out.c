/* SPDX-License-Identifier: MIT */
/* Who waits for several ops waits for each of them from the beginning: nobody else can slip in. */
#include "../support/runtime.h"

static nw_op timers[2];
static nw_op *const ops[] = {&timers[0], &timers[1]};

static int wait_for_both(void *arg)
{
    (void)arg;
    return nw_wait_all(ops, 2);
}

static int wait_for_second(void *arg)
{
    size_t index;

    (void)arg;
    return nw_wait_any(ops + 1, 1, &index);
}

static int first(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        nw_op_timer(&timers[i], NW_FOREVER);
        CHECK_EQ(nw_op_submit(NULL, &timers[i]), 0);
    }
    nw_task *both = nw_spawn(wait_for_both, NULL);
    CHECK_EQ(nw_yield(), 0);
    nw_task *second = nw_spawn(wait_for_second, NULL);
    CHECK_EQ(nw_yield(), 0);
    nw_op_cancel(&timers[0]);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_done(both), 0);
    nw_op_cancel(&timers[1]);
    CHECK_EQ(nw_await(both), 0);
    CHECK_EQ(nw_await(second), -EINVAL);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
