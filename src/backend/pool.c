/* SPDX-License-Identifier: MIT */
/*
 * Threads for blocking work, shared by loops. Owns its threads, and the ops in its queue until a worker has
 * carried them out. Must not run callbacks: a finished op goes back to its loop.
 *
 * Waking is a chain: submitting wakes at most one thread, and only when none is looking for work already; a
 * thread that takes an op wakes the next one while more is queued. So a burst costs the loop one wake, and no
 * more threads wake than there is work. One idle thread at a time lingers, looking, before it sleeps deep.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "backend/engine.h"
#include "base/clock.h"

#define LINGER_NS       50000 /* looking for work costs a processor: about what falling asleep costs */
#define ASIDE_MAX       256   /* threads beyond the limit, in place of those that wait for somebody else */
#define IDLE_DEFAULT_NS NW_SEC(5) /* a thread that had nothing to do for so long ends */

struct worker {
    struct worker *next; /* in pool->sleeping */
    pthread_cond_t woken;
    bool awake;
};

struct nw__pool {
    atomic_uint references;
    pthread_mutex_t lock; /* for all that follows */
    struct nw__op_queue queue;
    atomic_uint queued;      /* length of the queue; read without the lock by who lingers */
    struct worker *sleeping; /* the last to fall asleep is the first to wake: its cache is warm */
    unsigned threads;
    unsigned threads_max;
    unsigned aside;   /* threads that wait for somebody else and do not count */
    unsigned looking; /* threads that are awake and will look at the queue before they sleep */
    int64_t idle_ns;
    bool lingers; /* more than one processor: looking does not keep the loop from running */
    bool stopping;
    bool has_ended;
    pthread_t ended;        /* the thread that ended last; whoever ends next joins it */
    pthread_cond_t emptied; /* threads became 0 */
};

static void *worker_main(void *arg);

static _Thread_local struct nw__pool *own_pool;

static bool processors_to_spare(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) > 1;
}

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* It is held for some tens of instructions: trying again beats sleeping. */
static void lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int nw__pool_create(unsigned threads_max, struct nw__pool **pool_out)
{
    struct nw__pool *pool = calloc(1, sizeof *pool);

    if (!pool)
        return -ENOMEM;
    atomic_init(&pool->references, 1);
    lock_init(&pool->lock);
    cond_init(&pool->emptied);
    pool->threads_max = threads_max ? threads_max : 1;
    pool->idle_ns = IDLE_DEFAULT_NS;
    pool->lingers = processors_to_spare();
    *pool_out = pool;
    return 0;
}

/* Signals are for the program's own threads: workers are born with all of them blocked. */
static int start_thread(struct nw__pool *pool)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&thread, NULL, worker_main, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -rc;
}

/* There is no thread and there can be none: nothing may stay in the queue. */
static void fail_queue(struct nw__pool *pool)
{
    nw_op *op;

    while ((op = nw__op_queue_pop(&pool->queue))) {
        atomic_fetch_sub_explicit(&pool->queued, 1, memory_order_relaxed);
        op->links[2] = NULL;
        op->result = -ENOMEM; /* not EAGAIN, which invites to try again */
        nw__engine_return(op->links[3], op);
    }
}

static unsigned threads_allowed(const struct nw__pool *pool)
{
    return pool->threads_max + (pool->aside < ASIDE_MAX ? pool->aside : ASIDE_MAX);
}

/* With the lock: see to it that somebody will look at what is in the queue. */
static void ensure_looking(struct nw__pool *pool)
{
    struct worker *worker = pool->sleeping;

    if (nw__op_queue_empty(&pool->queue) || pool->looking > 0)
        return;
    if (worker) {
        pool->sleeping = worker->next;
        pool->looking++;
        worker->awake = true;
        pthread_cond_signal(&worker->woken);
    } else if (pool->threads < threads_allowed(pool)) {
        pool->threads++;
        pool->looking++;
        if (start_thread(pool) == 0)
            return;
        pool->threads--;
        pool->looking--;
        if (pool->threads == 0)
            fail_queue(pool);
    }
}

/* links[2] says that the op is in the queue, links[3] to which loop it returns. */
void nw__pool_submit(struct nw__pool *pool, struct nw__backend *backend, struct nw__op_queue *ops)
{
    unsigned count = 0;

    for (nw_op *op = ops->head; op; op = nw__op_next(op), count++) {
        op->links[2] = pool;
        op->links[3] = backend;
    }
    pthread_mutex_lock(&pool->lock);
    nw__op_queue_append(&pool->queue, ops);
    atomic_fetch_add_explicit(&pool->queued, count, memory_order_relaxed);
    ensure_looking(pool);
    pthread_mutex_unlock(&pool->lock);
}

bool nw__pool_cancel(struct nw__pool *pool, nw_op *op)
{
    pthread_mutex_lock(&pool->lock);
    bool queued = op->links[2];
    if (queued) {
        nw__op_queue_remove(&pool->queue, op);
        atomic_fetch_sub_explicit(&pool->queued, 1, memory_order_relaxed);
        op->links[2] = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return queued;
}

void nw__pool_step_aside(struct nw__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->aside++;
    ensure_looking(pool);
    pthread_mutex_unlock(&pool->lock);
}

void nw__pool_step_back(struct nw__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->aside--;
    pthread_mutex_unlock(&pool->lock);
}

struct nw__pool *nw__pool_of_thread(void)
{
    return own_pool;
}

/* Without the lock: look for a short while whether something comes. */
static void linger(struct nw__pool *pool)
{
    int64_t end_ns = nw__clock_ns() + LINGER_NS;

    while (atomic_load_explicit(&pool->queued, memory_order_relaxed) == 0 && nw__clock_ns() < end_ns) {
        for (int i = 0; i < 16; i++)
            nw__relax();
    }
}

/* With the lock: sleep until woken. False when nobody has needed this thread for long. */
static bool sleep_deep(struct nw__pool *pool, struct worker *worker)
{
    int64_t end_ns = nw__clock_ns() + pool->idle_ns;
    const struct timespec end = {.tv_sec = end_ns / NW_SEC(1), .tv_nsec = end_ns % NW_SEC(1)};
    struct worker **place = &pool->sleeping;
    int rc = 0;

    worker->awake = false;
    worker->next = pool->sleeping;
    pool->sleeping = worker;
    while (!worker->awake && !pool->stopping && rc == 0)
        rc = pthread_cond_timedwait(&worker->woken, &pool->lock, &end);
    if (worker->awake)
        return true;
    while (*place != worker)
        place = &(*place)->next;
    *place = worker->next;
    return false;
}

/* With the lock, and counted as looking: the next op, or NULL when the thread shall end. Not looking then. */
static nw_op *next_op(struct nw__pool *pool, struct worker *worker)
{
    for (;;) {
        nw_op *op = nw__op_queue_pop(&pool->queue);
        if (!op && pool->lingers && pool->looking == 1 && !pool->stopping) {
            pthread_mutex_unlock(&pool->lock);
            linger(pool);
            pthread_mutex_lock(&pool->lock);
            op = nw__op_queue_pop(&pool->queue);
        }
        pool->looking--;
        if (op) {
            atomic_fetch_sub_explicit(&pool->queued, 1, memory_order_relaxed);
            op->links[2] = NULL;
            ensure_looking(pool);
            return op;
        }
        if (pool->stopping || !sleep_deep(pool, worker))
            return NULL;
    }
}

/* With the lock: the last act of a thread. Each joins the one before it; the last release joins the last. */
static void end_thread(struct nw__pool *pool)
{
    bool join = pool->has_ended;
    pthread_t before = pool->ended;

    pool->has_ended = true;
    pool->ended = pthread_self();
    pool->threads--;
    if (join)
        pthread_join(before, NULL); /* it holds no lock any more and is about to return */
    if (pool->threads == 0)
        pthread_cond_broadcast(&pool->emptied);
}

static void *worker_main(void *arg)
{
    struct nw__pool *pool = arg;
    struct worker worker = {0};
    nw_op *op;

    own_pool = pool;
    cond_init(&worker.woken);
    pthread_setname_np(pthread_self(), "nw-worker");
    pthread_mutex_lock(&pool->lock);
    while ((op = next_op(pool, &worker))) {
        pthread_mutex_unlock(&pool->lock);
        op->result = nw__op_perform(op);
        nw__engine_return(op->links[3], op);
        pthread_mutex_lock(&pool->lock);
        pool->looking++;
    }
    end_thread(pool);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&worker.woken);
    return NULL;
}

void nw__pool_retain(struct nw__pool *pool)
{
    if (pool)
        atomic_fetch_add(&pool->references, 1);
}

void nw__pool_release(struct nw__pool *pool)
{
    if (!pool || atomic_fetch_sub(&pool->references, 1) > 1)
        return;
    pthread_mutex_lock(&pool->lock);
    assert(nw__op_queue_empty(&pool->queue));
    pool->stopping = true;
    for (struct worker *worker = pool->sleeping; worker; worker = worker->next)
        pthread_cond_signal(&worker->woken);
    while (pool->threads > 0)
        pthread_cond_wait(&pool->emptied, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    if (pool->has_ended)
        pthread_join(pool->ended, NULL);
    pthread_cond_destroy(&pool->emptied);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void nw__pool_abandon(struct nw__pool *pool)
{
    free(pool);
}

bool nw__pool_lingers(const struct nw__pool *pool)
{
    return pool->lingers;
}

unsigned nw__pool_threads(struct nw__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    unsigned threads = pool->threads;
    pthread_mutex_unlock(&pool->lock);
    return threads;
}

void nw__pool_set_idle_ns(struct nw__pool *pool, int64_t idle_ns)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle_ns = idle_ns;
    pthread_mutex_unlock(&pool->lock);
}
