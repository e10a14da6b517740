/* SPDX-License-Identifier: MIT */
/*
 * nowait cp: what its two files share.
 */
#ifndef NOWAIT_TOOL_CP_H
#define NOWAIT_TOOL_CP_H

#include "progress.h"

struct cp_error;

struct cp {
    unsigned flags; /* NW_COPY_... */
    unsigned jobs;
    bool recurse, no_directory, verbose, json;
    enum progress_mode progress_mode;
    const char *directory; /* all goes into it; NULL: the target is the copy */
    const char *target;
    const char *const *sources;
    size_t count;
    /* while it runs */
    struct progress progress;
    uint64_t bytes_before; /* of the sources that are done */
    uint64_t errors;
    struct cp_error *error_list; /* for the report */
    size_t error_count;
    nw_task *scout;
};

/** Tell that `path` could not be copied, or keep it for the report. */
void cp_failed(struct cp *cp, const char *path, int error);
/** Keep it for the report. */
void cp_add_error(struct cp *cp, const char *path, int error);
/** Print the report. */
void cp_report(struct cp *cp, int64_t elapsed_ns);

/** Begin to add up what there is to copy, if somebody will see it. */
void cp_scout_begin(struct cp *cp);
void cp_scout_end(struct cp *cp);

#endif
