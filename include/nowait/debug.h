/* SPDX-License-Identifier: MIT */
/** @file
 * What goes on inside: tasks, counters, a trace.
 */
#ifndef NOWAIT_DEBUG_H
#define NOWAIT_DEBUG_H

#include <nowait/base.h>
#include <nowait/loop.h>
#include <stdio.h>

NW_BEGIN_DECLS

/** Counters of a loop. */
typedef struct nw_counters {
    uint64_t tasks_alive;   /**< now */
    uint64_t tasks_spawned; /**< since the loop began, as all that follow */
    uint64_t switches;      /**< context switches into tasks */
    uint64_t turns;         /**< visits to the kernel's side: timers, completions, submissions */
    uint64_t ops_inline;    /**< operations completed by a call that could not block */
    uint64_t ops_submitted; /**< operations that went to the backend */
    uint64_t ops_pool;      /**< of these, carried out by worker threads */
    uint64_t timers_set;    /**< for sleeps, timer operations, and tasks with deadlines */
    uint64_t reserved[8];   /**< zero */
} nw_counters;

/** Fill in the counters of `loop`; NULL: the current one. Errors: -EINVAL, NW_ENOTASK. */
NW_API int nw_stats(nw_loop *loop, nw_counters *counters_out);

/** Write one line for each task of this thread's loop: its name and function, and what it waits for. */
NW_API void nw_dump_tasks(FILE *file);

/**
 * Record, from now on, what the tasks of this thread's loop do: when each ran, and what it waited for
 * otherwise.
 *
 * The new file at `path` is JSON for Perfetto or chrome://tracing, one track a task. Where events come faster
 * than they can be written, some are dropped; the file ends with their number.
 * Errors: -EBUSY (a trace is on), -EEXIST, -ENOMEM, -ECANCELED, -ETIMEDOUT, those of open(2).
 */
NW_API NW_CHECK int nw_trace_start(const char *path);

/** End the trace and its file, as the loop's end does. Errors: -EINVAL (none is on), -EIO, -ENOSPC. */
NW_API int nw_trace_stop(void);

NW_END_DECLS

#endif
