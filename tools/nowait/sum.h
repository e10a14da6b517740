/* SPDX-License-Identifier: MIT */
/*
 * The verb `sum`, as its files see each other.
 * cmd_sum.c: options and sums; sum_check.c: lists; sum_scout.c: how much there is to do.
 */
#ifndef NOWAIT_TOOL_SUM_H
#define NOWAIT_TOOL_SUM_H

#include "progress.h"
#include "sum_line.h"
#include "sum_pipeline.h"

struct sum {
    const struct digest_kind *kind;
    struct line_style style;
    bool check;
    bool recurse;
    bool ignore_missing;
    bool quiet;
    bool status_only;
    bool strict;
    bool warn;
    unsigned jobs;
    enum progress_mode progress_mode;
    const char *const *names; /* the arguments */
    size_t name_count;
    /* while it runs */
    struct progress progress;
    struct pipeline pipeline;
    int status;
};

/** Verify the list at `path`; "-" is standard input. Sets sum->status. Errors: what ends the whole verb. */
int sum_check_list(struct sum *sum, const char *path);

/** Finds out the size of everything, for the progress line, while the work goes on. */
struct scout {
    struct progress *progress;
    const char *const *names;
    size_t count;
    bool recurse;
    nw_task *task;
};

/** Begin, when progress is shown; the other fields are set by the caller. */
void scout_begin(struct scout *scout, enum progress_mode mode);
void scout_end(struct scout *scout);

#endif
