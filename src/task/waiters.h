/* SPDX-License-Identifier: MIT */
/*
 * Queues of tasks that wait for each other, across loops.
 *
 * Whoever takes a waiter out of its queue, under the lock, has decided its fate and must grant it: the waiter
 * cannot go away before. A cancelled waiter that is out of the queue already has what it waited for.
 */
#ifndef NW_TASK_WAITERS_H
#define NW_TASK_WAITERS_H

#include "task/task.h"

struct nw__waiter {
    struct nw__wait wait;
    struct nw__link link;
    struct nw__post post; /* carries the news to a waiter of another loop */
    pthread_mutex_t *lock;
    nw_task *task; /* for the granter, who may be on another thread: `wait` is the waiter's own */
    int result;
    void *item; /* channels: what is sent, or where to receive */
};

/*
 * Join the queue, release the lock, and park. `item` and `wait.what` are the caller's to set before.
 * Returns waiter->result: 0, or what its granter put there, or -ECANCELED, -ETIMEDOUT when it left the queue.
 */
int nw__waiter_park(struct nw__list *queue, struct nw__waiter *waiter, pthread_mutex_t *lock, nw_task *self);

/* Take the one who waits longest out of the queue; NULL when nobody waits. With the lock held. */
static inline struct nw__waiter *nw__waiters_pop(struct nw__list *queue)
{
    struct nw__link *link = nw__list_pop_front(queue);

    return link ? nw__container(link, struct nw__waiter, link) : NULL;
}

/* Wake a waiter that was taken out of its queue; from any thread, with the lock held or not. */
void nw__waiter_grant(struct nw__waiter *waiter);

#endif
