/* SPDX-License-Identifier: MIT */
/** @file
 * Tasks: spawn, await, cancel, groups, deadlines, shields, clean-up.
 * A task has a stack of its own and stays on the thread on which it was spawned.
 * Every call here must be made inside a task, unless it says otherwise.
 */
#ifndef NOWAIT_TASK_H
#define NOWAIT_TASK_H

#include <nowait/base.h>
#include <nowait/run.h>

NW_BEGIN_DECLS

/** A task's handle. */
typedef struct nw_task nw_task;

/**
 * Start `fn(arg)` as a task on this loop. It first runs when the caller waits.
 *
 * The handle belongs to the caller until nw_await(), nw_gather() or nw_detach().
 * Returns: the task, or NULL when memory is out; every call that takes a task takes NULL as
 *          a task that failed with -ENOMEM.
 */
NW_API nw_task *nw_spawn(nw_task_fn *fn, void *arg);

/** How to spawn. All zero means the defaults. */
typedef struct nw_spawn_options {
    const char *name; /**< shown in dumps and reports; must outlive the task; NULL: the function's address */
    size_t stack_bytes;   /**< 0: as nw_run_options says */
    uint64_t reserved[4]; /**< zero */
} nw_spawn_options;

/** As nw_spawn(), with options; NULL means the defaults. */
NW_API nw_task *nw_spawn_with(const nw_spawn_options *options, nw_task_fn *fn, void *arg);

/**
 * Wait until the task has ended, and free the handle. Once for each task.
 *
 * When the caller is cancelled or runs into a deadline meanwhile, the task is cancelled too and
 * still joined: whatever the task borrowed from the caller is free again when this returns.
 * Returns: the task's result (a result it reached in spite of the cancellation is not lost).
 * Errors:  -ECANCELED or -ETIMEDOUT when that ended it; -EINVAL: a task that cannot be awaited
 *          (itself, detached, of another loop); -ENOMEM for NULL.
 */
NW_API int nw_await(nw_task *task);

/**
 * Await them all.
 *
 * Returns: 0, or the first error in the order of the array; no task is left behind in either case.
 */
NW_API int nw_gather(nw_task *const *tasks, size_t count);

/**
 * Ask the task to end: from now on every wait in it returns -ECANCELED.
 *
 * Does not wait; the handle stays the caller's. Cancelling twice or a task that ended does nothing.
 */
NW_API void nw_cancel(nw_task *task);

/** Give up the handle: the task frees itself when it ends (at the latest when nw_run does). */
NW_API void nw_detach(nw_task *task);

/** Has the task ended? Never waits. */
NW_API bool nw_done(const nw_task *task);

/** The calling task; NULL outside a task. The handle is borrowed: for nw_cancel() and nw_task_name(). */
NW_API nw_task *nw_task_self(void);

/** The name given at spawn, or "". */
NW_API const char *nw_task_name(const nw_task *task);

/**
 * 0, or what the next wait would return: -ECANCELED or -ETIMEDOUT. For long computations.
 */
NW_API int nw_interrupted(void);

/** A group of tasks (a nursery) in the caller's memory: none outlives nw_group_finish(). */
typedef struct nw_group {
    void *private_data[12];
} nw_group;

/** Begin a group of which at most `limit` tasks run at a time; 0: no limit. */
NW_API void nw_group_init(nw_group *group, size_t limit);

/**
 * Start `fn(arg)` in the group; waits while the group is at its limit. Members may spawn more; when all of a
 * full group wait for a place in it, they wait for each other.
 *
 * The first task that returns an error cancels all others.
 * Returns: 0.
 * Errors:  -ENOMEM; -ECANCELED once the group has failed or is cancelled (the task was not started);
 *          -ETIMEDOUT; -EINVAL after nw_group_finish().
 */
NW_API NW_CHECK int nw_group_spawn(nw_group *group, nw_task_fn *fn, void *arg);

/** Cancel every task in the group. Does not wait. */
NW_API void nw_group_cancel(nw_group *group);

/**
 * Wait until every task of the group has ended. Must be called, by the task that began the group.
 *
 * Returns: 0, or the error of the task that failed first.
 */
NW_API int nw_group_finish(nw_group *group);

/**
 * Call `fn(&items[i])` for each item, in tasks, at most `limit` at a time (0: no limit).
 *
 * Returns: 0, or the first error; the first error cancels the rest.
 */
NW_API int nw_each(void *items, size_t count, size_t item_bytes, size_t limit, nw_task_fn *fn);

/** A deadline: a scope in the caller's memory, begun and ended by the same task, properly nested. */
typedef struct nw_deadline {
    void *private_data[10];
} nw_deadline;

/** Every wait from here to nw_deadline_end() returns -ETIMEDOUT once `after_ns` has passed. */
NW_API void nw_deadline_begin(nw_deadline *deadline, int64_t after_ns);

/** End the scope. Returns: 0, or -ETIMEDOUT when the deadline passed inside. */
NW_API int nw_deadline_end(nw_deadline *deadline);

/** Call `fn(arg)` in this task under a deadline. Returns: its result, -ETIMEDOUT when time ended it. */
NW_API int nw_timeout(int64_t after_ns, nw_task_fn *fn, void *arg);

/** A shield: cancellation and outer deadlines are held back until its end. For clean-up that must finish. */
typedef struct nw_shield {
    void *private_data[4];
} nw_shield;

/** Hold back cancellation and the deadlines that were begun before, from here to nw_shield_end(). */
NW_API void nw_shield_begin(nw_shield *shield);
/** End the stretch, in the reverse order of beginnings: what was held back counts again. */
NW_API void nw_shield_end(nw_shield *shield);

/**
 * Call `fn(arg)` when the task ends, however it ends; the last one first, shielded.
 *
 * Errors: -ENOMEM (then `fn` was called at once, so that nothing leaks), -EINVAL.
 */
NW_API int nw_defer(void (*fn)(void *arg), void *arg);

/** Wait for `ns` nanoseconds; 0 or less is nw_yield(). Errors: -ECANCELED, -ETIMEDOUT. */
NW_API int nw_sleep(int64_t ns);

/** Let the other tasks run. Errors: -ECANCELED, -ETIMEDOUT. */
NW_API int nw_yield(void);

/** Monotonic time. Can be called anywhere. Source: clock_gettime(2), CLOCK_MONOTONIC. */
NW_API int64_t nw_now(void);

NW_END_DECLS

#endif
