/* SPDX-License-Identifier: MIT */
/*
 * What every verb shares: the table of verbs, the two outputs, messages, and the way into the loop.
 * Owns standard output and standard error.
 * A verb returns an exit status and never calls exit() itself.
 */
#ifndef NOWAIT_TOOL_TOOL_H
#define NOWAIT_TOOL_TOOL_H

#include "output.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/** One verb: `run` gets its own arguments, argv[0] being its name, and returns an exit status. */
struct verb {
    const char *name;
    const char *summary;
    const char *help;
    int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_bench, verb_cat, verb_cp, verb_doctor, verb_du, verb_get, verb_log, verb_serve,
    verb_sum, verb_tail, verb_watch;

extern struct output tool_out; /* standard output */
extern struct output tool_err; /* standard error */

/** Name the verb in every message from now on. */
void tool_begin(const struct verb *verb);

/**
 * Write what is left in the outputs. When nobody reads standard output any more, die of SIGPIPE, unless
 * `ignores_sigpipe`. Returns: `status`, or STATUS_FAILED when standard output did not take it.
 */
int tool_end(int status, bool ignores_sigpipe);

/**
 * Run `fn(arg)` under nw_run_with(); what it leaves in the outputs is written before the loop ends.
 *
 * Returns: its result as an exit status; a negative result is reported. After SIGINT, and when the reader of
 *          standard output has gone, the process ends of that signal, so that a calling shell sees it too.
 */
int tool_run(const nw_run_options *options, nw_task_fn *fn, void *arg);

/** The signal that tool_run() ends of when `fn` was cancelled: SIGINT, unless the verb obeys another one. */
extern int tool_last_signal;

/** Add the line "nowait VERB: MESSAGE" to standard error. */
void tool_error(const char *format, ...) NW_PRINTF(1, 2);

/** Append a name with its control bytes as \ooo: it must not move the cursor or fake a line. */
void tool_printable(struct output *output, const char *text);

/** "PATH: the error's text", the path made safe for a terminal. */
void tool_path_error(const char *path, int error);

/** Say what is wrong with the arguments (printf format, or NULL), and where help is: STATUS_USAGE. */
int tool_usage(const struct verb *verb, const char *format, ...) NW_PRINTF(2, 3);

/** What a verb does with an option that getopt_long() returned and that it does not know itself. */
int tool_common_option(const struct verb *verb, int option);

/** Long options that every verb has; `tool_common_option` deals with them. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_FIRST_OWN };
#define TOOL_COMMON_OPTIONS                                                                                  \
    {"help", no_argument, NULL, OPTION_HELP},                                                                \
    {                                                                                                        \
        "version", no_argument, NULL, OPTION_VERSION                                                         \
    }

/** Parse a whole number from `lowest` to `highest`. Errors: -EINVAL. */
int tool_parse_count(const char *text, unsigned lowest, unsigned highest, unsigned *count_out);

/** How many files this process may have open at a time; at most `wanted`. */
unsigned tool_affordable_files(unsigned wanted);

/** Is standard output a terminal that shows UTF-8? */
bool tool_unicode(void);

#endif
