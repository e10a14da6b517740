/* SPDX-License-Identifier: MIT */
/*
 * The verb `bench files`, as its files see each other.
 * cmd_bench.c: options, files, rounds; bench_ways.c: the contenders; bench_report.c: what came out.
 */
#ifndef NOWAIT_TOOL_BENCH_H
#define NOWAIT_TOOL_BENCH_H

#include "progress.h"

#include <nowait.h>

enum { BENCH_MOST_ROUNDS = 100, BENCH_READ_BYTES = 64 * 1024 };

/** The contenders, in the order of the table. IDLE reads nothing: it shows what the machine does by itself.
 */
enum bench_way { WAY_BLOCKING, WAY_ONE, WAY_MANY, WAY_THREADS, WAY_COUNT, WAY_IDLE = WAY_COUNT, WAY_ALL };

/** What one run of one contender gave. */
struct bench_run {
    double seconds;
    double stall_ns; /* how late the heartbeat was at worst */
    uint64_t files;
    uint64_t bytes;
    uint64_t failed; /* files that could not be read */
};

struct bench {
    const char *folder;
    char **paths;
    size_t count;
    size_t capacity;
    unsigned most_files;
    unsigned rounds;
    unsigned concurrency;
    bool cold;
    bool json;
    bool capped; /* the folder holds more files than most_files */
    struct bench_run runs[WAY_ALL][BENCH_MOST_ROUNDS];
};

/** Sort them. Returns: the median. */
double bench_median(double *values, unsigned count);

/** Show which round it is, where progress is wanted. */
void bench_show_round(enum progress_mode mode, unsigned round, unsigned rounds);
void bench_hide_round(enum progress_mode mode);

/** What a contender is called. */
const char *bench_way_name(enum bench_way way);

/** Read every file in one way while a heartbeat task beats. Errors: -ENOMEM, -ECANCELED. */
int bench_measure(const struct bench *bench, enum bench_way way, struct bench_run *run_out);

/** Print the results: a table and two lines of words, or JSON. */
void bench_report(const struct bench *bench);

#endif
