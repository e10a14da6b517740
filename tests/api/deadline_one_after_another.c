/* SPDX-License-Identifier: MIT */
/*
 * Deadlines that a task begins and ends one after the other share a timer: what is left of one does not end
 * the next, nor hold it up, and a thousand of them cost no thousand timers.
 */
#include "../support/runtime.h"

static uint64_t timers_set(void)
{
    nw_counters counters;

    CHECK_EQ(nw_stats(NULL, &counters), 0);
    return counters.timers_set;
}

static void passes_by(int64_t after_ns)
{
    nw_deadline deadline;

    nw_deadline_begin(&deadline, after_ns);
    CHECK_EQ(nw_deadline_end(&deadline), 0);
}

/* Returns: how long it took. */
static int64_t passes(int64_t after_ns)
{
    nw_deadline deadline;
    int64_t began_ns = nw_now();

    nw_deadline_begin(&deadline, after_ns);
    CHECK_EQ(nw_sleep(NW_SEC(30)), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    return nw_now() - began_ns;
}

static int ends_with_one_behind(void *arg)
{
    (void)arg;
    passes_by(NW_SEC(60));
    return 0;
}

static int first(void *arg)
{
    uint64_t before = timers_set();

    (void)arg;
    for (int i = 0; i < 1000; i++)
        passes_by(NW_SEC(60));
    CHECK_EQ(timers_set() - before, 1);

    CHECK(passes(NW_MS(1)) < NW_SEC(30)); /* earlier than what was left behind */

    nw_deadline outer;
    nw_deadline_begin(&outer, NW_SEC(60));
    before = timers_set();
    passes_by(NW_MS(500)); /* is earlier, */
    CHECK_EQ(timers_set() - before, 0);
    CHECK_EQ(nw_sleep(NW_MS(600)), 0); /* and has ended */
    CHECK_EQ(nw_deadline_end(&outer), 0);

    passes_by(NW_MS(500));
    CHECK(passes(NW_MS(700)) >= NW_MS(700)); /* later than what was left behind */

    CHECK_EQ(nw_await(nw_spawn(ends_with_one_behind, NULL)), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
