/* SPDX-License-Identifier: MIT */
/*
 * Signals: a handler that does no more than mark the watches and wake their loops.
 * Takes the action of every signal that somebody watches, and gives it back when nobody does any more.
 * Installs nothing on its own account.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "base/action.h"
#include "loop/loop.h"

#define WATCHES_MAX 64
#define SIGNALS_MAX 64

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of all but what the handler reads */
static _Atomic(struct nw__signal_watch *) watches[WATCHES_MAX];
static atomic_uint handlers_running;
static struct nw__action actions[SIGNALS_MAX + 1];

static uint64_t signal_bit(int number)
{
    return UINT64_C(1) << (number - 1);
}

static bool mark_watches(int number, bool last_resort)
{
    bool marked = false;

    for (int i = 0; i < WATCHES_MAX; i++) {
        struct nw__signal_watch *watch = atomic_load(&watches[i]);
        if (!watch || watch->last_resort != last_resort || !(watch->mask & signal_bit(number)))
            continue;
        atomic_fetch_or(&watch->pending, signal_bit(number));
        atomic_store(&watch->loop->signals_ready, 1);
        watch->loop->backend->vtable->wake(watch->loop->backend);
        marked = true;
    }
    return marked;
}

static void on_signal(int number)
{
    int saved_errno = errno;

    atomic_fetch_add(&handlers_running, 1);
    if (!mark_watches(number, false))
        mark_watches(number, true);
    atomic_fetch_sub(&handlers_running, 1);
    errno = saved_errno;
}

static void release_signals(uint64_t mask)
{
    for (int number = 1; number <= SIGNALS_MAX; number++)
        if (mask & signal_bit(number))
            nw__action_give_back(&actions[number], number);
}

static int claim_signals(uint64_t mask)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    uint64_t claimed = 0;

    sigfillset(&action.sa_mask);
    for (int number = 1; number <= SIGNALS_MAX; number++) {
        if (!(mask & signal_bit(number)))
            continue;
        int rc = nw__action_take(&actions[number], number, &action, false);
        if (rc < 0) {
            release_signals(claimed);
            return rc;
        }
        claimed |= signal_bit(number);
    }
    return 0;
}

int nw__signals_watch(nw_loop *loop, struct nw__signal_watch *watch)
{
    int rc = -ENOSPC;

    watch->loop = loop;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < WATCHES_MAX; i++) {
        if (atomic_load(&watches[i]))
            continue;
        rc = claim_signals(watch->mask);
        if (rc == 0) {
            atomic_store(&watches[i], watch);
            nw__list_push_back(&loop->signals, &watch->in_loop);
        }
        break;
    }
    pthread_mutex_unlock(&mutex);
    return rc;
}

void nw__signals_unwatch(struct nw__signal_watch *watch)
{
    nw_loop *loop = watch->loop;

    if (!loop)
        return;
    nw__list_remove(&watch->in_loop);
    if (nw__loop_forked(loop)) { /* nw__signals_forget() has given everything back */
        watch->loop = NULL;
        return;
    }
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < WATCHES_MAX; i++)
        if (atomic_load(&watches[i]) == watch)
            atomic_store(&watches[i], NULL);
    release_signals(watch->mask);
    pthread_mutex_unlock(&mutex);
    /* A handler on another thread may still hold the pointer, for as long as it takes to leave. */
    while (atomic_load(&handlers_running))
        sched_yield();
    watch->loop = NULL;
}

void nw__signals_forget(void)
{
    pthread_mutex_init(&mutex, NULL); /* whoever held it stayed in the parent */
    for (int i = 0; i < WATCHES_MAX; i++)
        atomic_store(&watches[i], NULL);
    for (int number = 1; number <= SIGNALS_MAX; number++)
        nw__action_forget(&actions[number], number);
    atomic_store(&handlers_running, 0);
}

void nw__signals_dispatch(nw_loop *loop)
{
    atomic_store(&loop->signals_ready, 0);
    nw__list_each_safe (link, &loop->signals) {
        struct nw__signal_watch *watch = nw__container(link, struct nw__signal_watch, in_loop);
        if (atomic_load(&watch->pending))
            watch->raised(watch);
    }
}
