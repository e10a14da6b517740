/* SPDX-License-Identifier: MIT */
/*
 * Spawn and await: one task after the other, and 1,000 at a time. A thread does the same for orientation.
 */
#include <errno.h>
#include <nowait/run.h>
#include <nowait/task.h>
#include <pthread.h>
#include <string.h>

#include "lanes.h"

#define SPAWNS         1000000
#define BATCH          1000
#define THREAD_DIVISOR 100

static uint64_t ran; /* on one thread */

static int count_one(void *arg)
{
    (void)arg;
    ran++;
    return 0;
}

static int spawn_one_by_one(void *context, unsigned lane)
{
    struct bench_round *round = context;

    (void)lane;
    for (; round->ops < round->ops_wanted; round->ops++) {
        int rc = nw_await(nw_spawn(count_one, NULL));
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int spawn_in_batches(void *context, unsigned lane)
{
    struct bench_round *round = context;
    nw_task *tasks[BATCH];

    (void)lane;
    while (round->ops < round->ops_wanted) {
        size_t count = 0;
        for (; count < BATCH && round->ops < round->ops_wanted; round->ops++)
            tasks[count++] = nw_spawn(count_one, NULL);
        int rc = nw_gather(tasks, count);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int run_tasks(const struct bench_contender *self, bench_lane_fn *fn, struct bench_round *round)
{
    ran = 0;
    int rc = bench_tasks((enum nw_backend)self->variant, 1, fn, round, &round->elapsed_ns);
    round->checksum = ran;
    return rc;
}

static int run_one_by_one(const struct bench_contender *self, struct bench_round *round)
{
    return run_tasks(self, spawn_one_by_one, round);
}

static int run_in_batches(const struct bench_contender *self, struct bench_round *round)
{
    return run_tasks(self, spawn_in_batches, round);
}

static void *count_one_in_thread(void *arg)
{
    count_one(arg);
    return NULL;
}

static int run_threads(const struct bench_contender *self, struct bench_round *round)
{
    (void)self;
    ran = 0;
    int64_t began_ns = bench_now();
    for (; round->ops < round->ops_wanted; round->ops++) {
        pthread_t thread;
        int rc = pthread_create(&thread, NULL, count_one_in_thread, NULL);
        if (rc)
            return -rc;
        pthread_join(thread, NULL);
    }
    round->elapsed_ns = bench_now() - began_ns;
    round->checksum = ran;
    return 0;
}

static const struct bench_contender contenders[] = {
    {.name = "nowait", .how = "nw_await(nw_spawn())", .run = run_one_by_one, .depth = 1},
    {.name = "nowait batch", .how = "1,000 nw_spawn, then nw_gather", .run = run_in_batches, .depth = BATCH},
    {.name = "pthread", .how = "pthread_create, pthread_join", .run = run_threads, .divisor = THREAD_DIVISOR},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait", NULL, BENCH_TIME, 80},
    {"nowait batch", NULL, BENCH_TIME, 80},
    {"nowait", "pthread", BENCH_RATE, 0},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Spawn and await a task that does nothing.");
    struct bench_case spawn = {
        .id = "spawn",
        .title = "spawn + await",
        .unit = "task",
        .ops = bench_scaled(&bench, SPAWNS),
        .expected = bench_one_each,
        .contenders = contenders,
        .targets = targets,
    };
    bench_compare(&bench, &spawn);
    return bench_finish(&bench);
}
