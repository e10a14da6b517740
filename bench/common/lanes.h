/* SPDX-License-Identifier: MIT */
/*
 * The same work in several lanes at a time: as tasks of nowait, and as chains of callbacks of libuv.
 * Both time the work from the start of the first lane to the end of the last, without setting a loop up.
 */
#ifndef BENCH_LANES_H
#define BENCH_LANES_H

#include <nowait/run.h>

#include "bench.h"

#define BENCH_LANES_MAX 256

/* One lane's work, in a task. Negative: an error, which ends all lanes. */
typedef int bench_lane_fn(void *context, unsigned lane);

/* `lanes` 1: in the first task itself. Returns 0 or the first error. */
int bench_tasks(enum nw_backend backend, unsigned lanes, bench_lane_fn *fn, void *context,
                int64_t *elapsed_ns_out);

#ifdef HAVE_LIBUV
#include <uv.h>

/* Start one lane; it must keep the loop alive until it has nothing more to do. */
typedef void bench_uv_lane_fn(uv_loop_t *loop, void *context, unsigned lane);

int bench_uv(unsigned lanes, bench_uv_lane_fn *fn, void *context, int64_t *elapsed_ns_out);

/* Lanes of which each makes one request after the other, the next from the callback of the one before. */
struct bench_uv_requests {
    /* Start the next request; 1 when there is none left, negative: an error. */
    int (*start)(uv_loop_t *loop, uv_fs_t *request, void *context, unsigned lane, uv_fs_cb done);
    /* Take its result. Negative: an error, which ends all lanes. */
    int (*finish)(const uv_fs_t *request, void *context, unsigned lane);
};

int bench_uv_fs(unsigned lanes, const struct bench_uv_requests *requests, void *context,
                int64_t *elapsed_ns_out);
#endif

/* How libuv's pool is sized, for the reports. */
#define BENCH_UV_HOW "UV_THREADPOOL_SIZE as set by scripts/bench: the better of 4 and the processors"

#endif
