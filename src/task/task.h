/* SPDX-License-Identifier: MIT */
/*
 * Tasks as the layers above see them: who am I, may I wait, and how to wait.
 *
 * All waiting goes through one mechanism: a nw__wait on the task's stack. Whoever makes the awaited thing
 * happen calls nw__wait_wake(). Cancellation and deadlines call wait->interrupt, which asks the thing to end
 * early; the task is still woken only by nw__wait_wake(), when nothing refers to its stack any more.
 */
#ifndef NW_TASK_TASK_H
#define NW_TASK_TASK_H

#include <nowait/sync.h>
#include <nowait/task.h>
#include <nowait/thread.h>

#include <pthread.h>

#include "loop/loop.h"

struct nw__runtime;
struct nw__deadline;
struct nw__group;
struct nw__shield;
struct nw__trace;

struct nw__wait {
    nw_task *task;
    bool woken;
    bool nudged;
    /*
     * Called at most once, and set to NULL, while the task is parked. nw__wait_wake() itself, where nothing
     * has to be let go of first; NULL: cannot be hurried. Must not cancel other tasks: see nw__wait_nudge().
     */
    void (*interrupt)(struct nw__wait *wait);
    const char *what; /* for dumps: "read", "sleep", ... */
};

struct nw__deferred {
    struct nw__deferred *next;
    void (*fn)(void *arg);
    void *arg;
};

struct nw_task {
    struct nw__stack stack; /* first: a task is the header of its own stack */
    struct nw__fiber fiber;
    nw_loop *loop;
    nw_task_fn *fn;
    void *arg;
    int result;
    int interrupt; /* what every wait returns: 0, -ECANCELED or -ETIMEDOUT; see nw__task_refresh() */
    bool cancelled;
    bool done;
    bool detached;                 /* nobody will await it: it frees itself */
    bool service;                  /* see nw__task_serve() */
    size_t expired;                /* deadlines that have passed and that no shield holds back */
    struct nw__shield *shield;     /* innermost */
    struct nw__wait *wait;         /* what it is parked on */
    struct nw__wait *joiner;       /* who is parked in nw_await() on it */
    struct nw__deadline *deadline; /* innermost */
    struct nw__timer alarm;        /* for the earliest of the deadlines, or before: see scope.c */
    struct nw__group *group;
    struct nw__deferred *deferred; /* last first */
    const char *name;
    uint64_t id;             /* counts the tasks of the loop, from 1 */
    int64_t parked_ns;       /* the trace's: since when it has not run, ... */
    const char *parked_what; /* ... and for what it waits */
    struct nw__link in_loop; /* in nw__tasks.alive, then in .ended or .dead */
    struct nw__link in_group;
};

/*
 * What a layer above keeps for each loop: made when it is first needed, found by the address of a key.
 */
struct nw__loop_part {
    struct nw__link link; /* in nw__tasks.parts */
    const void *key;
    /* Run as a task with the part as its argument, cancelled, when all others have ended. NULL: nothing to
     * do. */
    nw_task_fn *end;
    /* The loop is released, perhaps a forked child's copy: the memory, and nothing else. */
    void (*release)(struct nw__loop_part *part);
};

/* The task layer's part of a loop. */
struct nw__tasks {
    nw_loop *loop;
    struct nw__list alive;
    size_t alive_count;
    size_t service_count; /* of these, services */
    uint64_t spawned;
    struct nw__list ended; /* done, the handle not yet given back */
    struct nw__list dead;  /* done and nobody's: to be freed once they have left their stack */
    bool stopping;         /* everything that is spawned from now on is cancelled at once */
    struct nw__runtime *runtime;
    struct nw__trace *trace; /* NULL while it is off */
    unsigned index;          /* of the loop in its runtime */
    struct nw__list parts;   /* of the layers above: struct nw__loop_part */
    struct nw__list calls;   /* of nw_loop_call(): those that wait for memory */
    struct nw__post retry;
    bool retrying;
    pthread_mutex_t call_mutex; /* of the two below: nw_loop_call() comes from any thread */
    size_t calls_pending;
    bool closed;
};

static inline struct nw__tasks *nw__loop_tasks(const nw_loop *loop)
{
    return loop->tasks;
}

/* The running task; NULL outside. */
static inline nw_task *nw__task_self(void)
{
    nw_loop *loop = nw__loop_current;
    return loop && loop->running ? nw__container(loop->running, nw_task, fiber) : NULL;
}

/*
 * What every call that may wait begins with: the running task, or NW_ENOTASK, -ECANCELED, -ETIMEDOUT.
 */
static inline int nw__task_enter(nw_task **self_out)
{
    nw_task *self = nw__task_self();

    *self_out = self;
    return self ? self->interrupt : NW_ENOTASK;
}

/*
 * Park until woken (true) or nudged (false; the wait goes on with another park). The caller has checked
 * nw__task_enter(), or knows why it must wait regardless.
 */
bool nw__wait_park(nw_task *self, struct nw__wait *wait);
/* On the loop's thread. Waking twice is harmless. */
void nw__wait_wake(struct nw__wait *wait);
/* Ask what is waited for to end early, as a cancellation does, but without one. On the loop's thread. */
void nw__wait_hurry(struct nw__wait *wait);
/*
 * An `interrupt` for those who wait for other tasks: they pass the cancellation on themselves, when they run.
 * So a chain of a million tasks that await each other is cancelled without recursion.
 */
void nw__wait_nudge(struct nw__wait *wait);

/*
 * Submit the op and wait until it is done; the op, its buffers and paths are free again when this returns.
 * A cancelled op that ended anyhow gives its own result. The op must be prepared, `user` and `done` unused.
 */
int nw__op_await(struct nw_op *op);

/*
 * Call `fn(arg)` on a worker and wait. As nw_to_thread().
 * For the io layer: `what` names it in dumps.
 */
int nw__work_await(const char *what, nw_task_fn *fn, void *arg);

/* Something was had without waiting: let others run when the allowance is spent. */
static inline void nw__task_breathe(nw_task *self, size_t bytes)
{
    if (nw__loop_spend(self->loop, bytes))
        nw__loop_breathe(self->loop);
}

/* The same for an operation that was completed inline, and is counted. */
static inline void nw__task_spend(nw_task *self, size_t bytes)
{
    self->loop->ops_inline++;
    nw__task_breathe(self, bytes);
}

/* Recompute `interrupt` after cancelled, deadlines or shields changed. */
void nw__task_refresh(nw_task *task);
/* Set it, and hurry what the task is parked on. */
void nw__task_interrupt(nw_task *task, int interrupt);

/* Spawn on the given loop, which must be this thread's; from a task or from the loop's own stack. */
nw_task *nw__task_create(nw_loop *loop, const nw_spawn_options *options, nw_task_fn *fn, void *arg);
/*
 * Make a task that was just created a service: detached, and when the loop ends, cancelled only after all
 * other tasks have ended, so that they can rely on it to the end.
 */
void nw__task_serve(nw_task *task);
/* The task, which is parked, will be for long: give back the part of its stack that it does not use now. */
void nw__task_trim(nw_task *task);
/* Give back the memory of a task that is done (not from its own stack). */
void nw__task_free(nw_task *task);
/* Free those that ended on their own stack. */
void nw__tasks_reap(nw_loop *loop);

/* scope.c: a deadline that was begun without a time (NW_FOREVER) has passed now. On the loop's thread. */
void nw__deadline_pass(nw_deadline *deadline);
/* scope.c: as nw_deadline_end(), for those who do not ask whether it has passed, and so not for the time. */
void nw__deadline_drop(nw_deadline *deadline);
/* scope.c: run what nw_defer() left, last first, shielded. */
void nw__deferred_run(nw_task *task);
/* group.c: the task, which is in a group, has ended. */
void nw__group_leave(nw_task *task);

/* life.c: a loop with tasks. */
struct nw__life_config {
    const nw_run_options *options;
    struct nw__pool *pool;
    struct nw__runtime *runtime;
    unsigned index;
    bool embedded;
};
/* Whether the options make sense; what only the kernel can know is left to it. NULL: the defaults do. */
bool nw__life_possible(const nw_run_options *options);
int nw__life_begin(nw_loop *loop, struct nw__tasks *tasks, const struct nw__life_config *config);
/* Refuse calls from outside, cancel all tasks, and run until the last has ended. */
void nw__life_stop(nw_loop *loop);
/* Release everything; no thread may post to the loop any more. In a forked child: just the memory. */
void nw__life_end(nw_loop *loop);
struct nw__loop_part *nw__loop_part_find(const nw_loop *loop, const void *key); /* NULL: there is none */
void nw__loop_part_add(nw_loop *loop, struct nw__loop_part *part);
/* Give the calls that wait for memory another chance, in the next turn. */
void nw__calls_retry(nw_loop *loop);
/* Threads of a pool for these options: what the caller asked for, or the default. */
unsigned nw__life_pool_threads(const nw_run_options *options);

/* stall.c: from now on, a task of this thread's loop that keeps it longer than the limit is reported. */
struct nw__stall;
int nw__stall_begin(nw_loop *loop, int64_t limit_ns, struct nw__stall **stall_out);
void nw__stall_end(struct nw__stall *stall, bool forked); /* accepts NULL */

/* trace.c: the loop ends, and nothing of it is in flight; finish the trace if there is one. */
void nw__trace_end(nw_loop *loop);

/* overflow.c: report stack overflows of tasks of this thread's loop. Does nothing where SIGSEGV is taken. */
void nw__overflow_watch(void);
void nw__overflow_unwatch(bool forked);

#endif
