/* SPDX-License-Identifier: MIT */
/*
 * Signals that a task waits for.
 * Owns one watch of the loop layer; what arrives while nobody waits stays pending there.
 */
#include <errno.h>
#include <nowait/signal.h>
#include <stdlib.h>

#include "task/task.h"

struct nw_signals {
    struct nw__signal_watch watch;
    struct nw__wait *waiter;
};

static void wake_waiter(struct nw__signal_watch *watch)
{
    nw_signals *signals = nw__container(watch, nw_signals, watch);

    if (signals->waiter)
        nw__wait_wake(signals->waiter);
}

int nw_signals_open(const int *signal_numbers, size_t count, nw_signals **signals_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!signal_numbers || !count || !signals_out)
        return -EINVAL;
    nw_signals *signals = calloc(1, sizeof *signals);
    if (!signals)
        return -ENOMEM;
    for (size_t i = 0; i < count && rc == 0; i++) {
        if (signal_numbers[i] < 1 || signal_numbers[i] > 64)
            rc = -EINVAL;
        else
            signals->watch.mask |= UINT64_C(1) << (signal_numbers[i] - 1);
    }
    signals->watch.raised = wake_waiter;
    if (rc == 0)
        rc = nw__signals_watch(self->loop, &signals->watch);
    if (rc < 0) {
        free(signals);
        return rc;
    }
    *signals_out = signals;
    return 0;
}

static int take_pending(nw_signals *signals)
{
    uint64_t pending = atomic_load(&signals->watch.pending);

    if (!pending)
        return 0;
    int number = __builtin_ctzll(pending) + 1;
    atomic_fetch_and(&signals->watch.pending, ~(UINT64_C(1) << (number - 1)));
    return number;
}

int nw_signals_next(nw_signals *signals)
{
    struct nw__wait wait = {.interrupt = nw__wait_wake, .what = "signal"};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!signals || signals->waiter || signals->watch.loop != self->loop)
        return -EINVAL;
    int number = take_pending(signals);
    if (number)
        return number;
    signals->waiter = &wait;
    nw__wait_park(self, &wait);
    signals->waiter = NULL;
    number = take_pending(signals);
    return number ? number : self->interrupt;
}

void nw_signals_close(nw_signals *signals)
{
    if (!signals)
        return;
    nw__signals_unwatch(&signals->watch);
    free(signals);
}
