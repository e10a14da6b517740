/* SPDX-License-Identifier: MIT */
/*
 * A call that is still queued when it is cancelled, or its deadline passes, is never made. One that runs
 * cannot be stopped: the call returns when it has ended, with its result.
 */
#include "../support/runtime.h"
#include <semaphore.h>
#include <stdatomic.h>

static sem_t begun, go_on;
static atomic_int calls;

static int block(void *arg)
{
    sem_post(&begun);
    while (sem_wait(&go_on) < 0)
        ;
    *(int *)arg = 1; /* the caller's memory is still there */
    return 99;
}

static int count(void *arg)
{
    (void)arg;
    return atomic_fetch_add(&calls, 1);
}

static int call_block(void *arg)
{
    int touched = 0;
    int rc = nw_to_thread(block, &touched);

    (void)arg;
    CHECK_EQ(touched, 1);
    CHECK_EQ(nw_yield(), -ECANCELED);
    return rc;
}

static int call_count(void *arg)
{
    return nw_to_thread(count, arg);
}

static int call_count_in_time(void *arg)
{
    return nw_timeout(NW_MS(1), call_count, arg);
}

static int first(void *arg)
{
    nw_task *queued[100];

    (void)arg;
    nw_task *running = nw_spawn(call_block, NULL);
    CHECK_EQ(nw_yield(), 0);
    while (sem_trywait(&begun) < 0)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    for (int i = 0; i < 100; i++)
        queued[i] = nw_spawn(i % 2 ? call_count : call_count_in_time, NULL);
    yield_all();
    for (int i = 1; i < 100; i += 2)
        nw_cancel(queued[i]);
    nw_cancel(running);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(nw_await(queued[i]), i % 2 ? -ECANCELED : -ETIMEDOUT);
    CHECK_EQ(nw_done(running), false);
    sem_post(&go_on);
    CHECK_EQ(nw_await(running), 99);
    CHECK_EQ(nw_to_thread(count, NULL), 0); /* the first that was made; the thread still works */
    CHECK_EQ(atomic_load(&calls), 1);
    return 0;
}

int main(void)
{
    CHECK_SYS(sem_init(&begun, 0, 0));
    CHECK_SYS(sem_init(&go_on, 0, 0));
    CHECK_EQ(nw_run_with(&(nw_run_options){.pool_threads = 1}, first, NULL), 0);
    return 0;
}
