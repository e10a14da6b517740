/* SPDX-License-Identifier: MIT */
/*
 * nowait log: standard input into a log file, with times, rotation and reopening.
 * Owns the options, the signals and the log; log_input.c moves the lines.
 */
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_input.h"
#include "tool.h"
#include "units.h"

static const char help[] =
    "Usage: nowait log [OPTION]... FILE\n"
    "\n"
    "Append the lines of standard input to FILE, and begin new files in time.\n"
    "\n"
    "  -s, --size=SIZE       begin a new file before this one grows larger: 500K, 10M, 1G\n"
    "  -a, --age=TIME        begin a new file when this one is so old: 90s, 30m, 12h, 1d, 1w\n"
    "  -k, --keep=N          keep N old files, FILE.1 (the youngest) to FILE.N (default 5)\n"
    "  -t, --time[=FORMAT]   put the time before each line: of strftime(3), and %f for microseconds,\n"
    "                        %L for milliseconds; without FORMAT as 2026-01-31T23:59:59.123456Z\n"
    "      --local           the time of the local zone instead of UTC\n"
    "  -l, --line-limit=SIZE split lines that are longer (default 64K)\n"
    "      --sync=WHEN       force to disk: never (the default), interval (each second), interval=TIME,\n"
    "                        each (before more is read)\n"
    "      --full=WHAT       when the disk is slower than the input: wait (the default) or drop\n"
    "      --tee             copy the input to standard output\n"
    "      --help            print this\n"
    "      --version         print the version\n"
    "\n"
    "Signals: SIGHUP opens FILE anew, SIGUSR1 begins a new file, SIGTERM and SIGINT log what is there and "
    "end.\n"
    "Exit status: 0 all is well, 1 something could not be read or written, 2 wrong usage.\n";

struct log_verb {
    nw_log_options options;
    struct log_input input;
    nw_signals *signals;
    nw_task *reader;
};

/* -- at work -- */

/* A task. Ends the reader, or is cancelled when that has ended by itself. */
static int obey_signals(void *arg)
{
    struct log_verb *log = arg;
    int signal_number;

    while ((signal_number = nw_signals_next(log->signals)) >= 0) {
        int rc = 0;
        if (signal_number == SIGHUP)
            rc = nw_log_reopen(log->input.logger);
        else if (signal_number == SIGUSR1)
            rc = nw_log_rotate(log->input.logger);
        else
            nw_cancel(log->reader);
        if (rc < 0 && rc != -ECANCELED)
            log_input_report(&log->input, rc);
    }
    return 0;
}

static int read_input(void *arg)
{
    struct log_verb *log = arg;
    return log_input_run(&log->input);
}

static int move_lines(struct log_verb *log)
{
    log->reader = nw_spawn(read_input, log);
    nw_task *listener = nw_spawn(obey_signals, log);
    int rc = nw_await(log->reader);
    nw_cancel(listener);
    (void)nw_await(listener);
    return rc;
}

static int close_log(struct log_verb *log)
{
    nw_log_counters counters;
    int rc = nw_log_close_with(log->input.logger, &counters);
    if (rc < 0)
        log_input_report(&log->input, rc);
    if (counters.queued_bytes > 0)
        tool_error("%llu bytes were lost", (unsigned long long)counters.queued_bytes);
    return rc;
}

/* It would never end: each line that is read is written behind those that are to be read. */
static bool is_its_own_input(const char *name)
{
    struct stat input, file;

    return nw_fd_stat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode) && nw_stat(name, &file) == 0 &&
           input.st_dev == file.st_dev && input.st_ino == file.st_ino &&
           lseek(STDIN_FILENO, 0, SEEK_CUR) < input.st_size;
}

static int log_task(void *arg)
{
    static const int signal_numbers[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT};
    struct log_verb *log = arg;
    if (is_its_own_input(log->input.name)) {
        tool_error("%s: input file is output file", log->input.name);
        return STATUS_FAILED;
    }
    int rc = nw_signals_open(signal_numbers, sizeof signal_numbers / sizeof *signal_numbers, &log->signals);
    if (rc < 0)
        return rc;
    rc = nw_log_open(&log->options, log->input.name, &log->input.logger);
    if (rc < 0) {
        log_input_report(&log->input, rc);
    } else {
        rc = move_lines(log);
        if (rc < 0) {
            tool_error("standard input: %s", nw_strerror(rc));
            log->input.status = STATUS_FAILED;
        }
        close_log(log);
    }
    nw_signals_close(log->signals);
    return log->input.status;
}

/* -- options -- */

enum { OPTION_LOCAL = OPTION_FIRST_OWN, OPTION_SYNC, OPTION_FULL, OPTION_TEE };

static const struct option long_options[] = {
    {"size", required_argument, NULL, 's'},
    {"age", required_argument, NULL, 'a'},
    {"keep", required_argument, NULL, 'k'},
    {"time", optional_argument, NULL, 't'},
    {"local", no_argument, NULL, OPTION_LOCAL},
    {"line-limit", required_argument, NULL, 'l'},
    {"sync", required_argument, NULL, OPTION_SYNC},
    {"full", required_argument, NULL, OPTION_FULL},
    {"tee", no_argument, NULL, OPTION_TEE},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* "each" is one sync for each block of lines that was read: the log's own would be one for each line. */
static int parse_sync(struct log_verb *log, const char *text)
{
    log->input.flush = strcmp(text, "each") == 0;
    log->options.sync = strcmp(text, "never") == 0 ? NW_LOG_SYNC_NEVER : NW_LOG_SYNC_INTERVAL;
    log->options.sync_interval_ns = 0;
    if (strncmp(text, "interval=", 9) == 0)
        return units_parse_duration(text + 9, &log->options.sync_interval_ns);
    return log->input.flush || strcmp(text, "never") == 0 || strcmp(text, "interval") == 0 ? 0 : -EINVAL;
}

static int parse_full(struct log_verb *log, const char *text)
{
    log->options.full = strcmp(text, "drop") == 0 ? NW_LOG_DROP : NW_LOG_WAIT;
    return strcmp(text, "drop") == 0 || strcmp(text, "wait") == 0 ? 0 : -EINVAL;
}

static int parse_line_limit(struct log_verb *log, const char *text)
{
    int64_t bytes;
    int rc = units_parse_bytes(text, &bytes);
    if (rc < 0 || bytes < 1 || bytes > (INT64_C(64) << 20))
        return -EINVAL;
    log->input.line_limit_bytes = (size_t)bytes;
    return 0;
}

/* Returns: 0; -EINVAL: a bad argument; 1: not an option of this verb. */
static int set_option(struct log_verb *log, int option, const char *argument)
{
    switch (option) {
    case 's':
        return units_parse_bytes(argument, &log->options.rotate_bytes);
    case 'a':
        return units_parse_duration(argument, &log->options.rotate_age_ns);
    case 'k':
        return tool_parse_count(argument, 1, 10000, &log->options.keep);
    case 't':
        log->options.time_format = argument;
        return 0;
    case 'l':
        return parse_line_limit(log, argument);
    case OPTION_LOCAL:
        log->options.local_time = true;
        return 0;
    case OPTION_SYNC:
        return parse_sync(log, argument);
    case OPTION_FULL:
        return parse_full(log, argument);
    case OPTION_TEE:
        log->input.tee = true;
        return 0;
    default:
        return 1;
    }
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct log_verb log = {.options.time_format = "", .input.line_limit_bytes = (size_t)64 << 10};
    int option;
    while ((option = getopt_long(argc, argv, "s:a:k:t::l:", long_options, NULL)) != -1) {
        int rc = set_option(&log, option, optarg);
        if (rc > 0)
            return tool_common_option(verb, option);
        if (rc < 0)
            return tool_usage(verb, "'%s' makes no sense here", optarg);
    }
    if (optind + 1 != argc)
        return tool_usage(verb, optind < argc ? "one FILE, not several" : "FILE is missing");
    log.input.name = argv[optind];
    log.options.entry_limit_bytes = log.input.line_limit_bytes;
    log.options.queue_bytes = 2 * log.input.line_limit_bytes + ((size_t)1 << 20);
    return tool_run(NULL, log_task, &log);
}

const struct verb verb_log = {
    .name = "log",
    .summary = "standard input into a log file that rotates",
    .help = help,
    .run = run,
};
