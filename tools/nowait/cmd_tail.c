/* SPDX-License-Identifier: MIT */
/*
 * nowait tail: the ends of files, and what is added to them.
 * Owns the table of files and what gets out of them. Must print what tail(1) prints, byte for byte.
 */
#include "tail.h"

#include "paths.h"
#include "units.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: nowait tail [OPTION]... [FILE]...\n"
    "\n"
    "Print the last 10 lines of each file, as tail(1) does. Without FILE, or when FILE is -, of standard "
    "input.\n"
    "\n"
    "  -n, --lines=[+]N        the last N lines; with +: all from line N on\n"
    "  -c, --bytes=[+]N        the last N bytes; with +: all from byte N on\n"
    "                          N may have a suffix: b 512, kB 1000, K 1024, MB, M, GB, G, TB, T\n"
    "  -f                      go on with what is added, also when the file is renamed\n"
    "  -F                      go on with what has that name: also when it is replaced, and when it comes\n"
    "      --follow[=HOW]      HOW is descriptor (the default; -f) or name (-F)\n"
    "      --retry             nothing: -F always tries again\n"
    "  -s, --sleep-interval=N  look every N seconds (default: 1) where the kernel does not tell of changes\n"
    "  -q, --quiet             no titles\n"
    "  -v, --verbose           titles also for a single file\n"
    "  -z, --zero-terminated   lines end in NUL\n"
    "      --help              print this\n"
    "      --version           print the version\n"
    "\n"
    "Exit status: 0 all is well, 1 a file could not be read, 2 wrong usage.\n";

/* -- output -- */

void tail_header(struct tail *tail, struct tail_file *file)
{
    if (!tail->headers || tail->last == file)
        return;
    output_text(&tool_out, tail->printed ? "\n==> " : "==> ");
    if (isatty(STDOUT_FILENO))
        tool_printable(&tool_out, file->title);
    else
        output_text(&tool_out, file->title);
    output_text(&tool_out, " <==\n");
    tail->last = file;
    tail->printed = true;
}

int tail_print(struct tail *tail, struct tail_file *file, const char *data, size_t size_bytes)
{
    tail_header(tail, file);
    output_append(&tool_out, data, size_bytes);
    return output_flush(&tool_out);
}

void tail_complain(struct tail *tail, const struct tail_file *file, int error)
{
    tool_path_error(file->title, error);
    tail->status = STATUS_FAILED;
}

/* -- files -- */

int tail_open(struct tail_file *file)
{
    bool standard_input = strcmp(file->path, "-") == 0;
    int rc = standard_input ? STDIN_FILENO : path_open(file->path, O_RDONLY);
    if (rc < 0)
        return rc;
    file->fd = rc;
    rc = nw_fd_stat(file->fd, &file->status);
    if (rc < 0) {
        if (!standard_input)
            nw_fd_close(file->fd);
        file->fd = -1;
        return rc;
    }
    file->regular = S_ISREG(file->status.st_mode);
    return 0;
}

static int print_end(struct tail *tail, struct tail_file *file)
{
    int rc = tail_open(file);
    if (rc == -ECANCELED)
        return rc;
    if (rc < 0) {
        tail_complain(tail, file, rc);
        file->vanished = true;
    } else {
        tail_header(tail, file);
        rc = tail_last(tail, file);
    }
    output_flush(&tool_err);
    if (file->fd > STDIN_FILENO && !tail->follow) {
        nw_fd_close(file->fd);
        file->fd = -1;
    }
    return rc == -ECANCELED || tool_out.error ? rc : 0;
}

static int tail_task(void *arg)
{
    struct tail *tail = arg;
    int rc = 0;
    tail->buffer = malloc(TAIL_PIECE_BYTES);
    if (!tail->buffer)
        return -ENOMEM;
    for (size_t i = 0; rc == 0 && i < tail->file_count; i++)
        rc = print_end(tail, &tail->files[i]);
    if (rc == 0 && tail->follow)
        rc = tail_follow(tail);
    for (size_t i = 0; i < tail->file_count; i++) {
        if (tail->files[i].fd > STDIN_FILENO)
            nw_fd_close(tail->files[i].fd);
    }
    free(tail->buffer);
    return rc < 0 ? rc : tail->status;
}

/* -- options -- */

enum { OPTION_FOLLOW = OPTION_FIRST_OWN, OPTION_RETRY };

static const struct option options[] = {{"lines", required_argument, NULL, 'n'},
                                        {"bytes", required_argument, NULL, 'c'},
                                        {"follow", optional_argument, NULL, OPTION_FOLLOW},
                                        {"retry", no_argument, NULL, OPTION_RETRY},
                                        {"sleep-interval", required_argument, NULL, 's'},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"silent", no_argument, NULL, 'q'},
                                        {"verbose", no_argument, NULL, 'v'},
                                        {"zero-terminated", no_argument, NULL, 'z'},
                                        TOOL_COMMON_OPTIONS,
                                        {NULL, 0, NULL, 0}};

static bool set_count(struct tail *tail, const char *text, bool bytes)
{
    tail->bytes = bytes;
    tail->from_start = *text == '+';
    text += *text == '+' || *text == '-';
    return units_parse_count(text, &tail->count) == 0;
}

static bool set_flag(struct tail *tail, int option, int *headers)
{
    switch (option) {
    case 'f':
        tail->follow = true;
        return true;
    case 'F':
        tail->follow = tail->by_name = true;
        return true;
    case 'q':
    case 'v':
        *headers = option == 'v';
        return true;
    case 'z':
        tail->line_end = '\0';
        return true;
    default:
        return option == OPTION_RETRY;
    }
}

static int set_value(struct tail *tail, const struct verb *verb, int option)
{
    switch (option) {
    case 'n':
    case 'c':
        if (!set_count(tail, optarg, option == 'c'))
            return tool_usage(verb, "%s takes a number, not '%s'", option == 'c' ? "--bytes" : "--lines",
                              optarg);
        return STATUS_OK;
    case 's':
        if (tool_parse_count(optarg, 1, 86400, &tail->interval_s) < 0)
            return tool_usage(verb, "--sleep-interval takes seconds, not '%s'", optarg);
        return STATUS_OK;
    default:
        tail->follow = true;
        tail->by_name = optarg && strcmp(optarg, "name") == 0;
        if (optarg && !tail->by_name && strcmp(optarg, "descriptor") != 0)
            return tool_usage(verb, "--follow takes descriptor or name, not '%s'", optarg);
        return STATUS_OK;
    }
}

static int take_arguments(struct tail *tail, int count, char **paths, int headers)
{
    static char standard_input[] = "-";
    static char *alone[] = {standard_input};
    if (count == 0)
        paths = alone;
    tail->file_count = count ? (size_t)count : 1;
    tail->headers = headers < 0 ? tail->file_count > 1 : headers > 0;
    tail->files = calloc(tail->file_count, sizeof *tail->files);
    if (!tail->files)
        return -ENOMEM;
    for (size_t i = 0; i < tail->file_count; i++) {
        struct tail_file *file = &tail->files[i];
        file->fd = -1;
        file->path = paths[i];
        file->title = strcmp(paths[i], "-") == 0 ? "standard input" : paths[i];
    }
    return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct tail tail = {.count = 10, .line_end = '\n', .interval_s = 1};
    int option, headers = -1;
    while ((option = getopt_long(argc, argv, "n:c:fFs:qvz", options, NULL)) != -1) {
        if (set_flag(&tail, option, &headers))
            continue;
        if (option != 'n' && option != 'c' && option != 's' && option != OPTION_FOLLOW)
            return tool_common_option(verb, option);
        int status = set_value(&tail, verb, option);
        if (status != STATUS_OK)
            return status;
    }
    if (tail.count == 0 && !tail.from_start && !tail.follow)
        return STATUS_OK; /* as tail(1): nothing is even opened */
    int status = take_arguments(&tail, argc - optind, argv + optind, headers);
    if (status == 0)
        status = tool_run(NULL, tail_task, &tail);
    else
        tool_error("%s", nw_strerror(status));
    free(tail.files);
    return status < 0 ? STATUS_FAILED : status;
}

const struct verb verb_tail = {
    .name = "tail",
    .summary = "the ends of files, and what is added to them, as tail prints them",
    .help = help,
    .run = run,
};
