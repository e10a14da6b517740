/* SPDX-License-Identifier: MIT */
/*
 * Counting the users of a signal's action, under one lock for all of them: this happens when runs begin and
 * end. Owns nothing: the actions lie with those who take them.
 */
#include "base/action.h"

#include <errno.h>
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void forget_owner(void)
{
    pthread_mutex_init(&mutex, NULL); /* whoever held it stayed in the parent */
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_owner);
}

/* Both kinds of handler lie in the same place: sa_handler and sa_sigaction are members of a union. */
static bool is_installed(const struct nw__action *action, int number)
{
    struct sigaction current;

    return sigaction(number, NULL, &current) == 0 && current.sa_handler == action->ours.sa_handler;
}

static int install(struct nw__action *action, int number, bool only_default)
{
    if (sigaction(number, NULL, &action->previous) < 0)
        return -errno;
    action->standing_aside =
        only_default && (action->previous.sa_flags & SA_SIGINFO || action->previous.sa_handler != SIG_DFL);
    return action->standing_aside || sigaction(number, &action->ours, NULL) == 0 ? 0 : -errno;
}

static void restore(const struct nw__action *action, int number)
{
    if (!action->standing_aside && is_installed(action, number))
        sigaction(number, &action->previous, NULL);
}

int nw__action_take(struct nw__action *action, int number, const struct sigaction *ours, bool only_default)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int rc = 0;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&mutex);
    if (action->users == 0) {
        action->ours = *ours;
        rc = install(action, number, only_default);
    }
    if (rc == 0)
        action->users++;
    pthread_mutex_unlock(&mutex);
    return rc;
}

void nw__action_give_back(struct nw__action *action, int number)
{
    pthread_mutex_lock(&mutex);
    if (action->users > 0 && --action->users == 0)
        restore(action, number);
    pthread_mutex_unlock(&mutex);
}

void nw__action_forget(struct nw__action *action, int number)
{
    if (action->users > 0)
        restore(action, number);
    action->users = 0;
}
