/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks share: run two sides in turn, and say by how much one is faster.
 * Sides alternate round by round in one process, so that what the machine does meanwhile hits both; the
 * verdict is the median of the rounds' ratios, not the ratio of the best.
 */
#ifndef NW__BENCH_BENCH_H
#define NW__BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Carry out the work once; returns the nanoseconds that it took, or a negative error code. */
typedef int64_t bench_fn(void *arg);

struct bench_side {
    const char *name;
    bench_fn *run; /* NULL: this peer is not on this machine */
    void *arg;
};

/* Monotonic time. */
int64_t bench_now_ns(void);

/*
 * Measure `ours` and `peer`, `operations` in each round, and print one row: the time of an operation on both
 * sides and how it relates to `target`, the highest ratio of our time to theirs that is good. Returns 0, or
 * the error of a side that failed, which is printed as well.
 */
int bench_compare(const char *title, double operations, const struct bench_side *ours,
                  const struct bench_side *peer, double target);

#endif
