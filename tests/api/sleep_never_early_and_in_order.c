/* SPDX-License-Identifier: MIT */
/* A sleeper never wakes early; sleepers wake in the order of their times, equal ones in that of their calls.
 */
#include "../support/runtime.h"

#define SLEEPERS 2000

static int64_t due_ns[SLEEPERS];
static int order[SLEEPERS], ended;

static int sleep_until_due(void *arg)
{
    int index = (int)((int64_t *)arg - due_ns);
    int64_t after_ns = due_ns[index] - nw_now();

    CHECK_EQ(nw_sleep(after_ns > 0 ? after_ns : 1), 0);
    CHECK(nw_now() >= due_ns[index]);
    order[ended++] = index;
    return 0;
}

static int first(void *arg)
{
    static nw_task *tasks[SLEEPERS];
    int64_t begin_ns = nw_now() + NW_MS(200);

    (void)arg;
    for (int i = 0; i < SLEEPERS; i++) {
        due_ns[i] = begin_ns + NW_US(100) * random_below(500);
        tasks[i] = nw_spawn(sleep_until_due, &due_ns[i]);
    }
    CHECK_EQ(nw_gather(tasks, SLEEPERS), 0);
    CHECK_EQ(ended, SLEEPERS);
    if (nw_now() - begin_ns > NW_SEC(2))
        return 0; /* so slow a machine has begun after the first was due */
    for (int i = 1; i < SLEEPERS; i++)
        CHECK(due_ns[order[i - 1]] <= due_ns[order[i]]);
    return 0;
}

int main(void)
{
    random_seed();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
