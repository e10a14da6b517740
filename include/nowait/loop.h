/* SPDX-License-Identifier: MIT */
/** @file
 * Embedding: a nowait loop that lives inside somebody else's.
 * The host watches one descriptor and one timeout, and calls dispatch; all on one thread.
 */
#ifndef NOWAIT_LOOP_H
#define NOWAIT_LOOP_H

#include <nowait/base.h>
#include <nowait/run.h>

NW_BEGIN_DECLS

/** A loop: run by nw_run(), or dispatched by a host. */
typedef struct nw_loop nw_loop;

/**
 * Create a loop on this thread that runs only when dispatched. Tasks are started by nw_loop_call().
 *
 * Installs no signal handlers; the options `loops`, `keep_signals` and `stall_limit_ns` have no effect.
 * Errors: -EINVAL (a loop exists on this thread), -ENOMEM, -EMFILE, those of io_uring_setup(2).
 */
NW_API NW_CHECK int nw_loop_create(const nw_run_options *options, nw_loop **loop_out);

/** The descriptor to watch for reading. It belongs to the loop and stays the same. */
NW_API int nw_loop_fd(const nw_loop *loop);

/** Nanoseconds until dispatch is due without the descriptor being readable; 0: now; NW_FOREVER: never. */
NW_API int64_t nw_loop_timeout(nw_loop *loop);

/**
 * Run what is ready. Never blocks.
 *
 * Returns: the number of tasks that are alive. An open log counts as one: its writer is a task of this loop.
 * Errors:  NW_EFORKED, -EINVAL (from inside a task or a callback, or from another thread).
 */
NW_API int nw_loop_dispatch(nw_loop *loop);

/**
 * Cancel every task, wait until all have ended, and free the loop. Accepts NULL.
 *
 * Does nothing when called from inside one of its tasks or callbacks.
 */
NW_API void nw_loop_destroy(nw_loop *loop);

/** The backend in use: "uring" or "epoll". */
NW_API const char *nw_loop_backend(const nw_loop *loop);

NW_END_DECLS

#endif
