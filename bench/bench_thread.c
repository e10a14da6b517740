/* SPDX-License-Identifier: MIT */
/*
 * The round trip of a trivial function through a worker thread: one at a time, and 32 at a time.
 */
#include <nowait/run.h>
#include <nowait/thread.h>
#include <stdatomic.h>
#include <string.h>

#include "lanes.h"

#define TRIPS 20000
#define LANES 32

static atomic_uint_fast64_t ran; /* on worker threads */

struct trips {
    struct bench_round *round;
    uint64_t next;
};

static int count_one(void *arg)
{
    (void)arg;
    atomic_fetch_add_explicit(&ran, 1, memory_order_relaxed);
    return 0;
}

static bool next_trip(struct trips *trips)
{
    if (trips->next >= trips->round->ops_wanted)
        return false;
    trips->next++;
    return true;
}

static int trip_in_task(void *context, unsigned lane)
{
    struct trips *trips = context;
    int rc = 0;

    (void)lane;
    while (rc == 0 && next_trip(trips)) {
        rc = nw_to_thread(count_one, NULL);
        trips->round->ops++;
    }
    return rc;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    struct trips trips = {.round = round};

    atomic_store(&ran, 0);
    int rc =
        bench_tasks((enum nw_backend)self->variant, self->depth, trip_in_task, &trips, &round->elapsed_ns);
    round->checksum = atomic_load(&ran);
    return rc;
}

#ifdef HAVE_LIBUV
struct uv_trips {
    struct trips trips;
    uv_work_t requests[LANES];
};

static void uv_trip_next(uv_loop_t *loop, uv_work_t *request);

static void uv_work(uv_work_t *request)
{
    count_one(request);
}

static void uv_done(uv_work_t *request, int status)
{
    struct uv_trips *all = request->data;

    if (status == 0)
        all->trips.round->ops++;
    uv_trip_next(request->loop, request);
}

static void uv_trip_next(uv_loop_t *loop, uv_work_t *request)
{
    struct uv_trips *all = request->data;

    if (next_trip(&all->trips))
        uv_queue_work(loop, request, uv_work, uv_done);
}

static void uv_start(uv_loop_t *loop, void *context, unsigned lane)
{
    struct uv_trips *all = context;

    all->requests[lane].data = all;
    uv_trip_next(loop, &all->requests[lane]);
}

static int run_uv(const struct bench_contender *self, struct bench_round *round)
{
    static struct uv_trips all;

    all.trips = (struct trips){.round = round};
    atomic_store(&ran, 0);
    int rc = bench_uv(self->depth, uv_start, &all, &round->elapsed_ns);
    round->checksum = atomic_load(&ran);
    return rc;
}
#else
#define run_uv NULL
#endif

static const struct bench_contender one_at_a_time[] = {
    {.name = "nowait uring",
     .how = "nw_to_thread",
     .run = run_nowait,
     .depth = 1,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_to_thread",
     .run = run_nowait,
     .depth = 1,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv",
     .how = "uv_queue_work, the next from the callback; " BENCH_UV_HOW,
     .run = run_uv,
     .depth = 1},
    {0},
};

static const struct bench_contender concurrent[] = {
    {.name = "nowait uring",
     .how = "nw_to_thread, 32 tasks",
     .run = run_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_to_thread, 32 tasks",
     .run = run_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libuv",
     .how = "uv_queue_work, 32 requests in flight; " BENCH_UV_HOW,
     .run = run_uv,
     .depth = LANES},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "libuv", BENCH_RATE, 1},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "The round trip of a trivial function through a worker thread.");
    struct bench_case one = {
        .id = "to-thread-1",
        .title = "to_thread round trip, one task",
        .unit = "trip",
        .ops = bench_scaled(&bench, TRIPS),
        .expected = bench_one_each,
        .contenders = one_at_a_time,
        .targets = targets,
    };
    struct bench_case many = one;
    many.id = "to-thread-32";
    many.title = "to_thread round trip, 32 tasks";
    many.ops = bench_scaled(&bench, TRIPS * 5);
    many.contenders = concurrent;
    bench_compare(&bench, &one);
    bench_compare(&bench, &many);
    return bench_finish(&bench);
}
