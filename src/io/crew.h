/* SPDX-License-Identifier: MIT */
/*
 * Several workers at one job of one task: ops that call the same function, again and again as there is work.
 * The task starts them and waits for them; what they work on, and its lock, is their user's. A function comes
 * back when nothing is left to do, when the task has to look at something, when `stop` is set, and after some
 * milliseconds at most, so that others get at the threads, too.
 */
#ifndef NW_IO_CREW_H
#define NW_IO_CREW_H

#include <nowait/op.h>
#include <stdatomic.h>

#include "base/clock.h"

#define NW__CREW_MAX      64
#define NW__CREW_SLICE_NS NW_MS(4)

struct nw__crew {
    nw_op ops[NW__CREW_MAX];
    unsigned size;
    nw_task_fn *fn;
    void *arg;
    atomic_bool stop;
    atomic_uint coming; /* those that were started and have not begun yet */
    atomic_int error;   /* the last one that one of them came back with */
};

/* `parallel` 0: the number of processors. */
void nw__crew_init(struct nw__crew *crew, unsigned parallel, nw_task_fn *fn, void *arg);
/* There are `count` things to be done: have as many work, less those that are about to begin anyway. */
void nw__crew_start(struct nw__crew *crew, unsigned count);
/*
 * Wait until one of them comes back. Returns: 0; an error that one came back with, at any time; -ECANCELED,
 * -ETIMEDOUT. At least one must work.
 */
NW_CHECK int nw__crew_await(struct nw__crew *crew);
/* Returns: 0, or an error that one of them came back with, also while nobody awaited it. */
static inline int nw__crew_error(const struct nw__crew *crew)
{
    return atomic_load_explicit(&crew->error, memory_order_relaxed);
}

/* Tell all to stop, and wait until they have, cancelled or not. NW_ENOTASK: this is a forked child, and they
 * are not here. */
int nw__crew_stop(struct nw__crew *crew);

static inline bool nw__crew_stopped(const struct nw__crew *crew)
{
    return atomic_load_explicit(&crew->stop, memory_order_relaxed);
}

#endif
