/* SPDX-License-Identifier: MIT */
/*
 * The verb `bench http`, as its files see each other.
 * bench_http.c: options and rounds; bench_http_ways.c: the contenders, and a server that takes its time;
 * bench_http_report.c: what came out.
 */
#ifndef NOWAIT_TOOL_BENCH_HTTP_H
#define NOWAIT_TOOL_BENCH_HTTP_H

#include "bench.h"

struct verb;

/** The contenders, in the order of the table. */
enum http_way { HTTP_FRESH, HTTP_ONE, HTTP_MANY, HTTP_WAYS };

/** What one run of one contender gave. */
struct http_run {
    double seconds;
    double median_ns; /* of the answers' times */
    double slowest_ns;
    uint64_t answers;
    uint64_t bytes;
    uint64_t failed; /* no answer, or a status that is no success */
};

struct http_bench {
    const char *url; /* NULL: our own server */
    char own_url[16 + NW_ADDRESS_TEXT_BYTES];
    unsigned requests;
    unsigned concurrency;
    unsigned rounds;
    int64_t delay_ns;
    int64_t size_bytes;
    bool json;
    struct http_run runs[HTTP_WAYS][BENCH_MOST_ROUNDS];
};

/** Parse the arguments, argv[0] being "http", and measure. Returns: an exit status. */
int bench_http_run(const struct verb *verb, int argc, char **argv);

const char *bench_http_way_name(enum http_way way);

/** Start the server on the second loop of this run; fills in `own_url`. Errors: those of nw_http_serve(). */
int bench_http_serve(struct http_bench *bench);

/** Send all requests in one way. Errors: -ENOMEM, -ECANCELED. */
int bench_http_measure(const struct http_bench *bench, enum http_way way, struct http_run *run_out);

/** Print the results: a table and words, or JSON. */
void bench_http_report(const struct http_bench *bench);

#endif
