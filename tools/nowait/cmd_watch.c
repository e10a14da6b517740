/* SPDX-License-Identifier: MIT */
/*
 * nowait watch: what happens in directories, a line an event, or a command run for each batch.
 * Owns the watches, one task each. Must not print a name that a terminal would obey.
 */
#include "command.h"
#include "json.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: nowait watch [OPTION]... [PATH]... [-x COMMAND [ARGUMENT]...]\n"
    "\n"
    "Print what happens to files and directories (default: the current one), and in all directories below "
    "them.\n"
    "\n"
    "      --no-recursive   not in the directories below\n"
    "  -r, --recursive      in the directories below, too: the default\n"
    "      --kinds=LIST     only these, separated by commas: created, modified, closed, attributes,\n"
    "                       deleted, moved. Always told: overflow, gone\n"
    "      --debounce=MS    gather until nothing has happened for so long (default: 50); 0: do not gather\n"
    "      --json           a JSON object a line\n"
    "  -0, --null           kinds, path and, when moved, the path before, each ended by NUL\n"
    "  -1, --once           end after the first batch\n"
    "  -n, --count=COUNT    end after so many events\n"
    "  -x, --exec           run the command that follows for each batch, with its lines as standard input,\n"
    "                       instead of printing them; one at a time. Must be the last option\n"
    "  -v, --verbose        say on standard error when a path is being watched\n"
    "      --help           print this\n"
    "      --version        print the version\n"
    "\n"
    "Exit status: 0 all that was asked for was told, 1 a path could not be watched, or is gone, 2 wrong "
    "usage;\n"
    "with --once and --exec that of the command.\n";

enum { OPTION_NO_RECURSIVE = OPTION_FIRST_OWN, OPTION_KINDS, OPTION_DEBOUNCE, OPTION_JSON };

static const struct option options[] = {{"no-recursive", no_argument, NULL, OPTION_NO_RECURSIVE},
                                        {"recursive", no_argument, NULL, 'r'},
                                        {"kinds", required_argument, NULL, OPTION_KINDS},
                                        {"debounce", required_argument, NULL, OPTION_DEBOUNCE},
                                        {"json", no_argument, NULL, OPTION_JSON},
                                        {"null", no_argument, NULL, '0'},
                                        {"once", no_argument, NULL, '1'},
                                        {"count", required_argument, NULL, 'n'},
                                        {"verbose", no_argument, NULL, 'v'},
                                        TOOL_COMMON_OPTIONS,
                                        {NULL, 0, NULL, 0}};

/* In the order of their bits. */
static const char *const kind_names[] = {"created", "modified", "closed",   "attributes",
                                         "deleted", "moved",    "overflow", "gone"};
#define KIND_COUNT (sizeof kind_names / sizeof *kind_names)

struct watching {
    nw_watch_options options;
    bool json;
    bool null;
    bool once;
    bool verbose;
    unsigned count; /* 0: without end */
    char **command;
    char **paths;
    size_t path_count;
    /* while it runs */
    nw_group group;
    nw_mutex turn; /* one batch at a time is printed or worked on */
    unsigned told;
    bool done;
    int status;
};

struct one_path {
    struct watching *watching;
    const char *path;
};

/* -- an event as text -- */

static void append_kinds(struct output *out, unsigned kinds)
{
    const char *separator = "";
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (!(kinds & 1u << i))
            continue;
        output_printf(out, "%s%s", separator, kind_names[i]);
        separator = ",";
    }
}

/* A backslash is shown as one of those bytes, so that each line has one meaning. */
static void append_name(struct output *out, const char *name)
{
    for (const char *rest; (rest = strchr(name, '\\')); name = rest + 1) {
        char *part = strndup(name, (size_t)(rest - name));
        if (part)
            tool_printable(out, part);
        free(part);
        output_text(out, "\\134");
    }
    tool_printable(out, name);
}

static const char *slash_after(const nw_watch_event *event)
{
    size_t size = strlen(event->path);
    return event->directory && size && event->path[size - 1] != '/' ? "/" : "";
}

static void append_line(struct output *out, const nw_watch_event *event)
{
    append_kinds(out, event->kinds);
    output_text(out, "\t");
    append_name(out, event->path);
    output_text(out, slash_after(event));
    if (event->from) {
        output_text(out, "\t");
        append_name(out, event->from);
        output_text(out, slash_after(event));
    }
    output_text(out, "\n");
}

static void append_fields(struct output *out, const nw_watch_event *event)
{
    append_kinds(out, event->kinds);
    output_append(out, "", 1);
    output_append(out, event->path, strlen(event->path) + 1);
    if (event->from)
        output_append(out, event->from, strlen(event->from) + 1);
}

static void append_json(struct output *out, const nw_watch_event *event)
{
    struct json json;
    json_init(&json, out);
    json.one_line = true;
    json_begin_object(&json, NULL);
    json_begin_array(&json, "kinds");
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (event->kinds & 1u << i)
            json_string(&json, NULL, kind_names[i]);
    }
    json_end_array(&json);
    json_string(&json, "path", event->path);
    if (event->from)
        json_string(&json, "from", event->from);
    json_bool(&json, "directory", event->directory);
    if (event->error)
        json_string(&json, "error", nw_strerror(event->error));
    json_end_object(&json);
}

static void append_event(const struct watching *w, struct output *out, const nw_watch_event *event)
{
    if (w->json)
        append_json(out, event);
    else if (w->null)
        append_fields(out, event);
    else
        append_line(out, event);
}

/* -- a batch -- */

static size_t how_many(const struct watching *w, size_t count)
{
    return w->count && count > w->count - w->told ? w->count - w->told : count;
}

static int run_command(struct watching *w, const struct output *lines)
{
    nw_slice input = {lines->data, lines->size};
    int rc = lines->error ? lines->error : command_run(w->command, input);
    if (rc == -ECANCELED)
        return rc;
    if (rc < 0)
        tool_path_error(w->command[0], rc);
    if (rc < 0 || w->once)
        w->status = rc < 0 ? STATUS_FAILED : rc;
    return output_flush(&tool_err);
}

static int tell(struct watching *w, const nw_watch_event *events, size_t count)
{
    struct output lines = {.fd = -1};
    struct output *out = w->command ? &lines : &tool_out;
    size_t last = how_many(w, count);
    for (size_t i = 0; i < last; i++) {
        append_event(w, out, &events[i]);
        if (events[i].error)
            tool_path_error(events[i].path, events[i].error);
    }
    w->told += (unsigned)last;
    w->done = w->once || (w->count && w->told == w->count);
    int rc = w->command ? run_command(w, &lines) : output_flush(&tool_out);
    free(lines.data);
    return rc;
}

/* Returns: whether to go on; negative: not with anything. */
static int batch(struct watching *w, nw_watch *watch)
{
    const nw_watch_event *events;
    size_t count;
    int rc = nw_watch_next(watch, &events, &count);
    if (rc < 0)
        return rc;
    rc = nw_mutex_lock(&w->turn);
    if (rc < 0)
        return rc;
    rc = w->done ? 0 : tell(w, events, count);
    nw_mutex_unlock(&w->turn);
    return rc < 0 ? rc : !w->done;
}

/* -- a path -- */

static void complain(struct watching *w, const char *path, int error)
{
    if (error == -ENOSPC)
        tool_error("%s: more directories than fs.inotify.max_user_watches allows", path);
    else
        tool_path_error(path, error);
    w->status = STATUS_FAILED;
}

static int watch_path(void *arg)
{
    struct one_path *one = arg;
    struct watching *w = one->watching;
    nw_watch *watch;
    int rc = nw_watch_open(&w->options, one->path, &watch);
    if (rc == 0) {
        if (w->verbose) {
            tool_error("watching %s", one->path);
            rc = output_flush(&tool_err);
        }
        do {
            rc = rc < 0 ? rc : batch(w, watch);
        } while (rc > 0);
        nw_watch_close(watch);
    }
    if (w->done)
        nw_group_cancel(&w->group);
    if (rc == -ECANCELED || rc == 0 || tool_out.error)
        return rc;
    complain(w, one->path, rc);
    return output_flush(&tool_err);
}

static int watch_task(void *arg)
{
    struct watching *w = arg;
    struct one_path *ones = calloc(w->path_count, sizeof *ones);
    int rc = ones ? 0 : -ENOMEM;
    nw_mutex_init(&w->turn);
    nw_group_init(&w->group, 0);
    for (size_t i = 0; rc == 0 && i < w->path_count; i++) {
        ones[i] = (struct one_path){w, w->paths[i]};
        rc = nw_group_spawn(&w->group, watch_path, &ones[i]);
    }
    int finished = nw_group_finish(&w->group);
    nw_mutex_finish(&w->turn);
    free(ones);
    if (w->done && (rc == -ECANCELED || rc == 0))
        return nw_interrupted() ? nw_interrupted() : w->status;
    rc = rc < 0 ? rc : finished;
    return rc < 0 ? rc : w->status;
}

/* -- arguments -- */

static bool parse_kinds(char *list, unsigned *kinds_out)
{
    unsigned kinds = 0;
    for (char *name; (name = strsep(&list, ","));) {
        size_t i = 0;
        while (i < KIND_COUNT && strcmp(kind_names[i], name) != 0)
            i++;
        if (i == KIND_COUNT)
            return false;
        kinds |= 1u << i;
    }
    *kinds_out = kinds;
    return true;
}

static int set_option(struct watching *w, const struct verb *verb, int option)
{
    unsigned number;
    switch (option) {
    case 'r':
    case OPTION_NO_RECURSIVE:
        w->options.recursive = option == 'r';
        return STATUS_OK;
    case OPTION_KINDS:
        if (!parse_kinds(optarg, &w->options.kinds))
            return tool_usage(verb, "--kinds takes names of kinds, separated by commas");
        return STATUS_OK;
    case OPTION_DEBOUNCE:
        if (tool_parse_count(optarg, 0, 3600000, &number) < 0)
            return tool_usage(verb, "--debounce takes milliseconds, not '%s'", optarg);
        w->options.debounce_ns = number ? NW_MS(number) : -1;
        w->options.gather_ns = number > 1000 ? NW_MS(number) : 0;
        return STATUS_OK;
    default:
        return tool_usage(verb, "--count takes a number from 1, not '%s'", optarg);
    }
}

static bool set_flag(struct watching *w, int option)
{
    w->json |= option == OPTION_JSON;
    w->null |= option == '0';
    w->once |= option == '1';
    w->verbose |= option == 'v';
    return option == OPTION_JSON || option == '0' || option == '1' || option == 'v';
}

/* What follows -x is the command, whatever it looks like. Returns: how many arguments are ours. */
static int find_command(int argc, char **argv, char ***command_out)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            break;
        if (strcmp(argv[i], "-x") == 0 || strcmp(argv[i], "--exec") == 0) {
            *command_out = &argv[i + 1];
            return i;
        }
    }
    return argc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    static char here[] = ".";
    static char *default_paths[] = {here};
    struct watching w = {.options = {.recursive = true}};
    int option, status;
    argc = find_command(argc, argv, &w.command);
    char *cut = argv[argc];
    argv[argc] = NULL; /* getopt_long() must not see what follows */
    while ((option = getopt_long(argc, argv, "r01n:v", options, NULL)) != -1) {
        if (set_flag(&w, option) || (option == 'n' && tool_parse_count(optarg, 1, UINT32_MAX, &w.count) == 0))
            continue;
        if (option != 'r' && option != 'n' && (option < OPTION_FIRST_OWN || option > OPTION_JSON))
            return tool_common_option(verb, option);
        status = set_option(&w, verb, option);
        if (status != STATUS_OK)
            return status;
    }
    argv[argc] = cut;
    if (w.command && !*w.command)
        return tool_usage(verb, "--exec needs a command");
    if (w.json && w.null)
        return tool_usage(verb, "--json and --null are two formats");
    w.paths = optind < argc ? argv + optind : default_paths;
    w.path_count = optind < argc ? (size_t)(argc - optind) : 1;
    return tool_run(NULL, watch_task, &w);
}

const struct verb verb_watch = {
    .name = "watch",
    .summary = "what happens in directories, a line an event, or a command run for it",
    .help = help,
    .run = run,
};
