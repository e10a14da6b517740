/* SPDX-License-Identifier: MIT */
/*
 * Benchmarks of single calls: operation number i is one call, the same for everybody, and what it returns is
 * added up. A set of calls says how each contender makes it; this runs them in lanes.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "bench.h"
#include "lanes.h"

/* Do operation `op`. Returns what goes into the sum, or a negative error code. */
typedef int64_t bench_call_fn(uint64_t op, unsigned lane);

struct bench_calls {
    bench_call_fn *blocking; /* a system call */
    bench_call_fn *task;     /* nowait, called in a task */
#ifdef HAVE_LIBUV
    /* Start it; `result` gives what goes into the sum. */
    int (*uv)(uv_loop_t *loop, uv_fs_t *request, uint64_t op, unsigned lane, uv_fs_cb done);
    int64_t (*uv_result)(const uv_fs_t *request);
#endif
};

/* Contenders: bench_contender.calls is the set. nowait: variant is the backend. */
int bench_calls_blocking(const struct bench_contender *self, struct bench_round *round);
int bench_calls_nowait(const struct bench_contender *self, struct bench_round *round);
#ifdef HAVE_LIBUV
int bench_calls_uv(const struct bench_contender *self, struct bench_round *round);
#else
#define bench_calls_uv NULL
#endif

#endif
