/* SPDX-License-Identifier: MIT */
/*
 * Lanes as tasks of nowait. Owns the run: a loop is made and ended for each round, outside the time taken.
 * Knows nothing of what a lane does.
 */
#include "lanes.h"

#include <nowait/task.h>

struct lane {
    struct lanes *all;
    unsigned index;
};

struct lanes {
    unsigned count;
    bench_lane_fn *fn;
    void *context;
    int64_t elapsed_ns;
};

static int run_lane(void *arg)
{
    struct lane *lane = arg;

    return lane->all->fn(lane->all->context, lane->index);
}

static int run_concurrently(struct lanes *lanes)
{
    struct lane each[BENCH_LANES_MAX];
    nw_group group;
    int rc = 0;

    nw_group_init(&group, 0);
    for (unsigned i = 0; i < lanes->count && rc == 0; i++) {
        each[i] = (struct lane){.all = lanes, .index = i};
        rc = nw_group_spawn(&group, run_lane, &each[i]);
    }
    int finished = nw_group_finish(&group);
    return finished < 0 ? finished : rc;
}

static int run_lanes(void *arg)
{
    struct lanes *lanes = arg;
    int64_t began_ns = bench_now();
    int rc = lanes->count == 1 ? lanes->fn(lanes->context, 0) : run_concurrently(lanes);

    lanes->elapsed_ns = bench_now() - began_ns;
    return rc;
}

int bench_tasks(enum nw_backend backend, unsigned lanes, bench_lane_fn *fn, void *context,
                int64_t *elapsed_ns_out)
{
    nw_run_options options = {.backend = backend};
    struct lanes all = {.count = lanes, .fn = fn, .context = context};

    if (lanes == 0 || lanes > BENCH_LANES_MAX)
        return -EINVAL;
    int rc = nw_run_with(&options, run_lanes, &all);
    if (rc < 0)
        return rc;
    *elapsed_ns_out = all.elapsed_ns;
    return 0;
}
