/* SPDX-License-Identifier: MIT */
/* Zero and less have passed at once, whatever waits; NW_FOREVER and its neighbours never pass. */
#include "../support/runtime.h"

static void passes_at_once(int64_t after_ns)
{
    nw_deadline deadline;

    nw_deadline_begin(&deadline, after_ns);
    CHECK_EQ(nw_interrupted(), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), -ETIMEDOUT);
    CHECK_EQ(nw_sleep(0), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
}

static void never_passes(int64_t after_ns)
{
    nw_deadline deadline;

    nw_deadline_begin(&deadline, after_ns);
    CHECK_EQ(nw_sleep(NW_US(10)), 0);
    CHECK_EQ(nw_deadline_end(&deadline), 0);
}

static int first(void *arg)
{
    (void)arg;
    passes_at_once(0);
    passes_at_once(-1);
    passes_at_once(INT64_MIN);
    never_passes(NW_FOREVER);
    never_passes(NW_FOREVER - 1);
    never_passes(NW_FOREVER / 2);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
