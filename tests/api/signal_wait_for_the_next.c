/* SPDX-License-Identifier: MIT */
/*
 * Signals as events: one that came while nobody waited is kept; all who opened it get it; a wait can be
 * cancelled and timed out; an open SIGINT does not cancel the first task; closing restores what was before.
 *
 * ctest: no-tsan (what comes while a task runs, TSan keeps for that task's fiber, and not for the thread)
 */
#include "../support/runtime.h"
#include <pthread.h>

static const int user_signals[] = {SIGUSR1, SIGUSR2}, only_first[] = {SIGUSR1}, interrupt[] = {SIGINT};

static int next_signal(void *signals)
{
    return nw_signals_next(signals);
}

static void *send_from_thread(void *arg)
{
    (void)arg;
    CHECK_SYS(kill(getpid(), SIGUSR2));
    return NULL;
}

static void wait_for_kept_and_new(nw_signals *both, nw_signals *one)
{
    pthread_t thread;

    CHECK_SYS(kill(getpid(), SIGUSR1));
    CHECK_SYS(kill(getpid(), SIGUSR1)); /* kept once */
    CHECK_EQ(nw_signals_next(both), SIGUSR1);
    CHECK_EQ(nw_signals_next(one), SIGUSR1);
    CHECK_EQ(nw_timeout(NW_MS(1), next_signal, both), -ETIMEDOUT);
    nw_task *waiter = nw_spawn(next_signal, both), *left_out = nw_spawn(next_signal, one);
    yield_all();
    CHECK_EQ(nw_signals_next(both), -EINVAL); /* one waits already */
    CHECK_EQ(pthread_create(&thread, NULL, send_from_thread, NULL), 0);
    CHECK_EQ(nw_await(waiter), SIGUSR2);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(nw_done(left_out), false);
    nw_cancel(left_out);
    CHECK_EQ(nw_await(left_out), -ECANCELED);
}

static int first(void *arg)
{
    nw_signals *both, *one, *sigint;
    struct sigaction action;

    (void)arg;
    CHECK_EQ(nw_signals_open(user_signals, 2, &both), 0);
    CHECK_EQ(nw_signals_open(only_first, 1, &one), 0);
    wait_for_kept_and_new(both, one);
    nw_signals_close(one);
    CHECK_SYS(kill(getpid(), SIGUSR1)); /* still open in the other */
    CHECK_EQ(nw_signals_next(both), SIGUSR1);
    nw_signals_close(both);
    CHECK_SYS(sigaction(SIGUSR1, NULL, &action));
    CHECK(action.sa_handler == SIG_DFL);

    CHECK_EQ(nw_signals_open(interrupt, 1, &sigint), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_SYS(kill(getpid(), SIGINT));
        CHECK_EQ(nw_signals_next(sigint), SIGINT);
        CHECK_EQ(nw_yield(), 0);
    }
    nw_signals_close(sigint);
    CHECK_SYS(kill(getpid(), SIGINT)); /* and now it does */
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return 6;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 6);
    return 0;
}
