/* SPDX-License-Identifier: MIT */
/*
 * Events, mutexes and semaphores, for tasks of one loop or of several.
 * Owns nothing: a task waits in a queue by a link on its own stack. What it was granted under the lock it
 * has, even when it is cancelled in the same moment.
 */
#include "task/waiters.h"

#include <assert.h>
#include <errno.h>

static void resume(struct nw__post *post)
{
    nw__wait_wake(&nw__container(post, struct nw__waiter, post)->wait);
}

void nw__waiter_grant(struct nw__waiter *waiter)
{
    nw_loop *loop = waiter->task->loop;

    if (loop == nw__loop_current) {
        nw__wait_wake(&waiter->wait);
        return;
    }
    waiter->post.run = resume;
    nw__backend_post(loop->backend, &waiter->post);
}

static void leave_queue(struct nw__wait *wait)
{
    struct nw__waiter *waiter = nw__container(wait, struct nw__waiter, wait);

    pthread_mutex_lock(waiter->lock);
    bool waiting = nw__link_linked(&waiter->link);
    if (waiting) {
        nw__list_remove(&waiter->link);
        waiter->result = wait->task->interrupt;
    }
    pthread_mutex_unlock(waiter->lock);
    if (waiting)
        nw__wait_wake(wait);
}

int nw__waiter_park(struct nw__list *queue, struct nw__waiter *waiter, pthread_mutex_t *lock, nw_task *self)
{
    waiter->lock = lock;
    waiter->result = 0;
    waiter->wait.interrupt = leave_queue;
    waiter->task = self;
    nw__list_push_back(queue, &waiter->link);
    pthread_mutex_unlock(lock);
    nw__wait_park(self, &waiter->wait);
    if (waiter->post.run) { /* granted by another thread, which may not have left the primitive yet */
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    return waiter->result;
}

/* -- the three: a gate that is open while it counts more than 0, and a queue before it -- */

struct gate {
    pthread_mutex_t lock;
    struct nw__list queue;
    size_t count;   /* semaphore: how many are free; event and mutex: 1 when open */
    nw_task *owner; /* who passed last; the address is compared, never followed */
    bool exclusive; /* a mutex: its owner may not pass again */
};

static_assert(sizeof(struct gate) <= sizeof(nw_event), "nw_event is too small");
static_assert(sizeof(struct gate) <= sizeof(nw_mutex), "nw_mutex is too small");
static_assert(sizeof(struct gate) <= sizeof(nw_semaphore), "nw_semaphore is too small");

static void gate_init(struct gate *gate, size_t count, bool exclusive)
{
    *gate = (struct gate){.count = count, .exclusive = exclusive};
    pthread_mutex_init(&gate->lock, NULL);
    nw__list_init(&gate->queue);
}

static void gate_finish(struct gate *gate)
{
    assert(nw__list_empty(&gate->queue) && "finished while somebody waits");
    pthread_mutex_destroy(&gate->lock);
}

/* `taken` is what passing costs: 1, or 0 for an event, which stays open. */
static bool gate_try(struct gate *gate, size_t taken)
{
    pthread_mutex_lock(&gate->lock);
    bool open = gate->count > 0;
    if (open) {
        gate->count -= taken;
        gate->owner = nw__task_self();
    }
    pthread_mutex_unlock(&gate->lock);
    return open;
}

static int gate_pass(struct gate *gate, size_t taken, const char *what)
{
    struct nw__waiter waiter = {.wait.what = what};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    pthread_mutex_lock(&gate->lock);
    if (gate->exclusive && gate->owner == self) {
        pthread_mutex_unlock(&gate->lock);
        return -EDEADLK;
    }
    if (gate->count == 0)
        return nw__waiter_park(&gate->queue, &waiter, &gate->lock, self);
    gate->count -= taken;
    gate->owner = self;
    pthread_mutex_unlock(&gate->lock);
    nw__task_breathe(self, 0);
    return 0;
}

/* Let one more pass: who waited longest, or who comes next. */
static void gate_give(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    struct nw__waiter *waiter = nw__waiters_pop(&gate->queue);
    gate->owner = waiter ? waiter->task : NULL;
    if (waiter)
        nw__waiter_grant(waiter);
    else
        gate->count = gate->exclusive ? 1 : gate->count + 1; /* a mutex can be unlocked once too often */
    pthread_mutex_unlock(&gate->lock);
}

/* Events */

void nw_event_init(nw_event *event)
{
    gate_init((struct gate *)event, 0, false);
}

void nw_event_finish(nw_event *event)
{
    gate_finish((struct gate *)event);
}

void nw_event_set(nw_event *event)
{
    struct gate *gate = (struct gate *)event;
    struct nw__waiter *waiter;

    pthread_mutex_lock(&gate->lock);
    gate->count = 1;
    while ((waiter = nw__waiters_pop(&gate->queue)))
        nw__waiter_grant(waiter);
    pthread_mutex_unlock(&gate->lock);
}

void nw_event_clear(nw_event *event)
{
    struct gate *gate = (struct gate *)event;

    pthread_mutex_lock(&gate->lock);
    gate->count = 0;
    pthread_mutex_unlock(&gate->lock);
}

bool nw_event_is_set(nw_event *event)
{
    return gate_try((struct gate *)event, 0);
}

int nw_event_try_wait(nw_event *event)
{
    return gate_try((struct gate *)event, 0) ? 0 : -EAGAIN;
}

int nw_event_wait(nw_event *event)
{
    return gate_pass((struct gate *)event, 0, "event");
}

/* Mutexes */

void nw_mutex_init(nw_mutex *mutex)
{
    gate_init((struct gate *)mutex, 1, true);
}

void nw_mutex_finish(nw_mutex *mutex)
{
    gate_finish((struct gate *)mutex);
}

int nw_mutex_lock(nw_mutex *mutex)
{
    return gate_pass((struct gate *)mutex, 1, "mutex");
}

int nw_mutex_try_lock(nw_mutex *mutex)
{
    return gate_try((struct gate *)mutex, 1) ? 0 : -EBUSY;
}

void nw_mutex_unlock(nw_mutex *mutex)
{
    gate_give((struct gate *)mutex);
}

/* Semaphores */

void nw_semaphore_init(nw_semaphore *semaphore, size_t count)
{
    gate_init((struct gate *)semaphore, count, false);
}

void nw_semaphore_finish(nw_semaphore *semaphore)
{
    gate_finish((struct gate *)semaphore);
}

int nw_semaphore_wait(nw_semaphore *semaphore)
{
    return gate_pass((struct gate *)semaphore, 1, "semaphore");
}

int nw_semaphore_try_wait(nw_semaphore *semaphore)
{
    return gate_try((struct gate *)semaphore, 1) ? 0 : -EAGAIN;
}

void nw_semaphore_post(nw_semaphore *semaphore)
{
    gate_give((struct gate *)semaphore);
}
