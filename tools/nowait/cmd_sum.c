/* SPDX-License-Identifier: MIT */
/*
 * nowait sum: digests of files, many at a time, printed in order; `-c` hands over to sum_check.c.
 * Owns the options and the walk over the arguments.
 * Must print what sha256sum prints, byte for byte.
 */
#include "paths.h"
#include "sum.h"
#include "tool.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
    "Usage: nowait sum [OPTION]... [FILE]...\n"
    "  or:  nowait sum [OPTION]... -r [DIR]...\n"
    "  or:  nowait sum [OPTION]... -c [LIST]...\n"
    "\n"
    "Print or check digests of files, as sha256sum(1) does, many files at a time.\n"
    "Without FILE, or when FILE is -, read standard input.\n"
    "\n"
    "      --sha256          SHA-256 (the default)\n"
    "      --xxh3            XXH3, 64 bits: fast, not cryptographic; as xxhsum -H3\n"
    "      --xxh128          XXH3, 128 bits: as xxhsum -H2\n"
    "  -r, --recursive       all regular files below each DIR, in the order of their names' bytes;\n"
    "                        symbolic links are not followed; without DIR: the current one\n"
    "  -j, --jobs=N          at most N files at a time (default 32)\n"
    "      --tag             print lines in BSD style\n"
    "  -b, --binary          mark names with an asterisk (nothing else changes)\n"
    "  -t, --text            mark names with a space (the default)\n"
    "  -z, --zero            end lines with NUL, and do not escape names\n"
    "      --progress        show progress also where standard error is no terminal\n"
    "      --no-progress     never show progress\n"
    "\n"
    "Checking:\n"
    "  -c, --check           read digests from each LIST and check the files named there\n"
    "      --ignore-missing  pass over files that do not exist\n"
    "      --quiet           do not print OK for each file\n"
    "      --status          print nothing; the exit status tells\n"
    "      --strict          fail for badly formatted lines\n"
    "  -w, --warn            warn about badly formatted lines\n"
    "\n"
    "      --help            print this\n"
    "      --version         print the version\n"
    "\n"
    "Exit status: 0 all is well, 1 a file could not be read or did not match, 2 wrong usage.\n";

/* -- sums -- */

static void emit_line(const struct sum_file *file, void *context)
{
    struct sum *sum = context;
    bool vanished = file->walked && (file->error == -ENOENT || file->error == -ELOOP);
    if (file->error == 0) {
        line_print(&tool_out, sum->kind, &sum->style, file->digest, file->name);
    } else if (!vanished) {
        tool_path_error(file->name, file->error);
        sum->status = STATUS_FAILED;
    }
}

struct root {
    struct sum *sum;
    const char *path;
};

static int add_walked(const char *path, int64_t size_bytes, int error, void *context)
{
    struct root *root = context;
    struct sum_hint hint = {.walked = error == 0 && strcmp(path, root->path) != 0, .error = error};
    (void)size_bytes;
    return pipeline_add(&root->sum->pipeline, path, &hint);
}

static int add_argument(struct sum *sum, const char *name)
{
    struct sum_hint hint = {0};
    struct root root = {sum, name};
    if (sum->recurse && strcmp(name, "-") != 0)
        return walk_files(name, false, add_walked, &root);
    return pipeline_add(&sum->pipeline, name, &hint);
}

static int sum_arguments(struct sum *sum)
{
    struct scout scout = {
        .progress = &sum->progress, .names = sum->names, .count = sum->name_count, .recurse = sum->recurse};
    sum->pipeline.emit = emit_line;
    sum->pipeline.context = sum;
    progress_begin(&sum->progress, sum->progress_mode);
    scout_begin(&scout, sum->progress_mode);
    pipeline_begin(&sum->pipeline, sum->jobs);

    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sum->name_count; i++)
        rc = add_argument(sum, sum->names[i]);

    int ended = pipeline_end(&sum->pipeline);
    scout_end(&scout);
    progress_end(&sum->progress);
    return ended < 0 ? ended : rc;
}

static int check_arguments(struct sum *sum)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sum->name_count; i++)
        rc = sum_check_list(sum, sum->names[i]);
    return rc;
}

static int sum_task(void *arg)
{
    struct sum *sum = arg;
    sum->pipeline.kind = sum->kind;
    sum->pipeline.progress = &sum->progress;
    int rc = sum->check ? check_arguments(sum) : sum_arguments(sum);
    return rc < 0 ? rc : sum->status;
}

/* -- options -- */

enum {
    OPTION_SHA256 = OPTION_FIRST_OWN,
    OPTION_XXH3,
    OPTION_XXH128,
    OPTION_TAG,
    OPTION_PROGRESS,
    OPTION_NO_PROGRESS,
    OPTION_IGNORE_MISSING,
    OPTION_QUIET,
    OPTION_STATUS,
    OPTION_STRICT,
};

static const struct option options[] = {
    {"sha256", no_argument, NULL, OPTION_SHA256},
    {"xxh3", no_argument, NULL, OPTION_XXH3},
    {"xxh128", no_argument, NULL, OPTION_XXH128},
    {"recursive", no_argument, NULL, 'r'},
    {"jobs", required_argument, NULL, 'j'},
    {"tag", no_argument, NULL, OPTION_TAG},
    {"binary", no_argument, NULL, 'b'},
    {"text", no_argument, NULL, 't'},
    {"zero", no_argument, NULL, 'z'},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
    {"check", no_argument, NULL, 'c'},
    {"ignore-missing", no_argument, NULL, OPTION_IGNORE_MISSING},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"status", no_argument, NULL, OPTION_STATUS},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"warn", no_argument, NULL, 'w'},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* As sha256sum, the last of --quiet, --status and --warn wins. */
static void set_verbosity(struct sum *sum, int option)
{
    sum->quiet = option == OPTION_QUIET;
    sum->status_only = option == OPTION_STATUS;
    sum->warn = option == 'w';
}

/* Returns: false when this verb has no such option. */
static bool set_option(struct sum *sum, int option)
{
    switch (option) {
    case OPTION_SHA256:
        sum->kind = &digest_sha256;
        break;
    case OPTION_XXH3:
        sum->kind = &digest_xxh3;
        break;
    case OPTION_XXH128:
        sum->kind = &digest_xxh128;
        break;
    case 'r':
        sum->recurse = true;
        break;
    case OPTION_TAG:
        sum->style.tagged = true;
        break;
    case 'b':
    case 't':
        sum->style.binary = option == 'b';
        break;
    case 'z':
        sum->style.end = '\0';
        break;
    case OPTION_PROGRESS:
    case OPTION_NO_PROGRESS:
        sum->progress_mode = option == OPTION_PROGRESS ? PROGRESS_ON : PROGRESS_OFF;
        break;
    case 'c':
        sum->check = true;
        break;
    case OPTION_IGNORE_MISSING:
        sum->ignore_missing = true;
        break;
    case OPTION_STRICT:
        sum->strict = true;
        break;
    case OPTION_QUIET:
    case OPTION_STATUS:
    case 'w':
        set_verbosity(sum, option);
        break;
    default:
        return false;
    }
    return true;
}

/* What makes no sense together, or NULL. */
static const char *contradiction(const struct sum *sum)
{
    if (sum->check && sum->recurse)
        return "--recursive is meaningless when checking";
    if (sum->check && sum->style.tagged)
        return "--tag is meaningless when checking";
    if (sum->check && sum->style.end == '\0')
        return "--zero is not supported when checking";
    if (!sum->check && (sum->quiet || sum->status_only || sum->warn || sum->strict || sum->ignore_missing))
        return "--ignore-missing, --quiet, --status, --strict and --warn need --check";
    return NULL;
}

static void take_arguments(struct sum *sum, int count, char **names)
{
    static const char *const standard_input[] = {"-"};
    static const char *const here[] = {"."};
    sum->names = (const char *const *)names;
    sum->name_count = (size_t)count;
    if (count == 0) {
        sum->names = sum->recurse ? here : standard_input;
        sum->name_count = 1;
    }
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct sum sum = {.kind = &digest_sha256, .style = {.end = '\n'}, .jobs = 32};
    int option;
    while ((option = getopt_long(argc, argv, "rj:btzcw", options, NULL)) != -1) {
        if (option == 'j') {
            if (tool_parse_count(optarg, 1, 4096, &sum.jobs) < 0)
                return tool_usage(verb, "--jobs takes a number from 1 to 4096, not '%s'", optarg);
        } else if (!set_option(&sum, option)) {
            return tool_common_option(verb, option);
        }
    }
    const char *wrong = contradiction(&sum);
    if (wrong)
        return tool_usage(verb, "%s", wrong);
    if (sum.kind->always_tagged)
        sum.style.tagged = true;
    sum.jobs = tool_affordable_files(sum.jobs);
    take_arguments(&sum, argc - optind, argv + optind);
    return tool_run(NULL, sum_task, &sum);
}

const struct verb verb_sum = {
    .name = "sum",
    .summary = "digests of files, many at a time, as sha256sum prints and checks them",
    .help = help,
    .run = run,
};
