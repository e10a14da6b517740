/* SPDX-License-Identifier: MIT */
/*
 * A million timers, set and then fired or stopped, against libuv's heap.
 * Both sides have the same deadlines, in milliseconds as libuv counts them, and call back for each timer.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "bench.h"

#ifdef HAVE_LIBUV
#include <uv.h>
#endif

#define COUNT   1000000
#define SPAN_MS 100

static uint16_t *deadlines_ms;
static size_t fired;

static void fire(struct nw__timer *timer)
{
    (void)timer;
    fired++;
}

/* A timer among the other things that a task consists of. */
struct waiter {
    struct nw__timer timer;
    char others[128];
};
static struct waiter *waiters;

static int set_all(struct nw__timers *timers)
{
    for (size_t i = 0; i < COUNT; i++) {
        int rc = nw__timers_add(timers, &waiters[i].timer, NW_MS(deadlines_ms[i]));
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int64_t nowait_fire(void *arg)
{
    struct nw__timers timers;
    struct nw__timer *timer;
    int64_t start = bench_now_ns();
    int rc;

    (void)arg;
    fired = 0;
    nw__timers_init(&timers);
    rc = set_all(&timers);
    if (rc < 0)
        return rc;
    while ((timer = nw__timers_pop_due(&timers, NW_MS(SPAN_MS))) != NULL)
        timer->fire(timer);
    start = bench_now_ns() - start;
    nw__timers_finish(&timers);
    return fired == COUNT ? start : -EIO;
}

static int64_t nowait_stop(void *arg)
{
    struct nw__timers timers;
    int64_t start = bench_now_ns();
    int rc;

    (void)arg;
    nw__timers_init(&timers);
    rc = set_all(&timers);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < COUNT; i++)
        nw__timers_remove(&timers, &waiters[i].timer);
    start = bench_now_ns() - start;
    nw__timers_finish(&timers);
    return start;
}

#ifdef HAVE_LIBUV

static uv_loop_t loop;
static uv_timer_t *uv_timers;

static void uv_fire(uv_timer_t *timer)
{
    (void)timer;
    fired++;
}

static int uv_set_all(void)
{
    uv_update_time(&loop);
    for (size_t i = 0; i < COUNT; i++) {
        int rc = uv_timer_start(&uv_timers[i], uv_fire, deadlines_ms[i], 0);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Waiting until all are due is not counted: that the clock is that far, and only then, is libuv's own view.
 */
static int64_t libuv_fire(void *arg)
{
    const struct timespec span = {.tv_nsec = (SPAN_MS + 1) * 1000000};
    int64_t start = bench_now_ns(), took;
    int rc = uv_set_all();

    (void)arg;
    took = bench_now_ns() - start;
    if (rc < 0)
        return rc;
    fired = 0;
    nanosleep(&span, NULL);
    start = bench_now_ns();
    while (uv_run(&loop, UV_RUN_NOWAIT))
        continue;
    return fired == COUNT ? took + bench_now_ns() - start : -EIO;
}

static int64_t libuv_stop(void *arg)
{
    int64_t start = bench_now_ns();
    int rc = uv_set_all();

    (void)arg;
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < COUNT; i++)
        uv_timer_stop(&uv_timers[i]);
    return bench_now_ns() - start;
}

static int libuv_prepare(void)
{
    int rc = uv_loop_init(&loop);

    uv_timers = calloc(COUNT, sizeof *uv_timers);
    if (rc < 0 || !uv_timers)
        return -ENOMEM;
    for (size_t i = 0; i < COUNT; i++)
        uv_timer_init(&loop, &uv_timers[i]);
    return 0;
}

#else
#define libuv_fire NULL
#define libuv_stop NULL
static int libuv_prepare(void)
{
    return 0;
}
#endif

int main(void)
{
    const struct bench_side firing[] = {{"nowait", nowait_fire, NULL}, {"libuv", libuv_fire, NULL}};
    const struct bench_side stopping[] = {{"nowait", nowait_stop, NULL}, {"libuv", libuv_stop, NULL}};
    uint64_t random = 88172645463325252u;

    deadlines_ms = calloc(COUNT, sizeof *deadlines_ms);
    waiters = calloc(COUNT, sizeof *waiters);
    if (!deadlines_ms || !waiters || libuv_prepare() < 0)
        return EXIT_FAILURE;
    for (size_t i = 0; i < COUNT; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        deadlines_ms[i] = (uint16_t)(random % SPAN_MS);
        nw__timer_init(&waiters[i].timer, fire);
    }
    if (bench_compare("timer set and fired, of a million", COUNT, &firing[0], &firing[1], 0.5) < 0 ||
        bench_compare("timer set and stopped, of a million", COUNT, &stopping[0], &stopping[1], 0.5) < 0)
        return EXIT_FAILURE;
    free(deadlines_ms);
    free(waiters);
    return EXIT_SUCCESS;
}
