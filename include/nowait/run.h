/* SPDX-License-Identifier: MIT */
/** @file
 * The way in: run a function as the first task of a loop and return when all is over.
 */
#ifndef NOWAIT_RUN_H
#define NOWAIT_RUN_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** A task is an ordinary function: >= 0 is success, a negative error code is failure. */
typedef int nw_task_fn(void *arg);

/** Which engine carries out operations. */
enum nw_backend {
    NW_BACKEND_AUTO = 0, /**< io_uring where the kernel lets us, else epoll with threads */
    NW_BACKEND_URING,    /**< io_uring or nothing: creating the loop fails where it is forbidden */
    NW_BACKEND_EPOLL,    /**< epoll and a thread pool; cached data is still read inline */
};

/**
 * How to run. All zero means the defaults.
 *
 * With a stall limit a thread watches each loop. When a task has kept its loop for longer, SIGURG is sent to
 * the loop's thread, and its handler writes the task's name and a backtrace to stderr. A blocking system call
 * of that task may see EINTR, as with every signal.
 */
typedef struct nw_run_options {
    enum nw_backend backend; /**< AUTO also obeys the environment: NOWAIT_BACKEND=uring|epoll */
    unsigned pool_threads;   /**< most worker threads; 0: max(4, number of processors), at most 64 */
    unsigned loops;          /**< loops, each on a thread of its own (the first on the caller's); 0: 1 */
    unsigned queue_entries;  /**< submission queue, a power of two; 0: 256 */
    size_t stack_bytes;      /**< reserved for each task, touched lazily; 0: 256 KiB */
    int64_t stall_limit_ns;  /**< a task that keeps its loop longer is reported on stderr; 0: never */
    bool keep_signals;       /**< true: leave SIGINT and SIGSEGV alone (see nw_run) */
    uint64_t reserved[7];    /**< zero; anything else is -EINVAL */
} nw_run_options;

/**
 * Run `fn(arg)` as a task, and everything that it spawns; return when all of it has ended.
 *
 * SIGINT, where it has its default action, cancels the first task; a second one ends the process.
 * A stack overflow in a task is reported on stderr with the task's name before the process dies.
 * Both hold only during the call. Tasks that are left over when `fn` returns are cancelled and joined.
 *
 * Returns: the result of `fn`.
 * Errors:  -EINVAL (no function; a loop runs on this thread already; impossible options), -ENOMEM, -EMFILE,
 *          NW_EFORKED (in a child that a task forked, when that task returns),
 *          those of io_uring_setup(2) when that backend was demanded.
 */
NW_API int nw_run(nw_task_fn *fn, void *arg);

/** As nw_run(), with options; NULL means the defaults. */
NW_API int nw_run_with(const nw_run_options *options, nw_task_fn *fn, void *arg);

NW_END_DECLS

#endif
