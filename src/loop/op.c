/* SPDX-License-Identifier: MIT */
/*
 * The way of an op into its loop: to the backend, or, for timers, into the loop's own heap.
 * Owns nothing. Must not know of tasks.
 */
#include <assert.h>
#include <errno.h>

#include "loop/loop.h"

/* A timer op keeps its timer where an engine would keep its links. */
static struct nw__timer *timer_of(struct nw_op *op)
{
    return (struct nw__timer *)(void *)op->links;
}

static_assert(sizeof(struct nw__timer) <= sizeof((nw_op){0}.links), "a timer must fit into an op");

static_assert(offsetof(struct nw__timer, slot) >= 2 * sizeof(void *), "being settled must leave it alone");

static void complete_timer(struct nw__timer *timer)
{
    struct nw_op *op = nw__container(timer, struct nw_op, links);
    nw_loop *loop = op->owner;

    nw__op_complete(loop->backend, op, 0);
}

static int set_timer(nw_loop *loop, struct nw_op *op, int64_t at_ns)
{
    nw__timer_init(timer_of(op), complete_timer);
    return nw__loop_timer_set(loop, timer_of(op), at_ns);
}

void nw__loop_submit(nw_loop *loop, struct nw_op *op)
{
    int saved_errno = errno;

    op->owner = loop;
    if (op->kind != NW__OP_TIMER) {
        loop->backend->vtable->submit(loop->backend, op);
        errno = saved_errno; /* an engine may make system calls here, and the caller may be a task */
        return;
    }
    op->state = NW__OP_SUBMITTED;
    loop->backend->in_flight++;
    if (set_timer(loop, op, op->offset) < 0)
        nw__engine_settle(loop->backend, op, -ENOMEM);
}

void nw__loop_cancel(nw_loop *loop, struct nw_op *op)
{
    int saved_errno = errno;

    if (op->state != NW__OP_SUBMITTED)
        return;
    if (op->kind != NW__OP_TIMER) {
        loop->backend->vtable->cancel(loop->backend, op);
        errno = saved_errno;
        return;
    }
    if (!nw__timer_is_set(timer_of(op)))
        return; /* its result is on the way */
    nw__loop_timer_clear(loop, timer_of(op));
    nw__engine_settle(loop->backend, op, -ECANCELED);
}

void nw__loop_cancel_loose(nw_loop *loop)
{
    nw__list_each (link, &loop->loose_ops)
        nw__loop_cancel(loop, nw__container(link, struct nw_op, siblings));
}
