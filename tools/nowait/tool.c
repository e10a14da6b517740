/* SPDX-License-Identifier: MIT */
/*
 * What every verb shares: outputs, messages, options that all have, and the way into the loop and out of it.
 * Owns standard output, standard error and the exit status.
 * Must not know what any verb does.
 */
#include "tool.h"

#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct output tool_out = {.fd = STDOUT_FILENO};
struct output tool_err = {.fd = STDERR_FILENO};

static const char *verb_name = "";

void tool_begin(const struct verb *verb)
{
    verb_name = verb->name;
}

/* -- messages -- */

void tool_error(const char *format, ...)
{
    output_printf(&tool_err, "nowait%s%s: ", *verb_name ? " " : "", verb_name);
    va_list arguments;
    va_start(arguments, format);
    output_vprintf(&tool_err, format, arguments);
    va_end(arguments);
    output_text(&tool_err, "\n");
}

/* A name must not move the cursor or fake a second message: control bytes are shown as \ooo. */
void tool_printable(struct output *output, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f)
            output_printf(output, "\\%03o", *c);
        else
            output_append(output, c, 1);
    }
}

void tool_path_error(const char *path, int error)
{
    output_printf(&tool_err, "nowait %s: ", verb_name);
    tool_printable(&tool_err, path);
    output_printf(&tool_err, ": %s\n", nw_strerror(error));
}

/* -- options -- */

int tool_usage(const struct verb *verb, const char *format, ...)
{
    if (format) {
        output_printf(&tool_err, "nowait %s: ", verb->name);
        va_list arguments;
        va_start(arguments, format);
        output_vprintf(&tool_err, format, arguments);
        va_end(arguments);
        output_text(&tool_err, "\n");
    }
    output_printf(&tool_err, "Try 'nowait %s --help' for more information.\n", verb->name);
    return STATUS_USAGE;
}

int tool_common_option(const struct verb *verb, int option)
{
    switch (option) {
    case OPTION_HELP:
        output_text(&tool_out, verb->help);
        return STATUS_OK;
    case OPTION_VERSION:
        output_printf(&tool_out, "nowait %s\n", nw_version());
        return STATUS_OK;
    default:
        return tool_usage(verb, NULL); /* getopt_long() has said what is wrong */
    }
}

int tool_parse_count(const char *text, unsigned lowest, unsigned highest, unsigned *count_out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || value < lowest || value > highest)
        return -EINVAL;
    *count_out = (unsigned)value;
    return 0;
}

unsigned tool_affordable_files(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted + 32)
        return wanted;
    return limit.rlim_cur > 64 ? (unsigned)limit.rlim_cur - 32 : 4; /* some are left for everything else */
}

bool tool_unicode(void)
{
    return isatty(STDOUT_FILENO) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* -- into the loop and out of it -- */

int tool_last_signal = SIGINT;

struct entry {
    nw_task_fn *fn;
    void *arg;
};

static int run_and_flush(void *arg)
{
    const struct entry *entry = arg;
    int status = entry->fn(entry->arg);
    int rc = output_flush(&tool_out);
    output_flush(&tool_err);
    if (rc < 0)
        return rc;
    return status;
}

/* Die of the signal that ended the work, as a program without handlers would: the shell sees 128 + signal. */
static void end_by(int signal_number)
{
    output_finish(&tool_err);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

int tool_run(const nw_run_options *options, nw_task_fn *fn, void *arg)
{
    struct entry entry = {fn, arg};
    int status = nw_run_with(options, run_and_flush, &entry);
    if (status == -ECANCELED)
        end_by(tool_last_signal);
    if (status < 0 && !tool_out.error) {
        tool_error("%s", nw_strerror(status));
        return STATUS_FAILED;
    }
    return status;
}

int tool_end(int status, bool ignores_sigpipe)
{
    int rc = output_finish(&tool_out);
    if (rc == -EPIPE && !ignores_sigpipe)
        end_by(SIGPIPE);
    if (rc < 0) {
        tool_error("write error: %s", nw_strerror(rc));
        status = STATUS_FAILED;
    }
    output_finish(&tool_err);
    return status;
}
