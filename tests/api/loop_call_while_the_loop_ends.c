/* SPDX-License-Identifier: MIT */
/*
 * Threads call into a loop that ends meanwhile: each call is either accepted, and then it runs before nw_run
 * returns, or refused with NW_ESHUTDOWN. The loop's memory must outlive the threads' knowledge of it, so a
 * deferred call keeps the run from ending until they have seen the refusal.
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 4

static nw_loop *loop;
static atomic_int accepted, refused;
static atomic_int ran;
static pthread_t threads[THREADS];

static int arrive(void *arg)
{
    (void)arg;
    atomic_fetch_add(&ran, 1);
    return nw_yield();
}

static void *call_until_refused(void *arg)
{
    int rc;

    (void)arg;
    while ((rc = nw_loop_call(loop, arrive, NULL)) == 0) {
        atomic_fetch_add(&accepted, 1);
        while (atomic_load(&accepted) - atomic_load(&ran) > 1000)
            sched_yield(); /* calls are not bounded: whoever makes them must be */
    }
    CHECK_EQ(rc, NW_ESHUTDOWN);
    atomic_fetch_add(&refused, 1);
    return NULL;
}

static void wait_for_refusals(void *arg)
{
    (void)arg;
    while (atomic_load(&refused) < THREADS)
        CHECK_EQ(nw_yield(), 0);
}

static int hold_up_the_end(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(wait_for_refusals, NULL), 0);
    return nw_sleep(NW_FOREVER);
}

static int first(void *arg)
{
    (void)arg;
    loop = nw_loop_current();
    nw_detach(nw_spawn(hold_up_the_end, NULL));
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, call_until_refused, NULL), 0);
    while (atomic_load(&ran) < 100)
        CHECK_EQ(nw_yield(), 0);
    return 0;
}

int main(void)
{
    for (int round = 0; round < scaled(50); round++) {
        atomic_store(&accepted, 0);
        atomic_store(&refused, 0);
        atomic_store(&ran, 0);
        CHECK_EQ(nw_run(first, NULL), 0);
        for (int i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(atomic_load(&ran), atomic_load(&accepted));
    }
    return 0;
}
