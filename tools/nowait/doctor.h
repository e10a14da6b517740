/* SPDX-License-Identifier: MIT */
/*
 * The verb `doctor`, as its files see each other: findings in a report.
 * cmd_doctor.c: options and printing; doctor_uring.c, doctor_kernel.c, doctor_limits.c: what is looked at.
 */
#ifndef NOWAIT_TOOL_DOCTOR_H
#define NOWAIT_TOOL_DOCTOR_H

#include <nowait.h>

enum level {
    LEVEL_GOOD,
    LEVEL_NOTE, /* could be better; nothing is slower or missing at the usual sizes */
    LEVEL_BAD,  /* degraded: the exit status says so */
};

struct finding {
    enum level level;
    const char *section;
    const char *name;
    char value[256];
    char advice[384]; /* what to do; empty when all is well */
};

enum { REPORT_MOST = 40 };

struct report {
    const char *path;    /* the folder whose file system is looked at */
    const char *section; /* of the findings to come */
    int forced_error;    /* without being told which backend, no loop came up: why */
    size_t count;
    struct finding findings[REPORT_MOST];
};

/** Add a finding; its value is a printf format. Returns: the finding, for finding_advise(). */
struct finding *report_add(struct report *report, enum level level, const char *name, const char *format, ...)
    NW_PRINTF(4, 5);
void finding_advise(struct finding *finding, const char *format, ...) NW_PRINTF(2, 3);

/** The file's text without trailing white space, cut to fit; "" when it cannot be read. */
void doctor_read_line(const char *path, char *text_out, size_t size_bytes);
/** The number in a file; `otherwise` when there is none ("max" is INT64_MAX). */
int64_t doctor_read_number(const char *path, int64_t otherwise);

/* The sections, each a call in a task. */
void doctor_look_at_backend(struct report *report);
void doctor_look_at_kernel(struct report *report);
void doctor_look_at_limits(struct report *report);

#endif
