/* SPDX-License-Identifier: MIT */
/*
 * How tasks of any loop, and threads, wait for a log, and how the writer is woken.
 * Owns nothing: who waits stands in a list by a link on its own stack.
 * A thread of the pool that waits steps aside: the writer may need a thread to go on.
 */
#include "stream/log.h"

int nw__log_may_wait(void)
{
    if (nw__loop_current)
        return nw_interrupted();
    return 0;
}

/* With the lock held before and after. */
static void wait_as_thread(nw_logger *logger, struct nw__list *list, struct nw__log_wait *wait)
{
    struct nw__pool *pool = nw__pool_of_thread();

    nw__list_push_back(list, &wait->waiter.link);
    if (pool)
        nw__pool_step_aside(pool);
    while (!wait->granted)
        pthread_cond_wait(&logger->granted, &logger->lock);
    if (pool)
        nw__pool_step_back(pool);
}

int nw__log_wait(nw_logger *logger, struct nw__list *list, struct nw__log_wait *wait, const char *what)
{
    nw_task *self = nw__task_self();
    unsigned counts = list != &logger->closers; /* they are whom the end is for */
    int rc;

    logger->waiting += counts;
    wait->thread = !self;
    wait->trip = logger->trips;
    wait->waiter.wait.what = what;
    if (self) {
        rc = nw__waiter_park(list, &wait->waiter, &logger->lock, self);
        pthread_mutex_lock(&logger->lock);
    } else {
        wait_as_thread(logger, list, wait);
        rc = wait->waiter.result;
    }
    logger->waiting -= counts;
    if (logger->closing && logger->waiting == 0)
        nw__log_wake_writer(logger, true);
    pthread_mutex_unlock(&logger->lock);
    return rc;
}

void nw__log_grant(nw_logger *logger, struct nw__log_wait *wait, int result)
{
    wait->waiter.result = result;
    if (!wait->thread) {
        nw__waiter_grant(&wait->waiter);
        return;
    }
    wait->granted = true;
    pthread_cond_broadcast(&logger->granted);
}

void nw__log_grant_all(nw_logger *logger, struct nw__list *list, int result)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(list)))
        nw__log_grant(logger, nw__log_wait_of(link), result);
}

void nw__log_wake_writer(nw_logger *logger, bool order)
{
    if (nw__list_empty(&logger->idle) || (logger->resting && !order))
        return;
    nw__waiter_grant(nw__waiters_pop(&logger->idle));
}
