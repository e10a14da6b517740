/* SPDX-License-Identifier: MIT */
/*
 * nowait bench: measurements on the user's own machine and files.
 * Owns the options, the list of files and the order of the rounds.
 * Must not favour anyone: the contenders take turns within a round, and each round begins with another one.
 */
#include "bench.h"

#include "bench_http.h"
#include "options.h"
#include "paths.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: nowait bench files [OPTION]... [DIR]\n"
    "  or:  nowait bench http [OPTION]... [URL]\n"
    "\n"
    "files: read every file below DIR (default: the current one) in four ways: blocking calls in a task;\n"
    "async calls, one at a time; async calls, many at a time; blocking calls on a thread pool.\n"
    "For each: files and bytes a second, and the longest stall of a task that wakes every millisecond.\n"
    "http: send requests to URL, or to a server of our own that takes its time, in three ways: one after "
    "the\n"
    "other with a connection each, with one connection, and many at a time.\n"
    "\n"
    "      --rounds=N       measure each way N times, in turns; print medians (default 5)\n"
    "      --concurrency=N  at a time in the concurrent ways (default 32 files, 64 requests)\n"
    "      --files=N        read at most the first N files (default 20000)\n"
    "      --cold           ask the kernel to forget the files before each run\n"
    "      --requests=N     send N requests in each way and round (default 100)\n"
    "      --delay=TIME     how long our own server waits before it answers (default 10ms)\n"
    "      --size=SIZE      what it answers with (default 1K)\n"
    "      --json           print everything as JSON\n"
    "      --progress       show progress also where standard error is no terminal\n"
    "      --no-progress    never show progress\n"
    "      --help           print this\n"
    "      --version        print the version\n"
    "\n"
    "Exit status: 0 measured, 1 failure, 2 wrong usage.\n";

struct bench_command {
    struct bench bench;
    enum progress_mode progress_mode;
};

/* -- the files -- */

static int collect(const char *path, int64_t size_bytes, int error, void *context)
{
    struct bench *bench = context;
    (void)size_bytes;
    if (error < 0) {
        tool_path_error(path, error);
        return 0;
    }
    if (bench->count == bench->most_files) {
        bench->capped = true;
        return 1;
    }
    if (bench->count == bench->capacity) {
        size_t capacity = bench->capacity ? bench->capacity * 2 : 256;
        char **paths = realloc(bench->paths, capacity * sizeof *paths);
        if (!paths)
            return -ENOMEM;
        bench->paths = paths;
        bench->capacity = capacity;
    }
    bench->paths[bench->count] = strdup(path);
    return bench->paths[bench->count++] ? 0 : -ENOMEM;
}

static void free_paths(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++)
        free(bench->paths[i]);
    free(bench->paths);
}

/* On a worker thread. */
static int forget_files(void *arg)
{
    const struct bench *bench = arg;
    for (size_t i = 0; i < bench->count; i++) {
        int fd = open(bench->paths[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    return 0;
}

/* -- the rounds -- */

void bench_show_round(enum progress_mode mode, unsigned round, unsigned rounds)
{
    if (!progress_wanted(mode))
        return;
    bool terminal = isatty(STDERR_FILENO);
    output_printf(&tool_err, "%sround %u of %u%s", terminal ? "\r" : "", round + 1, rounds,
                  terminal ? "\033[K" : "\n");
    output_flush(&tool_err);
}

void bench_hide_round(enum progress_mode mode)
{
    if (progress_wanted(mode) && isatty(STDERR_FILENO))
        output_text(&tool_err, "\r\033[K");
}

static int run_round(struct bench *bench, unsigned round)
{
    for (unsigned turn = 0; turn < WAY_ALL; turn++) {
        enum bench_way way = (enum bench_way)((turn + round) % WAY_ALL);
        int rc = bench->cold && way != WAY_IDLE ? nw_to_thread(forget_files, bench) : 0;
        if (rc == 0)
            rc = bench_measure(bench, way, &bench->runs[way][round]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int run_rounds(struct bench_command *command)
{
    struct bench *bench = &command->bench;
    int rc = 0;
    if (!bench->cold) {
        struct bench_run unused; /* the first to read the files would pay for all */
        rc = bench_measure(bench, WAY_THREADS, &unused);
    }
    for (unsigned round = 0; rc == 0 && round < bench->rounds; round++) {
        bench_show_round(command->progress_mode, round, bench->rounds);
        rc = run_round(bench, round);
    }
    bench_hide_round(command->progress_mode);
    return rc;
}

static int bench_task(void *arg)
{
    struct bench_command *command = arg;
    struct bench *bench = &command->bench;
    int rc = walk_files(bench->folder, false, collect, bench);
    if (rc >= 0 && bench->count == 0) {
        tool_error("%s: no files to read", bench->folder);
        return STATUS_FAILED;
    }
    if (rc >= 0)
        rc = run_rounds(command);
    if (rc == 0)
        bench_report(bench);
    return rc;
}

/* -- options -- */

#define AT(field) .at = offsetof(struct bench_command, field)

static const struct tool_option options[] = {
    {"rounds", 0, TOOL_COUNT, AT(bench.rounds), .least = 1, .most = BENCH_MOST_ROUNDS},
    {"concurrency", 0, TOOL_COUNT, AT(bench.concurrency), .least = 1, .most = 4096},
    {"files", 0, TOOL_COUNT, AT(bench.most_files), .least = 1, .most = 10000000},
    {"cold", 0, TOOL_FLAG, AT(bench.cold)},
    {"json", 0, TOOL_FLAG, AT(bench.json)},
    {"progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_ON},
    {"no-progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_OFF},
};

/* Returns: -1 to go on, else an exit status. */
static int parse_options(const struct verb *verb, int argc, char **argv, struct bench_command *command)
{
    int status = tool_parse_options(verb, argc, argv, options, sizeof options / sizeof *options, command);
    if (status >= 0)
        return status;
    if (optind == argc || strcmp(argv[optind], "files") != 0)
        return tool_usage(verb, "what to measure? Say 'nowait bench files' or 'nowait bench http'");
    if (argc - optind > 2)
        return tool_usage(verb, "one directory at a time");
    command->bench.folder = optind + 1 < argc ? argv[optind + 1] : ".";
    return -1;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "http") == 0) {
        argv[1] = argv[0]; /* what getopt_long() puts before its messages */
        return bench_http_run(verb, argc - 1, argv + 1);
    }
    struct bench_command *command = calloc(1, sizeof *command);
    if (!command) {
        tool_error("%s", nw_strerror(-ENOMEM));
        return STATUS_FAILED;
    }
    command->bench.rounds = 5;
    command->bench.concurrency = 32;
    command->bench.most_files = 20000;
    int status = parse_options(verb, argc, argv, command);
    command->bench.concurrency = tool_affordable_files(command->bench.concurrency);
    if (status < 0)
        status = tool_run(NULL, bench_task, command);
    free_paths(&command->bench);
    free(command);
    return status;
}

const struct verb verb_bench = {
    .name = "bench",
    .summary = "measure ways of reading files and of sending requests",
    .help = help,
    .run = run,
};
