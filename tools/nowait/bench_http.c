/* SPDX-License-Identifier: MIT */
/*
 * nowait bench http: many requests, one after the other and at the same time.
 * Owns the options and the order of the rounds: each begins with another contender than the one before.
 */
#include "bench_http.h"

#include "options.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>

#define MOST_SIZE_BYTES (INT64_C(1) << 30)

struct command {
    struct http_bench bench;
    enum progress_mode progress_mode;
};

/* -- the rounds -- */

static int run_round(struct http_bench *bench, unsigned round)
{
    int rc = 0;
    for (unsigned turn = 0; turn < HTTP_WAYS && rc == 0; turn++) {
        enum http_way way = (enum http_way)((turn + round) % HTTP_WAYS);
        rc = bench_http_measure(bench, way, &bench->runs[way][round]);
    }
    return rc;
}

/* Has anything been answered? If not, there is nothing to report. */
static bool has_answers(const struct http_bench *bench)
{
    return bench->runs[HTTP_ONE][0].answers > 0;
}

static int bench_task(void *arg)
{
    struct command *command = arg;
    struct http_bench *bench = &command->bench;
    int rc = bench->url ? 0 : bench_http_serve(bench);
    for (unsigned round = 0; rc == 0 && round < bench->rounds; round++) {
        bench_show_round(command->progress_mode, round, bench->rounds);
        rc = run_round(bench, round);
        if (rc == 0 && !has_answers(bench)) {
            bench_hide_round(command->progress_mode);
            tool_path_error(bench->url ? bench->url : bench->own_url, -ECONNREFUSED);
            return STATUS_FAILED;
        }
    }
    bench_hide_round(command->progress_mode);
    if (rc == 0)
        bench_http_report(bench);
    return rc;
}

/* -- options -- */

#define AT(field) .at = offsetof(struct command, field)

static const struct tool_option options[] = {
    {"rounds", 0, TOOL_COUNT, AT(bench.rounds), .least = 1, .most = BENCH_MOST_ROUNDS},
    {"concurrency", 0, TOOL_COUNT, AT(bench.concurrency), .least = 1, .most = 4096},
    {"requests", 0, TOOL_COUNT, AT(bench.requests), .least = 1, .most = 1000000},
    {"delay", 0, TOOL_DURATION, AT(bench.delay_ns)},
    {"size", 0, TOOL_BYTES, AT(bench.size_bytes), .most = MOST_SIZE_BYTES},
    {"json", 0, TOOL_FLAG, AT(bench.json)},
    {"progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_ON},
    {"no-progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_OFF},
};

/* Returns: -1 to go on, else an exit status. */
static int parse_options(const struct verb *verb, int argc, char **argv, struct command *command)
{
    int status = tool_parse_options(verb, argc, argv, options, sizeof options / sizeof *options, command);
    if (status >= 0)
        return status;
    if (optind + 1 < argc)
        return tool_usage(verb, "one URL at a time");
    command->bench.url = optind < argc ? argv[optind] : NULL;
    return -1;
}

int bench_http_run(const struct verb *verb, int argc, char **argv)
{
    struct command *command = calloc(1, sizeof *command);
    if (!command) {
        tool_error("%s", nw_strerror(-ENOMEM));
        return STATUS_FAILED;
    }
    struct http_bench *bench = &command->bench;
    *bench = (struct http_bench){
        .rounds = 5, .concurrency = 64, .requests = 100, .delay_ns = NW_MS(10), .size_bytes = 1024};
    int status = parse_options(verb, argc, argv, command);
    bench->concurrency = tool_affordable_files(2 * bench->concurrency) / 2; /* both ends are here */
    if (status < 0) {
        const nw_run_options run_options = {.loops = bench->url ? 1 : 2};
        status = tool_run(&run_options, bench_task, command);
    }
    free(command);
    return status;
}
