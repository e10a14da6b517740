/* SPDX-License-Identifier: MIT */
/*
 * The loop: a run queue of fibers, timers, and one backend, all on one thread.
 *
 * A fiber is a stack with a place in the run queue. When one parks, the next that is ready is switched to
 * directly; the loop's own stack is visited when none is ready or the turn is over, and there the timers,
 * the completions and the posts of other threads are handled. Knows nothing of files and nothing of tasks.
 */
#ifndef NW_LOOP_LOOP_H
#define NW_LOOP_LOOP_H

#include <nowait/loop.h>

#include "backend/backend.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/list.h"
#include "coro/coro.h"
#include "coro/stack.h"

#define NW__TURN_NS         NW_US(100) /* the loop looks after timers and completions at least this often */
#define NW__TURN_DISPATCHES 64         /* ... or after so many fibers */
#define NW__INLINE_OPS      16 /* operations a fiber may complete inline before it looks at the clock */
#define NW__TRIM_NS         NW_SEC(1)
#define NW__LOOP_BUSY       1     /* in nw_loop.activity */
#define NW__INLINE_OP_BYTES 16384 /* bytes copied inline that weigh as much as one operation */

struct nw__fiber {
    struct nw__context context;
    struct nw__link ready; /* in nw_loop.ready while runnable */
};

struct nw_loop {
    /* Hot: every park and dispatch. */
    struct nw__fiber *running; /* NULL while the loop's own stack runs */
    struct nw__list ready;
    int32_t dispatches_left; /* in this turn; 0 sends the next park to the loop's own stack */
    int32_t inline_left;     /* of the running fiber */
    struct nw__context native;
    /* Changes with every dispatch, and says in its lowest bit whether the loop is busy: for the stall
     * detector. */
    _Atomic uint64_t activity;

    int64_t turn_began_ns;
    int64_t trimmed_ns; /* when idle stacks were last given back */
    struct nw__timers timers;
    struct nw__backend *backend;
    struct nw__list loose_ops; /* of users, or standing: no task would cancel them when the loop ends */
    struct nw__stacks stacks;
    uint64_t turns;
    uint64_t ops_inline;
    uint64_t timers_set;
    unsigned fork_generation;  /* differs from nw__fork_generation in a forked child */
    atomic_uint signals_ready; /* set by the signal handler; see signals.c */
    struct nw__list signals;   /* watchers of this loop */
    bool visiting;             /* the backend's side: callbacks run, which must not begin another turn */
    void *tasks;               /* the task layer's part: struct nw__tasks */
    /* Told of every switch, when somebody wants to know. NULL stands for the loop's own stack. */
    void (*on_switch)(nw_loop *loop, struct nw__fiber *from, struct nw__fiber *to);
};

/* The loop of this thread, NULL when there is none. NULL also in a forked child. */
extern _Thread_local nw_loop *nw__loop_current __attribute__((tls_model("initial-exec")));
extern unsigned nw__fork_generation;

struct nw__loop_config {
    struct nw__backend_options backend;
    size_t stack_bytes;
    size_t header_bytes; /* room at the top of each stack, for the owner of the fiber */
};

/* Prepare a zeroed loop and make it this thread's. -EINVAL when the thread has one. */
int nw__loop_init(nw_loop *loop, const struct nw__loop_config *config);
/* No fiber and no op may be left, unless the loop is a forked child's copy. */
void nw__loop_finish(nw_loop *loop);
static inline bool nw__loop_forked(const nw_loop *loop)
{
    return loop->fork_generation != nw__fork_generation;
}

/*
 * One turn, on the loop's own stack: submit, wait up to max_wait_ns for something to do (0: not at all,
 * NW_FOREVER: without limit), handle completions, posts, signals and due timers, then run the ready fibers.
 */
int nw__loop_turn(nw_loop *loop, int64_t max_wait_ns);
/* Pass on what the fibers submitted, without another turn: for those who go away between two turns. */
int nw__loop_flush(nw_loop *loop);
/* Nanoseconds until the next turn has something to do by itself. */
int64_t nw__loop_due_ns(const nw_loop *loop);

/* Inside a turn, in a fiber or a callback: no other turn may begin, and the loop must stay. */
static inline bool nw__loop_turning(const nw_loop *loop)
{
    return loop->running || loop->visiting;
}

/* Dispatches since the loop began. */
static inline uint64_t nw__loop_switches(const nw_loop *loop)
{
    return atomic_load_explicit(&loop->activity, memory_order_relaxed) >> 1;
}

/* Make the fiber runnable; it must be parked, and not be runnable already. On the loop's thread. */
static inline void nw__loop_ready(nw_loop *loop, struct nw__fiber *fiber)
{
    nw__list_push_back(&loop->ready, &fiber->ready);
}

/* Suspend the running fiber until nw__loop_ready() was called for it. errno is preserved. */
void nw__loop_park(nw_loop *loop);
/* End the running fiber: never returns, and its stack may be reused from the next loop turn or spawn on. */
_Noreturn void nw__loop_exit(nw_loop *loop);

/*
 * The running fiber got what it asked for without waiting; true when it should let others run
 * (nw__loop_breathe).
 */
static inline bool nw__loop_spend(nw_loop *loop, size_t bytes)
{
    loop->inline_left -= 1 + (int32_t)(bytes / NW__INLINE_OP_BYTES);
    return loop->inline_left <= 0;
}
/* The fiber's allowance is spent: if others wait for the loop, go to the back of the queue. */
void nw__loop_breathe(nw_loop *loop);

/* Timers call timer->fire(timer) on the loop's own stack, in a later turn when set by another. -ENOMEM. */
int nw__loop_timer_set(nw_loop *loop, struct nw__timer *timer, int64_t at_ns);
/* One that is set shall be due earlier. */
void nw__loop_timer_hasten(nw_loop *loop, struct nw__timer *timer, int64_t at_ns);
void nw__loop_timer_clear(nw_loop *loop, struct nw__timer *timer);

/* -- op.c -- */
/* Hand the op to the backend, or to the timers. */
void nw__loop_submit(nw_loop *loop, struct nw_op *op);
/* Ask a submitted op to end early. */
void nw__loop_cancel(nw_loop *loop, struct nw_op *op);
void nw__loop_cancel_loose(nw_loop *loop);

/* -- signals.c -- */
struct nw__signal_watch {
    nw_loop *loop;    /* NULL when it watches no more */
    uint64_t mask;    /* bit n - 1: signal n */
    bool last_resort; /* only for signals that no other watch receives */
    _Atomic uint64_t pending;
    void (*raised)(struct nw__signal_watch *watch); /* on the loop's own stack; reads `pending` */
    struct nw__link in_loop;
};
/* -EINVAL (no such signal, or it cannot be caught), -ENOSPC (too many watches). */
int nw__signals_watch(nw_loop *loop, struct nw__signal_watch *watch);
/* Nothing happens to a watch that watches no more; the end of its loop ends it. */
void nw__signals_unwatch(struct nw__signal_watch *watch);
/* In a forked child: the watches belong to the parent's loops, the actions go back to what they were. */
void nw__signals_forget(void);
/* Run `raised` of the watches with something pending. */
void nw__signals_dispatch(nw_loop *loop);

#endif
