/* SPDX-License-Identifier: MIT */
/*
 * nowait cp: files and trees to another place, several files at a time.
 * Owns the options, and finding out where each source goes; the library copies.
 * Must go on after an error, and tell each.
 */
#include "cp.h"
#include "json.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: nowait cp [OPTION]... SOURCE TARGET\n"
    "  or:  nowait cp [OPTION]... SOURCE... DIR\n"
    "  or:  nowait cp [OPTION]... -t DIR SOURCE...\n"
    "\n"
    "Copy files and trees, several files at a time.\n"
    "\n"
    "  -r, -R, --recursive         copy directories with all that is in them; links are copied as links\n"
    "  -a, --archive               the same as -r, and keep owner, mode, times, attributes, ACLs, hard "
    "links\n"
    "  -p                          keep owner, mode, times, attributes, ACLs\n"
    "  -n, --no-clobber            leave alone what is there\n"
    "  -u, --update                leave alone what is not older than its source\n"
    "  -x, --one-file-system       do not copy what is on other file systems\n"
    "  -j, --jobs=N                at most N files of a tree at a time (default: one a processor)\n"
    "  -t, --target-directory=DIR  copy all sources into DIR\n"
    "  -T, --no-target-directory   TARGET is the copy, also where a directory of that name is\n"
    "  -v, --verbose               print each copy\n"
    "      --json                  print a report in JSON\n"
    "      --progress              show progress also where standard error is no terminal\n"
    "      --no-progress           never show progress\n"
    "      --help                  print this\n"
    "      --version               print the version\n"
    "\n"
    "Exit status: 0 all is copied, 1 something is not (the rest is), 2 wrong usage.\n";

/* -- what the library tells -- */

void cp_failed(struct cp *cp, const char *path, int error)
{
    progress_hide(&cp->progress);
    if (cp->json)
        cp_add_error(cp, path, error);
    else
        tool_path_error(path, error);
    cp->errors++;
}

static int on_error(const char *path, int error, void *arg)
{
    cp_failed(arg, path, error);
    return 0;
}

static int on_entry(const char *from, const char *to, void *arg)
{
    struct cp *cp = arg;

    cp->progress.files++;
    if (!cp->verbose || cp->json)
        return 0;
    progress_hide(&cp->progress);
    output_text(&tool_out, "'");
    tool_printable(&tool_out, from);
    output_text(&tool_out, "' -> '");
    tool_printable(&tool_out, to);
    output_text(&tool_out, "'\n");
    return tool_out.size < 65536 ? 0 : output_flush(&tool_out);
}

static int on_progress(uint64_t done, uint64_t total, void *arg)
{
    struct cp *cp = arg;

    (void)total;
    cp->progress.bytes = cp->bytes_before + done;
    return 0;
}

/* -- one source -- */

static nw_copy_options library_options(struct cp *cp)
{
    nw_copy_options options = {.flags = cp->flags, .parallel = cp->jobs, .on_error = on_error, .arg = cp};

    if (cp->json || cp->verbose || progress_wanted(cp->progress_mode))
        options.on_entry = on_entry;
    if (cp->json || progress_wanted(cp->progress_mode))
        options.progress = (nw_progress){on_progress, cp};
    return options;
}

/* A pipe, a terminal, a device: as bytes. */
static int copy_bytes(struct cp *cp, const char *from, const char *to, const nw_progress *progress)
{
    nw_stream *in, *out;
    int64_t copied;
    int closed, rc = nw_open(from, "r", &in);

    if (rc < 0)
        return rc;
    rc = nw_open(to, cp->flags & NW_COPY_KEEP ? "x" : "w", &out);
    if (rc < 0) {
        nw_close(in);
        return rc == -EEXIST && cp->flags & NW_COPY_KEEP ? 0 : rc;
    }
    copied = nw_copy(out, in, 0, progress->fn ? progress : NULL);
    closed = nw_close(out);
    nw_close(in);
    return copied < 0 ? (int)copied : closed;
}

static bool is_older(const struct stat *one, const struct stat *other)
{
    const struct timespec *a = &one->st_mtim, *b = &other->st_mtim;

    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static int copy_file(struct cp *cp, const char *from, const char *to)
{
    nw_copy_options options = library_options(cp);
    struct stat source, target;
    int rc = nw_stat(from, &source);

    if (rc < 0)
        return rc;
    if (S_ISDIR(source.st_mode))
        return -EISDIR;
    bool there = nw_stat(to, &target) == 0 && !S_ISDIR(target.st_mode);
    if (!S_ISREG(source.st_mode) || (there && !S_ISREG(target.st_mode))) {
        if (there && cp->flags & NW_COPY_UPDATE && !is_older(&target, &source))
            return 0;
        rc = copy_bytes(cp, from, to, &options.progress);
    } else {
        rc = nw_copy_file_with(&options, from, to);
    }
    return rc == 0 && options.on_entry ? on_entry(from, to, cp) : rc;
}

static int copy_one(struct cp *cp, const char *from, const char *to)
{
    int rc;

    cp->bytes_before = cp->progress.bytes;
    if (cp->recurse) {
        const nw_copy_options options = library_options(cp);
        uint64_t errors_before = cp->errors;
        rc = nw_copy_tree(&options, from, to);
        if (rc < 0 && rc != -ECANCELED && !tool_out.error && cp->errors == errors_before)
            cp_failed(cp, from, rc); /* nothing that has a path: no memory, say */
    } else {
        rc = copy_file(cp, from, to);
        if (rc < 0 && rc != -ECANCELED && !tool_out.error)
            cp_failed(cp, from, rc);
    }
    return rc == -ECANCELED || tool_out.error < 0 ? rc : 0;
}

/* -- where to -- */

/* DIR and the last name of the source; that of "a/.." and "." is ".". free() it. */
static char *into(const char *directory, const char *source)
{
    size_t end = strlen(source), begin;
    char *path;

    while (end > 1 && source[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && source[begin - 1] != '/'; begin--)
        ;
    if (end - begin == 2 && strncmp(source + begin, "..", 2) == 0)
        end--;
    return asprintf(&path, "%s/%.*s", directory, (int)(end - begin), source + begin) < 0 ? NULL : path;
}

static int copy_into(struct cp *cp, const char *source)
{
    char *to = into(cp->directory, source);
    int rc = to ? copy_one(cp, source, to) : -ENOMEM;

    free(to);
    return rc;
}

static int copy_all(struct cp *cp)
{
    int rc = 0;

    if (!cp->directory)
        return copy_one(cp, cp->sources[0], cp->target);
    for (size_t i = 0; rc == 0 && i < cp->count; i++)
        rc = copy_into(cp, cp->sources[i]);
    return rc;
}

/* Several sources need a directory; one goes into the target if that is one. */
static int find_directory(struct cp *cp)
{
    if (!cp->directory && !cp->no_directory && nw_is_dir(cp->target) == 1)
        cp->directory = cp->target;
    if (cp->directory && nw_is_dir(cp->directory) != 1) {
        cp_failed(cp, cp->directory, -ENOTDIR);
        return STATUS_FAILED;
    }
    if (!cp->directory && cp->count > 1) {
        cp_failed(cp, cp->target, -ENOTDIR);
        return STATUS_FAILED;
    }
    return 0;
}

static int cp_task(void *arg)
{
    struct cp *cp = arg;
    int64_t began_ns = nw_now();
    int rc;

    progress_begin(&cp->progress, cp->progress_mode);
    rc = find_directory(cp);
    if (rc == 0) {
        cp_scout_begin(cp);
        rc = copy_all(cp);
        cp_scout_end(cp);
    }
    progress_end(&cp->progress);
    if (cp->json && rc >= 0)
        cp_report(cp, nw_now() - began_ns);
    free(cp->error_list);
    return rc < 0 ? rc : cp->errors ? STATUS_FAILED : rc;
}

/* -- options -- */

enum { OPTION_JSON = OPTION_FIRST_OWN, OPTION_PROGRESS, OPTION_NO_PROGRESS };

static const struct option options[] = {
    {"recursive", no_argument, NULL, 'r'},
    {"archive", no_argument, NULL, 'a'},
    {"no-clobber", no_argument, NULL, 'n'},
    {"update", no_argument, NULL, 'u'},
    {"one-file-system", no_argument, NULL, 'x'},
    {"jobs", required_argument, NULL, 'j'},
    {"target-directory", required_argument, NULL, 't'},
    {"no-target-directory", no_argument, NULL, 'T'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Returns: false when it is not one of these. */
static bool set_flag(struct cp *cp, int option)
{
    switch (option) {
    case 'a':
        cp->recurse = true;
        cp->flags = (cp->flags | NW_COPY_ALL) & ~NW_COPY_UMASK;
        return true;
    case 'p':
        cp->flags = (cp->flags | (NW_COPY_ALL & ~NW_COPY_LINKS)) & ~NW_COPY_UMASK;
        return true;
    case 'n':
        cp->flags |= NW_COPY_KEEP;
        return true;
    case 'u':
        cp->flags |= NW_COPY_UPDATE;
        return true;
    case 'x':
        cp->flags |= NW_COPY_ONE_FILE_SYSTEM;
        return true;
    default:
        return false;
    }
}

static bool set_option(struct cp *cp, int option)
{
    switch (option) {
    case 'r':
    case 'R':
        cp->recurse = true;
        return true;
    case 't':
        cp->directory = optarg;
        return true;
    case 'T':
        cp->no_directory = true;
        return true;
    case 'v':
        cp->verbose = true;
        return true;
    case OPTION_JSON:
        cp->json = true;
        return true;
    case OPTION_PROGRESS:
    case OPTION_NO_PROGRESS:
        cp->progress_mode = option == OPTION_PROGRESS ? PROGRESS_ON : PROGRESS_OFF;
        return true;
    default:
        return set_flag(cp, option);
    }
}

/* What is wrong with the arguments, or NULL; else they are taken. */
static const char *take_arguments(struct cp *cp, int count, char **arguments)
{
    size_t left = (size_t)count;

    if (cp->directory && cp->no_directory)
        return "--target-directory and --no-target-directory exclude each other";
    if (left == 0)
        return "a source is missing";
    if (!cp->directory) {
        if (left == 1)
            return "a target is missing";
        cp->target = arguments[--left];
    }
    if (cp->no_directory && left > 1)
        return "--no-target-directory takes one source";
    cp->sources = (const char *const *)arguments;
    cp->count = left;
    return NULL;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct cp cp = {.flags = NW_COPY_UMASK};
    int option;

    while ((option = getopt_long(argc, argv, "rRapnuxj:t:Tv", options, NULL)) != -1) {
        if (option == 'j') {
            if (tool_parse_count(optarg, 1, 64, &cp.jobs) < 0)
                return tool_usage(verb, "--jobs takes a number from 1 to 64, not '%s'", optarg);
        } else if (!set_option(&cp, option)) {
            return tool_common_option(verb, option);
        }
    }
    const char *wrong = take_arguments(&cp, argc - optind, argv + optind);
    if (wrong)
        return tool_usage(verb, "%s", wrong);
    return tool_run(NULL, cp_task, &cp);
}

const struct verb verb_cp = {"cp", "copy files and trees, several files at a time", help, run};
