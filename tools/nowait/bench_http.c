/* SPDX-License-Identifier: MIT */
/*
 * nowait bench http: many requests, one after the other and at the same time.
 * Owns the options and the order of the rounds: each begins with another contender than the one before.
 */
#include "bench_http.h"

#include "tool.h"
#include "units.h"

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

enum {
    OPTION_ROUNDS = OPTION_FIRST_OWN,
    OPTION_CONCURRENCY,
    OPTION_REQUESTS,
    OPTION_DELAY,
    OPTION_SIZE,
    OPTION_JSON,
    OPTION_PROGRESS,
    OPTION_NO_PROGRESS,
};

static const struct option options[] = {
    {"rounds", required_argument, NULL, OPTION_ROUNDS},
    {"concurrency", required_argument, NULL, OPTION_CONCURRENCY},
    {"requests", required_argument, NULL, OPTION_REQUESTS},
    {"delay", required_argument, NULL, OPTION_DELAY},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Returns: 0; -EINVAL: a bad argument; 1: not an option of this verb. */
static int set_option(struct command *command, int option, const char *argument)
{
    struct http_bench *bench = &command->bench;
    switch (option) {
    case OPTION_ROUNDS:
        return tool_parse_count(argument, 1, BENCH_MOST_ROUNDS, &bench->rounds);
    case OPTION_CONCURRENCY:
        return tool_parse_count(argument, 1, 4096, &bench->concurrency);
    case OPTION_REQUESTS:
        return tool_parse_count(argument, 1, 1000000, &bench->requests);
    case OPTION_DELAY:
        return units_parse_duration(argument, &bench->delay_ns);
    case OPTION_SIZE:
        return units_parse_bytes(argument, &bench->size_bytes) < 0 || bench->size_bytes > MOST_SIZE_BYTES
                   ? -EINVAL
                   : 0;
    case OPTION_JSON:
        bench->json = true;
        return 0;
    case OPTION_PROGRESS:
    case OPTION_NO_PROGRESS:
        command->progress_mode = option == OPTION_PROGRESS ? PROGRESS_ON : PROGRESS_OFF;
        return 0;
    default:
        return 1;
    }
}

/* Returns: -1 to go on, else an exit status. */
static int parse_options(const struct verb *verb, int argc, char **argv, struct command *command)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int rc = set_option(command, option, optarg);
        if (rc > 0)
            return tool_common_option(verb, option);
        if (rc < 0)
            return tool_usage(verb, "'%s' is not a number in range", optarg);
    }
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
