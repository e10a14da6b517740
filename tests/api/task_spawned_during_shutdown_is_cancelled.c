/* SPDX-License-Identifier: MIT */
/* Tasks spawned while nw_run is ending, also by clean-up, run, are cancelled from the start, and are joined.
 */
#include "../support/runtime.h"

static int late, later;

static int run_later(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_interrupted(), -ECANCELED);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    later++;
    return 0;
}

static int run_late(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_yield(), -ECANCELED);
    nw_detach(nw_spawn(run_later, NULL));
    late++;
    return 0;
}

static void spawn_in_clean_up(void *arg)
{
    nw_task *task = nw_spawn(run_late, NULL);

    (void)arg;
    CHECK_EQ(nw_await(task), 0); /* shielded: this waits */
    nw_detach(nw_spawn(run_late, NULL));
    CHECK_EQ(nw_loop_call(nw_loop_current(), run_late, NULL), NW_ESHUTDOWN);
}

static int leftover(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(spawn_in_clean_up, NULL), 0);
    return nw_sleep(NW_FOREVER);
}

static int first(void *arg)
{
    (void)arg;
    nw_detach(nw_spawn(leftover, NULL));
    return nw_yield();
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(late, 2);
    CHECK_EQ(later, 2);
    return 0;
}
