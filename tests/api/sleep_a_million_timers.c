/* SPDX-License-Identifier: MIT */
/* A million timers are set, half of them fire and half are taken back before; none fires early or is lost. */
/* ctest: no-qemu */
#include "../support/runtime.h"

static int tasks_count, naps_each;
static uint64_t fired, taken_back;

static int take_naps(void *arg)
{
    (void)arg;
    for (int i = 0; i < naps_each; i++) {
        nw_op op, *ops[] = {&op};
        int64_t nap_ns = NW_US(1 + random_below(20000));
        int64_t due_ns = nw_now() + nap_ns;

        nw_op_timer(&op, nw_now() + NW_SEC(3600 + random_below(3600)));
        CHECK_EQ(nw_op_submit(NULL, &op), 0);
        CHECK_EQ(nw_sleep(nap_ns), 0);
        CHECK(nw_now() >= due_ns);
        fired++;
        nw_op_cancel(&op);
        CHECK_EQ(nw_wait_all(ops, 1), 0);
        CHECK_EQ(op.result, -ECANCELED);
        taken_back++;
    }
    return 0;
}

static int first(void *arg)
{
    nw_task **tasks = calloc((size_t)tasks_count, sizeof *tasks);
    nw_counters counters;

    (void)arg;
    CHECK(tasks);
    for (int i = 0; i < tasks_count; i++)
        tasks[i] = nw_spawn(take_naps, NULL);
    CHECK_EQ(nw_gather(tasks, (size_t)tasks_count), 0);
    free(tasks);
    CHECK_EQ(fired, (uint64_t)tasks_count * (uint64_t)naps_each);
    CHECK_EQ(nw_stats(NULL, &counters), 0);
    CHECK_EQ(counters.timers_set, fired + taken_back);
    return 0;
}

int main(void)
{
    random_seed();
    tasks_count = tasks_at_once(scaled(100000));
    naps_each = scaled(100000) * 5 / tasks_count; /* each nap is two timers: one fires, one is taken back */
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
