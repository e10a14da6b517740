/* SPDX-License-Identifier: MIT */
/*
 * What goes on inside: tasks, counters.
 */
#ifndef NOWAIT_DEBUG_H
#define NOWAIT_DEBUG_H

#include <nowait/base.h>
#include <nowait/loop.h>
#include <stdio.h>

NW_BEGIN_DECLS

/** Counters of a loop since it began. */
typedef struct nw_counters {
    uint64_t tasks_alive;
    uint64_t tasks_spawned;
    uint64_t switches;      /**< context switches into tasks */
    uint64_t turns;         /**< visits to the kernel's side: timers, completions, submissions */
    uint64_t ops_inline;    /**< operations completed by a call that could not block */
    uint64_t ops_submitted; /**< operations that went to the backend */
    uint64_t ops_pool;      /**< of these, carried out by worker threads */
    uint64_t timers_set;
    uint64_t reserved[8];
} nw_counters;

/** Fill in the counters of `loop`; NULL: the current one. Errors: -EINVAL, NW_ENOTASK. */
NW_API int nw_stats(nw_loop *loop, nw_counters *stats_out);

/** Write one line for each task of this thread's loop: name, state, what it waits for, age. */
NW_API void nw_dump_tasks(FILE *file);

NW_END_DECLS

#endif
