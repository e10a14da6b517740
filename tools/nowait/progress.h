/* SPDX-License-Identifier: MIT */
/*
 * Progress of long work, on standard error: bytes, rate, time left.
 * Owns a task that draws; the counters belong to whoever does the work, on the same thread.
 */
#ifndef NOWAIT_TOOL_PROGRESS_H
#define NOWAIT_TOOL_PROGRESS_H

#include <nowait.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_ON, PROGRESS_OFF };

struct progress {
    uint64_t files;
    uint64_t bytes;
    uint64_t total_bytes; /* 0: not known (yet) */
    /* private */
    nw_task *task;
    int64_t began_ns;
    bool terminal;
    bool visible;
};

/** Begin to draw, when the mode says so: AUTO draws on a terminal only. */
void progress_begin(struct progress *progress, enum progress_mode mode);
/** Will anything be drawn? */
bool progress_wanted(enum progress_mode mode);
/** Take the line away before other text is written to the terminal; it comes back by itself. */
void progress_hide(struct progress *progress);
void progress_end(struct progress *progress);

#endif
