/* SPDX-License-Identifier: MIT */
/** @file
 * Threads and loops: blocking work handed to a thread, and work handed to a loop from any thread.
 */
#ifndef NOWAIT_THREAD_H
#define NOWAIT_THREAD_H

#include <nowait/base.h>
#include <nowait/loop.h>
#include <nowait/run.h>

NW_BEGIN_DECLS

/**
 * Call a blocking function on a worker thread; only this task waits.
 *
 * A cancelled call that has not begun is dropped (-ECANCELED); one that has begun cannot be stopped:
 * this returns when it has, with its result.
 * Returns: what `fn` returned.
 * Errors:  -ECANCELED, -ETIMEDOUT: `fn` was not called.
 */
NW_API int nw_to_thread(nw_task_fn *fn, void *arg);

/**
 * Run `fn(arg)` as a detached task of `loop`. From any thread, inside a task or not; never waits.
 *
 * There is no bound on the calls that a loop has not come to yet: who makes many must hold back (a
 * semaphore).
 *
 * Returns: 0: it will run; its result is dropped.
 * Errors:  -EINVAL, -ENOMEM, NW_ESHUTDOWN once the loop is ending, NW_EFORKED.
 */
NW_API int nw_loop_call(nw_loop *loop, nw_task_fn *fn, void *arg);

/** The loop that runs on this thread; NULL when none does. */
NW_API nw_loop *nw_loop_current(void);

/** How many loops this nw_run has. Inside a task; 0 elsewhere. */
NW_API unsigned nw_loop_count(void);

/** Loop number `index` of this nw_run, 0 being the one that called it; NULL when there is none. */
NW_API nw_loop *nw_loop_at(unsigned index);

NW_END_DECLS

#endif
