/* SPDX-License-Identifier: MIT */
/*
 * The harness of all benchmarks: contenders take turns within one run, each round gives one ratio, and the
 * medians of the ratios are held against a target. It owns the options, the clock and the report. It knows
 * nothing of what is measured, and a missed target is never a failure: only wrong work is.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_CONTENDERS_MAX 8
#define BENCH_ROUNDS_MAX     99

/* From the command line: see bench_begin(). */
struct bench {
    const char *program;
    unsigned rounds;
    double scale; /* of the amounts of work */
    bool quick;
    const char *dir;       /* where files are made; on a disk, for the rows that are about disks */
    const char *only;      /* cases whose id contains this */
    const char *contender; /* those whose name contains this; for a profiler */
    FILE *json;            /* NULL: not asked for */
    unsigned json_items;   /* written so far, for the commas */
    bool wrong_work;       /* some contender did not do what it was to do */
};

/* What one contender did in one round. */
struct bench_round {
    uint64_t ops_wanted; /* in: how many operations to do; 0: as many as fit until `until_ns` */
    int64_t until_ns;    /* in: on bench_now()'s clock */
    int64_t elapsed_ns;  /* out: of the work alone, without setting up */
    uint64_t ops;        /* out */
    uint64_t checksum;   /* out: of what was seen; compared with bench_case.expected */
};

struct bench_contender;

/* Returned by a contender that is another program, when that is not there. */
#define BENCH_NOT_INSTALLED (-100000)

/* Do one round. Returns 0, or a negative error code: then the contender is reported as missing. */
typedef int bench_run_fn(const struct bench_contender *self, struct bench_round *round);

struct bench_contender {
    const char *name;  /* NULL ends an array of them */
    const char *how;   /* how it is tuned, in a line */
    bench_run_fn *run; /* NULL: not built in, for want of the library */
    unsigned depth;    /* how many operations are in flight */
    int variant;       /* the contender's own: a backend, a flag */
    unsigned divisor;  /* does 1/divisor of the case's operations: for peers that are far slower; 0: 1 */
    bool unverified;   /* its work cannot be checked from here (another program) */
    const void *calls; /* calls.h */
};

enum bench_measure {
    BENCH_TIME, /* ours / peer, time of one operation: at most the limit */
    BENCH_RATE  /* ours / peer, operations a second: at least the limit */
};

/* A line of the result: two contenders, by name. peer NULL: nanoseconds, not a ratio; limit 0: no target. */
struct bench_target {
    const char *ours; /* NULL ends an array of them */
    const char *peer;
    enum bench_measure measure;
    double limit;
};

struct bench_case {
    const char *id; /* stable, for scripts: "cached-read-1" */
    const char *title;
    const char *unit;                   /* of one operation: "read" */
    uint64_t ops;                       /* a round; 0: by time */
    int64_t duration_ns;                /* of a round, when by time */
    unsigned rounds;                    /* 0: as the options say */
    uint64_t (*expected)(uint64_t ops); /* the checksum of that many operations */
    const struct bench_contender *contenders;
    const struct bench_target *targets;
};

/* A case again, in another way: one operation at a time, say, or many. */
struct bench_variation {
    const char *id; /* NULL ends an array of them */
    const char *title;
    const struct bench_contender *contenders;
};

/* A number that is held against a limit without a peer. */
struct bench_figure {
    const char *id;
    const char *title;
    const char *unit;
    bool at_least; /* the limit is a lower bound */
    double limit;  /* 0: shown without a target */
};

/* Parse --rounds --scale --quick --dir --only --contender --json --help; exits on a wrong option. */
void bench_begin(struct bench *bench, int argc, char **argv, const char *about);
/* Close the report. Returns the exit status: 1 when a contender did the wrong work. */
int bench_finish(struct bench *bench);
/* What the benchmark works on, `what` in bench->dir, could not be made. Returns the exit status. */
int bench_cannot_make(const struct bench *bench, const char *what, int error);
/* An amount of work, scaled as the options say; at least 1. */
uint64_t bench_scaled(const struct bench *bench, uint64_t amount);
/* The same, rounded up to a multiple. */
uint64_t bench_scaled_to(const struct bench *bench, uint64_t amount, uint64_t multiple);
/* Was this case asked for? */
bool bench_wanted(const struct bench *bench, const char *id);

/* Warm every contender up, let them take turns, report. */
void bench_compare(struct bench *bench, const struct bench_case *c);
/* The same for each variation of a case. */
void bench_vary(struct bench *bench, const struct bench_case *c, const struct bench_variation *variations);
/* bench_case.expected: each operation adds one. */
uint64_t bench_one_each(uint64_t ops);
/* Report `count` samples of a figure; `note` may be NULL. */
void bench_report_figure(struct bench *bench, const struct bench_figure *figure, const double *samples,
                         size_t count, const char *note);
/* A figure that could not be had. */
void bench_report_missing(struct bench *bench, const struct bench_figure *figure, const char *why);

/* Monotonic nanoseconds. */
int64_t bench_now(void);
/* Processor time of the calling thread. */
int64_t bench_thread_ns(void);
/* Or the benchmark ends here, saying `what` and errno: for what can only fail on a broken machine. */
void bench_must(bool good, const char *what);
/* Processors that this process may use. */
unsigned bench_processors(void);
/* Quantile q (0 to 1) of the samples, interpolated; they are sorted in place. */
double bench_quantile(double *samples, size_t count, double q);
/* A well mixed number for each index: who does operation i must not matter. */
static inline uint64_t bench_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* -- report.c -- */
struct bench_spread {
    double median, low, high; /* low and high are the quartiles */
};

struct bench_row {
    const char *id;
    const char *title;
    const char *ours; /* contenders; "" for a figure */
    const char *peer;
    const char *measure; /* "time", "rate", or the unit of a figure */
    struct bench_spread value;
    bool at_least;
    double limit;
    const char *missing; /* why there is no value */
    const char *note;
};

struct bench_spread bench_spread_of(double *samples, size_t count);
void bench_print_case(const struct bench *bench, const struct bench_case *c, unsigned rounds);
void bench_print_contender(struct bench *bench, const struct bench_case *c,
                           const struct bench_contender *contender, const struct bench_spread *ns_per_op,
                           const char *missing);
void bench_print_row(struct bench *bench, const struct bench_row *row);
bool bench_row_met(const struct bench_row *row);

#endif
