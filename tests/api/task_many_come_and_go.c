/* SPDX-License-Identifier: MIT */
/* Hundreds of thousands of tasks, some of them alive together, leave none behind, and are all counted. */
#include "../support/runtime.h"

#ifdef RUNTIME_TSAN
#define BATCH 5000 /* to TSan a task is a thread, and it knows 8,128 at most */
#else
#define BATCH 10000
#endif

static int sum(void *arg)
{
    int rc = nw_yield();

    return rc < 0 ? rc : *(int *)arg;
}

static int first(void *arg)
{
    static nw_task *tasks[BATCH];
    static int numbers[BATCH];
    int rounds = scaled(20);
    nw_counters counters;

    (void)arg;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < BATCH; i++) {
            numbers[i] = i;
            tasks[i] = nw_spawn(sum, &numbers[i]);
        }
        CHECK_EQ(tasks_alive(), BATCH + 1);
        for (int i = BATCH - 1; i >= 0; i--)
            CHECK_EQ(nw_await(tasks[i]), i);
        CHECK_EQ(tasks_alive(), 1);
    }
    CHECK_EQ(nw_stats(NULL, &counters), 0);
    CHECK_EQ(counters.tasks_spawned, (uint64_t)rounds * BATCH + 1);
    CHECK(counters.switches >= counters.tasks_spawned);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
