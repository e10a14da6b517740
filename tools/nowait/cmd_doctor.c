/* SPDX-License-Identifier: MIT */
/*
 * nowait doctor: how well nowait can work on this machine, why not better, and what to do about it.
 * Owns the report and its printing.
 * Must work everywhere: a probe that fails is a finding.
 */
#include "doctor.h"
#include "json.h"
#include "tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: nowait doctor [OPTION]... [DIR]\n"
    "\n"
    "Show which backend is in use and why, what the kernel and the file system of DIR (default: the\n"
    "current one) can do, and the limits that matter; and for what is not ideal, what to do about it.\n"
    "\n"
    "      --json     print everything as JSON\n"
    "      --help     print this\n"
    "      --version  print the version\n"
    "\n"
    "Exit status: 0 healthy, 1 degraded, 2 wrong usage.\n";

/* -- findings -- */

struct finding *report_add(struct report *report, enum level level, const char *name, const char *format, ...)
{
    if (report->count == REPORT_MOST)
        abort(); /* the number of findings is known when this is written */
    struct finding *finding = &report->findings[report->count++];
    finding->level = level;
    finding->section = report->section;
    finding->name = name;
    finding->advice[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->value, sizeof finding->value, format, arguments);
    va_end(arguments);
    return finding;
}

void finding_advise(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->advice, sizeof finding->advice, format, arguments);
    va_end(arguments);
}

void doctor_read_line(const char *path, char *text_out, size_t size_bytes)
{
    nw_bytes text;
    *text_out = '\0';
    if (nw_read_file(path, 64 * 1024, &text) < 0)
        return;
    text.data[strcspn(text.data, "\n")] = '\0';
    snprintf(text_out, size_bytes, "%s", text.data);
    nw_bytes_finish(&text);
}

int64_t doctor_read_number(const char *path, int64_t otherwise)
{
    char text[64];
    char *end;
    doctor_read_line(path, text, sizeof text);
    if (strcmp(text, "max") == 0)
        return INT64_MAX;
    int64_t value = strtoll(text, &end, 10);
    return end == text ? otherwise : value;
}

/* -- printing -- */

static enum level worst_level(const struct report *report)
{
    enum level worst = LEVEL_GOOD;
    for (size_t i = 0; i < report->count; i++)
        worst = report->findings[i].level > worst ? report->findings[i].level : worst;
    return worst;
}

static const char *mark(enum level level)
{
    static const char *const plain[] = {"ok  ", "note", "BAD "};
    static const char *const unicode[] = {"\033[32m✔\033[0m", "\033[33m•\033[0m", "\033[31m✘\033[0m"};
    return tool_unicode() ? unicode[level] : plain[level];
}

static void print_report(const struct report *report)
{
    static const char *const verdicts[] = {"healthy", "healthy; the notes say what could be better",
                                           "degraded: see what is marked as bad"};
    const char *section = "";
    for (size_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        if (strcmp(section, finding->section) != 0)
            output_printf(&tool_out, "%s%s\n", *section ? "\n" : "", finding->section);
        section = finding->section;
        output_printf(&tool_out, "  %s %-16s%s\n", mark(finding->level), finding->name, finding->value);
        if (*finding->advice)
            output_printf(&tool_out, "  %*s %-16s-> %s\n", tool_unicode() ? 1 : 4, "", "", finding->advice);
    }
    output_printf(&tool_out, "\nnowait %s: %s\n", nw_version(), verdicts[worst_level(report)]);
}

static void write_json(const struct report *report)
{
    static const char *const levels[] = {"ok", "note", "bad"};
    struct json json;
    json_init(&json, &tool_out);
    json_begin_object(&json, NULL);
    json_string(&json, "version", nw_version());
    json_string(&json, "backend", nw_loop_backend(nw_loop_current()));
    json_bool(&json, "healthy", worst_level(report) != LEVEL_BAD);
    json_begin_array(&json, "findings");
    for (size_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        json_begin_object(&json, NULL);
        json_string(&json, "section", finding->section);
        json_string(&json, "name", finding->name);
        json_string(&json, "level", levels[finding->level]);
        json_string(&json, "value", finding->value);
        if (*finding->advice)
            json_string(&json, "advice", finding->advice);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
}

/* -- the verb -- */

struct doctor {
    struct report report;
    bool json;
};

static int doctor_task(void *arg)
{
    struct doctor *doctor = arg;
    struct report *report = &doctor->report;
    doctor_look_at_backend(report);
    doctor_look_at_kernel(report);
    doctor_look_at_limits(report);
    int rc = nw_interrupted();
    if (rc < 0)
        return rc;
    if (doctor->json)
        write_json(report);
    else
        print_report(report);
    return worst_level(report) == LEVEL_BAD ? STATUS_FAILED : STATUS_OK;
}

static int do_nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* Where the environment demands a backend that cannot be had, the report still comes, by way of the other
 * one. */
static int examine(struct doctor *doctor)
{
    nw_run_options run_options = {.backend = NW_BACKEND_AUTO};
    int rc = nw_run_with(&run_options, do_nothing, NULL);
    if (rc < 0) {
        doctor->report.forced_error = rc;
        run_options.backend = NW_BACKEND_EPOLL;
    }
    return tool_run(&run_options, doctor_task, doctor);
}

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_FIRST_OWN},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct doctor doctor = {.report.path = "."};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != OPTION_FIRST_OWN)
            return tool_common_option(verb, option);
        doctor.json = true;
    }
    if (argc - optind > 1)
        return tool_usage(verb, "one directory at a time");
    if (optind < argc)
        doctor.report.path = argv[optind];
    return examine(&doctor);
}

const struct verb verb_doctor = {
    .name = "doctor",
    .summary = "how well nowait can work on this machine, and what to do about it",
    .help = help,
    .run = run,
};
