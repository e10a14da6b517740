/* SPDX-License-Identifier: MIT */
/*
 * nowait du: what files and directories take, counted by several threads.
 * Owns the options and the sums over the arguments.
 * Must count what du counts, and print it as du prints it.
 */
#include "du.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "units.h"

static const char help[] =
    "Usage: nowait du [OPTION]... [PATH]...\n"
    "\n"
    "Print what each PATH (default: the current directory) and the directories below it take on disk, as "
    "du(1) "
    "does.\n"
    "A file with several names counts once in each PATH.\n"
    "\n"
    "  -s, --summarize       only a line for each PATH\n"
    "  -d, --max-depth=N     no lines for what is more than N levels below PATH\n"
    "  -a, --all             a line for every file, too\n"
    "  -c, --total           a line with the total of all PATHs\n"
    "      --sort=WORD       size (the largest first) or name\n"
    "      --apparent-size   the sizes of files and links, not the blocks that they take\n"
    "  -b, --bytes           --apparent-size in bytes\n"
    "  -B, --block-size=SIZE print sizes in units of SIZE, as 1, 512, K, M, G\n"
    "  -k                    in units of 1024 bytes (the default when standard output is no terminal)\n"
    "  -m                    in units of 1 MiB\n"
    "  -h, --human-readable  as 4.0K, 17M, 1.2G (the default on a terminal)\n"
    "  -l, --count-links     count a file as often as it has names\n"
    "  -L, --dereference     follow symbolic links\n"
    "  -x, --one-file-system pass over directories on other file systems\n"
    "  -0, --null            end lines with NUL\n"
    "      --json            print JSON: all numbers, in bytes\n"
    "      --progress        show progress also where standard error is no terminal\n"
    "      --no-progress     never show progress\n"
    "\n"
    "      --help            print this\n"
    "      --version         print the version\n"
    "\n"
    "Exit status: 0 all was counted, 1 something could not be read, 2 wrong usage.\n";

/* -- counting -- */

static int on_directory(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    struct du *du = arg;

    return depth <= du->depth_max ? du_line(du, path, usage, true) : 0;
}

static int on_file(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    struct du *du = arg;

    return depth <= du->depth_max ? du_line(du, path, usage, false) : 0;
}

static int on_error(const char *path, int error, void *arg)
{
    struct du *du = arg;

    progress_hide(&du->progress);
    tool_path_error(path, error);
    du->status = STATUS_FAILED;
    return output_flush(&tool_err);
}

static int on_progress(const nw_usage *so_far, void *arg)
{
    struct du *du = arg;

    du->progress.files = du->before.files + so_far->files;
    du->progress.bytes = (uint64_t)(du_bytes(du, &du->before) + du_bytes(du, so_far));
    return output_flush(&tool_out);
}

/* Lines that go straight out come directory by directory, which only one worker at a time can do. */
static unsigned wanted_workers(const struct du *du)
{
    return du->depth_max > 0 && du->sort == DU_UNSORTED && !du->json ? 1 : 0;
}

static void add(nw_usage *sum, const nw_usage *more)
{
    sum->apparent_bytes += more->apparent_bytes;
    sum->allocated_bytes += more->allocated_bytes;
    sum->files += more->files;
    sum->directories += more->directories;
    sum->errors += more->errors;
}

/* As du: one slash at the end is kept, more are not. */
static void trim_slashes(char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/' && path[length - 2] == '/')
        path[--length] = '\0';
}

static int measure(struct du *du, const char *path)
{
    nw_usage_options options = {.flags = du->flags,
                                .parallel = wanted_workers(du),
                                .on_error = on_error,
                                .on_progress = on_progress,
                                .arg = du};
    nw_usage usage;

    if (du->depth_max > 0)
        options.on_directory = on_directory;
    if (du->files)
        options.on_file = on_file;
    int rc = nw_disk_usage(&options, path, &usage);
    if (rc == -ECANCELED || rc == -ENOMEM || tool_out.error)
        return rc;
    if (rc < 0)
        return on_error(path, rc, du);
    add(&du->before, &usage);
    if (du->depth_max > 0 && usage.directories > 0)
        return 0; /* its line has come last */
    return du_line(du, path, &usage, usage.directories > 0);
}

static int du_task(void *arg)
{
    struct du *du = arg;
    int rc = 0;

    progress_begin(&du->progress, du->progress_mode);
    du_begin_lines(du);
    for (size_t i = 0; rc == 0 && i < du->path_count; i++)
        rc = measure(du, du->paths[i]);
    progress_end(&du->progress);
    du_end_lines(du, &du->before);
    return rc < 0 ? rc : du->status;
}

/* -- options -- */

enum {
    OPTION_APPARENT = OPTION_FIRST_OWN,
    OPTION_SORT,
    OPTION_JSON,
    OPTION_PROGRESS,
    OPTION_NO_PROGRESS,
};

static const struct option options[] = {
    {"summarize", no_argument, NULL, 's'},
    {"max-depth", required_argument, NULL, 'd'},
    {"all", no_argument, NULL, 'a'},
    {"total", no_argument, NULL, 'c'},
    {"sort", required_argument, NULL, OPTION_SORT},
    {"apparent-size", no_argument, NULL, OPTION_APPARENT},
    {"bytes", no_argument, NULL, 'b'},
    {"block-size", required_argument, NULL, 'B'},
    {"human-readable", no_argument, NULL, 'h'},
    {"count-links", no_argument, NULL, 'l'},
    {"dereference", no_argument, NULL, 'L'},
    {"one-file-system", no_argument, NULL, 'x'},
    {"null", no_argument, NULL, '0'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* "512", "K", "4K", "1M": as much of du's as people use. A letter alone is printed with the sizes, too. */
static int parse_unit(const char *text, struct du *du)
{
    bool letter = *text && !text[1] && (*text < '0' || *text > '9');
    char one[] = {'1', *text, '\0'};
    int64_t bytes;

    if (units_parse_bytes(letter ? one : text, &bytes) < 0 || bytes == 0)
        return -EINVAL;
    du->unit_bytes = (uint64_t)bytes;
    du->unit_letter = letter ? *text : '\0';
    return 0;
}

/* Returns: false when it makes no sense. */
static bool set_value(struct du *du, int option, const char *value)
{
    switch (option) {
    case 'd':
        return tool_parse_count(value, 0, UINT_MAX - 1, &du->depth_max) == 0;
    case 'B':
        return parse_unit(value, du) == 0;
    default:
        du->sort = strcmp(value, "size") == 0   ? DU_BY_SIZE
                   : strcmp(value, "name") == 0 ? DU_BY_NAME
                                                : du->sort;
        return du->sort != DU_UNSORTED;
    }
}

static void set_unit(struct du *du, uint64_t bytes)
{
    du->unit_bytes = bytes;
    du->unit_letter = '\0';
}

static bool set_flag(struct du *du, int option)
{
    switch (option) {
    case 'l':
        du->flags |= NW_USAGE_LINKS;
        break;
    case 'L':
        du->flags |= NW_WALK_FOLLOW;
        break;
    case 'x':
        du->flags |= NW_WALK_ONE_FILE_SYSTEM;
        break;
    case 'h':
        set_unit(du, 0);
        break;
    case 'k':
        set_unit(du, 1024);
        break;
    case 'm':
        set_unit(du, 1024 * 1024);
        break;
    case 'b':
        set_unit(du, 1);
        du->apparent = true;
        break;
    default:
        return false;
    }
    return true;
}

/* Returns: false when this verb has no such option. */
static bool set_option(struct du *du, int option)
{
    switch (option) {
    case 's':
        du->depth_max = 0;
        break;
    case 'a':
        du->files = true;
        break;
    case 'c':
        du->total = true;
        break;
    case OPTION_APPARENT:
        du->apparent = true;
        break;
    case '0':
        du->end = '\0';
        break;
    case OPTION_JSON:
        du->json = true;
        break;
    case OPTION_PROGRESS:
    case OPTION_NO_PROGRESS:
        du->progress_mode = option == OPTION_PROGRESS ? PROGRESS_ON : PROGRESS_OFF;
        break;
    default:
        return set_flag(du, option);
    }
    return true;
}

static void take_arguments(struct du *du, int count, char **paths)
{
    static const char *const here[] = {"."};

    for (int i = 0; i < count; i++)
        trim_slashes(paths[i]);
    du->paths = count > 0 ? (const char *const *)paths : here;
    du->path_count = count > 0 ? (size_t)count : 1;
    /* Lines that come out on a terminal meanwhile are progress enough. */
    if (du->progress_mode == PROGRESS_AUTO && du->depth_max > 0 && du->sort == DU_UNSORTED &&
        isatty(STDOUT_FILENO))
        du->progress_mode = PROGRESS_OFF;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct du du = {.depth_max = UINT_MAX, .end = '\n', .unit_bytes = isatty(STDOUT_FILENO) ? 0 : 1024};
    int option;

    while ((option = getopt_long(argc, argv, "sd:acbB:kmhlLx0", options, NULL)) != -1) {
        if (option == 'd' || option == 'B' || option == OPTION_SORT) {
            if (!set_value(&du, option, optarg))
                return tool_usage(verb, "invalid argument '%s'", optarg);
        } else if (!set_option(&du, option)) {
            return tool_common_option(verb, option);
        }
    }
    if (du.files && du.depth_max == 0)
        return tool_usage(verb, "--all and --summarize contradict each other");
    take_arguments(&du, argc - optind, argv + optind);
    return tool_run(NULL, du_task, &du);
}

const struct verb verb_du = {
    .name = "du",
    .summary = "what files and directories take, counted by several threads",
    .help = help,
    .run = run,
};
