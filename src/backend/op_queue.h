/* SPDX-License-Identifier: MIT */
/*
 * A first-in first-out queue of ops, threaded through links[0] and links[1] of the ops themselves.
 * Owns nothing. An op is in at most one queue at a time; the caller knows in which.
 */
#ifndef NW_BACKEND_OP_QUEUE_H
#define NW_BACKEND_OP_QUEUE_H

#include <nowait/op.h>

struct nw__op_queue {
    nw_op *head;
    nw_op *tail;
};

static inline nw_op *nw__op_next(const nw_op *op)
{
    return op->links[0];
}

static inline bool nw__op_queue_empty(const struct nw__op_queue *queue)
{
    return !queue->head;
}

static inline void nw__op_queue_push(struct nw__op_queue *queue, nw_op *op)
{
    op->links[0] = NULL;
    op->links[1] = queue->tail;
    if (queue->tail)
        queue->tail->links[0] = op;
    else
        queue->head = op;
    queue->tail = op;
}

static inline void nw__op_queue_remove(struct nw__op_queue *queue, nw_op *op)
{
    nw_op *next = op->links[0], *previous = op->links[1];

    if (next)
        next->links[1] = previous;
    else
        queue->tail = previous;
    if (previous)
        previous->links[0] = next;
    else
        queue->head = next;
    op->links[0] = op->links[1] = NULL;
}

/* All of `from` behind what is in `queue`; `from` is empty then. */
static inline void nw__op_queue_append(struct nw__op_queue *queue, struct nw__op_queue *from)
{
    if (!from->head)
        return;
    from->head->links[1] = queue->tail;
    if (queue->tail)
        queue->tail->links[0] = from->head;
    else
        queue->head = from->head;
    queue->tail = from->tail;
    *from = (struct nw__op_queue){0};
}

/* The oldest op, or NULL. */
static inline nw_op *nw__op_queue_pop(struct nw__op_queue *queue)
{
    nw_op *op = queue->head;

    if (op)
        nw__op_queue_remove(queue, op);
    return op;
}

#endif
