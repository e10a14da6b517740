/* SPDX-License-Identifier: MIT */
/*
 * A million timers against uv_timer_t: set and fired, set and stopped, all pending at once; tasks that sleep,
 * all at once; and 100,000 tasks that sleep ten times each.
 */
#include <errno.h>
#include <nowait/op.h>
#include <nowait/run.h>
#include <nowait/task.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#define TIMERS         1000000
#define DELAY_MS_MAX   10 /* short: what is measured is work, not waiting */
#define NAPPERS        100000
#define NAPS           10
#define NAP_MS_MAX     2
#define TASK_ROUNDS    5
#define KEEP_TRYING_NS NW_MS(1)
#define FAR_AWAY_NS    NW_SEC(100)

static int64_t delay_ns(uint64_t index, unsigned ms_max)
{
    return NW_MS(1 + (int64_t)(bench_mix(index) % ms_max));
}

static void fired(struct bench_round *round, bool early)
{
    round->ops++;
    round->checksum += !early;
}

/* -- timer operations -- */

struct op_timers {
    struct bench_round *round;
    nw_op *ops;
    int64_t base_ns;
    uint64_t left; /* ops that are not done */
};

static void timer_done(nw_op *op)
{
    struct op_timers *timers = op->user;
    uint64_t index = (uint64_t)(op - timers->ops);
    bool early = op->result == 0 && bench_now() < timers->base_ns + delay_ns(index, DELAY_MS_MAX);

    timers->left--;
    fired(timers->round, early);
}

static int set_all(struct op_timers *timers, int64_t base_ns)
{
    uint64_t count = timers->round->ops_wanted;

    timers->base_ns = base_ns;
    for (uint64_t i = 0; i < count; i++) {
        nw_op *op = &timers->ops[i];
        nw_op_timer(op, base_ns + delay_ns(i, DELAY_MS_MAX));
        op->user = timers;
        op->done = timer_done;
        int rc = nw_op_submit(NULL, op);
        if (rc < 0)
            return rc;
        timers->left++;
    }
    return 0;
}

static int set_and_fire(void *context, unsigned lane)
{
    struct op_timers *timers = context;
    int rc = set_all(timers, bench_now());

    (void)lane;
    while (timers->left > 0 && rc == 0)
        rc = nw_sleep(KEEP_TRYING_NS);
    return rc;
}

static int set_and_stop(void *context, unsigned lane)
{
    struct op_timers *timers = context;
    int rc = set_all(timers, bench_now() + FAR_AWAY_NS);

    (void)lane;
    for (uint64_t i = 0; i < timers->round->ops_wanted; i++)
        nw_op_cancel(&timers->ops[i]);
    while (timers->left > 0 && rc == 0)
        rc = nw_yield();
    return rc;
}

static int run_ops(const struct bench_contender *self, struct bench_round *round, bench_lane_fn *fn)
{
    struct op_timers timers = {.round = round};

    timers.ops = calloc(round->ops_wanted, sizeof *timers.ops);
    if (!timers.ops)
        return -ENOMEM;
    int rc = bench_tasks((enum nw_backend)self->variant, 1, fn, &timers, &round->elapsed_ns);
    free(timers.ops);
    return rc;
}

static int run_fire(const struct bench_contender *self, struct bench_round *round)
{
    return run_ops(self, round, set_and_fire);
}

static int run_stop(const struct bench_contender *self, struct bench_round *round)
{
    return run_ops(self, round, set_and_stop);
}

/* -- tasks that sleep -- */

struct naps {
    struct bench_round *round;
    uint64_t begun;
    unsigned each;
    unsigned ms_max;
};

static int nap(void *arg)
{
    struct naps *naps = arg;
    uint64_t index = naps->begun++;

    for (unsigned i = 0; i < naps->each; i++) {
        int64_t delay = delay_ns(index * naps->each + i, naps->ms_max);
        int64_t until_ns = bench_now() + delay;
        int rc = nw_sleep(delay);
        if (rc < 0)
            return rc;
        fired(naps->round, bench_now() < until_ns);
    }
    return 0;
}

static int nap_in_tasks(void *context, unsigned lane)
{
    struct naps *naps = context;
    nw_group group;
    int rc = 0;

    (void)lane;
    nw_group_init(&group, 0);
    for (uint64_t i = 0; i < naps->round->ops_wanted / naps->each && rc == 0; i++)
        rc = nw_group_spawn(&group, nap, naps);
    int finished = nw_group_finish(&group);
    return finished < 0 ? finished : rc;
}

static int run_naps(const struct bench_contender *self, struct bench_round *round, unsigned each,
                    unsigned ms_max)
{
    struct naps naps = {.round = round, .each = each, .ms_max = ms_max};

    return bench_tasks((enum nw_backend)self->variant, 1, nap_in_tasks, &naps, &round->elapsed_ns);
}

static int run_sleepers(const struct bench_contender *self, struct bench_round *round)
{
    return run_naps(self, round, 1, DELAY_MS_MAX);
}

static int run_nappers(const struct bench_contender *self, struct bench_round *round)
{
    return run_naps(self, round, NAPS, NAP_MS_MAX);
}

/* -- libuv -- */

#ifdef HAVE_LIBUV
struct uv_napper {
    uv_timer_t timer;
    struct uv_naps *all;
    uint64_t next; /* its next nap */
    unsigned left;
    uint64_t until_ms;
};

struct uv_naps {
    struct bench_round *round;
    struct uv_napper *nappers;
    unsigned each;
    unsigned ms_max;
};

static void uv_fired(uv_timer_t *timer);

static void uv_nap(struct uv_napper *napper)
{
    uint64_t delay_ms = (uint64_t)(delay_ns(napper->next++, napper->all->ms_max) / 1000000);

    napper->until_ms = uv_now(napper->timer.loop) + delay_ms;
    uv_timer_start(&napper->timer, uv_fired, delay_ms, 0);
}

static void uv_fired(uv_timer_t *timer)
{
    struct uv_napper *napper = (struct uv_napper *)timer;

    fired(napper->all->round, uv_now(timer->loop) < napper->until_ms);
    if (--napper->left > 0)
        uv_nap(napper);
}

/* A uv_timer_t that has fired and is not closed keeps no loop alive, but the loop's list must let go of it.
 */
static void uv_start(uv_loop_t *loop, struct uv_naps *naps)
{
    uint64_t count = naps->round->ops_wanted / naps->each;

    for (uint64_t i = 0; i < count; i++) {
        struct uv_napper *napper = &naps->nappers[i];
        *napper = (struct uv_napper){.all = naps, .next = i * naps->each, .left = naps->each};
        uv_timer_init(loop, &napper->timer);
        uv_nap(napper);
    }
}

static void uv_nap_all(struct uv_naps *naps, uv_loop_t *loop)
{
    int64_t began_ns = bench_now();

    uv_start(loop, naps);
    uv_run(loop, UV_RUN_DEFAULT);
    naps->round->elapsed_ns = bench_now() - began_ns;
}

typedef void uv_naps_fn(struct uv_naps *naps, uv_loop_t *loop);

/* Closing the handles is not counted. */
static int run_uv_naps(struct bench_round *round, unsigned each, unsigned ms_max, uv_naps_fn *fn)
{
    struct uv_naps naps = {.round = round, .each = each, .ms_max = ms_max};
    uint64_t count = round->ops_wanted / each;
    uv_loop_t loop;

    naps.nappers = calloc(count, sizeof *naps.nappers);
    if (!naps.nappers)
        return -ENOMEM;
    int rc = uv_loop_init(&loop);
    if (rc == 0) {
        fn(&naps, &loop);
        for (uint64_t i = 0; i < count; i++)
            uv_close((uv_handle_t *)&naps.nappers[i].timer, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        rc = uv_loop_close(&loop);
    }
    free(naps.nappers);
    return rc;
}

static int run_uv_at_once(const struct bench_contender *self, struct bench_round *round)
{
    (void)self;
    return run_uv_naps(round, 1, DELAY_MS_MAX, uv_nap_all);
}

static void uv_set_and_stop(struct uv_naps *naps, uv_loop_t *loop)
{
    struct bench_round *round = naps->round;
    int64_t began_ns = bench_now();

    for (uint64_t i = 0; i < round->ops_wanted; i++) {
        uv_timer_init(loop, &naps->nappers[i].timer);
        uv_timer_start(&naps->nappers[i].timer, uv_fired,
                       (uint64_t)((FAR_AWAY_NS + delay_ns(i, DELAY_MS_MAX)) / 1000000), 0);
    }
    for (; round->ops < round->ops_wanted; round->ops++) {
        round->checksum += uv_is_active((uv_handle_t *)&naps->nappers[round->ops].timer) != 0;
        uv_timer_stop(&naps->nappers[round->ops].timer);
    }
    round->elapsed_ns = bench_now() - began_ns;
}

static int run_uv_stop(const struct bench_contender *self, struct bench_round *round)
{
    (void)self;
    return run_uv_naps(round, 1, 0, uv_set_and_stop);
}

static int run_uv_nappers(const struct bench_contender *self, struct bench_round *round)
{
    (void)self;
    return run_uv_naps(round, NAPS, NAP_MS_MAX, uv_nap_all);
}
#else
#define run_uv_at_once NULL
#define run_uv_nappers NULL
#define run_uv_stop    NULL
#endif

static const struct bench_contender bare[] = {
    {.name = "nowait uring",
     .how = "nw_op_timer, with a callback",
     .run = run_fire,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_op_timer, with a callback",
     .run = run_fire,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv", .how = "uv_timer_init, uv_timer_start; closing is not counted", .run = run_uv_at_once},
    {0},
};

static const struct bench_contender cleared[] = {
    {.name = "nowait uring",
     .how = "nw_op_timer, with a callback",
     .run = run_stop,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_op_timer, with a callback",
     .run = run_stop,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv", .how = "uv_timer_init, uv_timer_start, uv_timer_stop", .run = run_uv_stop},
    {0},
};

static const struct bench_contender sleepers[] = {
    {.name = "nowait uring",
     .how = "nw_spawn, nw_sleep, end",
     .run = run_sleepers,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_spawn, nw_sleep, end",
     .run = run_sleepers,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv", .how = "uv_timer_init, uv_timer_start; closing is not counted", .run = run_uv_at_once},
    {0},
};

static const struct bench_contender nappers[] = {
    {.name = "nowait uring",
     .how = "nw_sleep ten times a task",
     .run = run_nappers,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_sleep ten times a task",
     .run = run_nappers,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv", .how = "uv_timer_start from the callback, ten times a timer", .run = run_uv_nappers},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "libuv", BENCH_RATE, 2},
    {"nowait epoll", "libuv", BENCH_RATE, 2},
    {0},
};

static const struct bench_target shown[] = {
    {"nowait uring", "libuv", BENCH_RATE, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 0},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "A million timers set and fired.");
    struct bench_case at_once = {
        .id = "timers-bare",
        .title = "timers set and fired, all at once",
        .unit = "timer",
        .ops = bench_scaled(&bench, TIMERS),
        .rounds = TASK_ROUNDS,
        .expected = bench_one_each, /* each fires once and none early */
        .contenders = bare,
        .targets = targets,
    };
    struct bench_case unset = at_once;
    unset.id = "timers-stopped";
    unset.title = "timers set and stopped, all at once";
    unset.contenders = cleared;
    struct bench_case tasks = at_once;
    tasks.id = "timers-tasks";
    tasks.title = "tasks that sleep once, all at once";
    tasks.contenders = sleepers;
    tasks.targets = shown;
    struct bench_case again = at_once;
    again.id = "timers-again";
    again.title = "tasks that sleep ten times each";
    again.ops = bench_scaled(&bench, NAPPERS) * NAPS;
    again.contenders = nappers;
    again.targets = shown;
    bench_compare(&bench, &at_once);
    bench_compare(&bench, &unset);
    bench_compare(&bench, &again);
    bench_compare(&bench, &tasks);
    return bench_finish(&bench);
}
