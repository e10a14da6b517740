/* SPDX-License-Identifier: MIT */
/*
 * Benchmarks of single calls: operation number i is one call, the same for everybody, and what it returns is
 * added up. A set of calls says how each contender makes it; this runs them in lanes, one or many: tasks of
 * nowait on either backend, the system call in a loop, libuv.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "bench.h"
#include "lanes.h"

/* Do operation `op`. Returns what goes into the sum, or a negative error code. */
typedef int64_t bench_call_fn(uint64_t op, unsigned lane);

struct bench_calls {
    const char *plain;      /* the system call, as which the loop contends: "stat" */
    const char *nowait;     /* the others' names for it: "nw_stat" */
    const char *libuv;      /* "uv_fs_stat" */
    unsigned epoll_divisor; /* bench_contender.divisor of one task on that backend */
    bench_call_fn *blocking;
    bench_call_fn *task;
#ifdef HAVE_LIBUV
    /* Start it; `result` gives what goes into the sum. */
    int (*uv)(uv_loop_t *loop, uv_fs_t *request, uint64_t op, unsigned lane, uv_fs_cb done);
    int64_t (*uv_result)(const uv_fs_t *request);
#endif
};

/* Compare them, one at a time and 32 at a time; the id gets "-1" and "-32" behind it, the title words. */
void bench_calls_compare(struct bench *bench, const struct bench_case *c, const struct bench_calls *calls);

#endif
