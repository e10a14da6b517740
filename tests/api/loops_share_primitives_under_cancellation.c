/* SPDX-License-Identifier: MIT */
/*
 * Tasks of four loops lock, count and wait on shared primitives while being cancelled at random: the mutex
 * excludes, the semaphore keeps its count, nobody is forgotten in a queue.
 */
#include "../support/runtime.h"
#include <stdatomic.h>

#define LOOPS 4

static nw_mutex mutex;
static nw_semaphore semaphore;
static nw_event over;
static atomic_int inside, in_semaphore, loops_done;
static int rounds, guarded;

static int work(void *arg)
{
    int rc = nw_mutex_lock(&mutex);

    (void)arg;
    if (rc == 0) {
        CHECK_EQ(atomic_fetch_add(&inside, 1), 0);
        guarded++;
        (void)nw_yield(); /* cancelled perhaps; the lock is held all the same */
        CHECK_EQ(atomic_fetch_sub(&inside, 1), 1);
        nw_mutex_unlock(&mutex);
    }
    rc = nw_semaphore_wait(&semaphore);
    if (rc == 0) {
        CHECK(atomic_fetch_add(&in_semaphore, 1) < 3);
        (void)nw_yield();
        atomic_fetch_sub(&in_semaphore, 1);
        nw_semaphore_post(&semaphore);
    }
    return 0;
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static int churn(void *arg)
{
    enum { TASKS = 16 };
    nw_task *tasks[TASKS];
    unsigned state = *(unsigned *)arg;

    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < TASKS; i++)
            tasks[i] = nw_spawn(work, NULL);
        for (int i = 0; i < TASKS; i++) {
            if (next_random(&state) % 3 == 0)
                CHECK_EQ(nw_yield(), 0);
            if (next_random(&state) % 2)
                nw_cancel(tasks[next_random(&state) % TASKS]);
        }
        CHECK_EQ(nw_gather(tasks, TASKS), 0);
    }
    if (atomic_fetch_add(&loops_done, 1) == LOOPS - 1)
        nw_event_set(&over);
    return 0;
}

static int first(void *arg)
{
    unsigned seeds[LOOPS];

    (void)arg;
    nw_mutex_init(&mutex);
    nw_semaphore_init(&semaphore, 3);
    nw_event_init(&over);
    for (unsigned i = 0; i < LOOPS; i++) {
        seeds[i] = random_below(1u << 30);
        CHECK_EQ(nw_loop_call(nw_loop_at(i), churn, &seeds[i]), 0);
    }
    CHECK_EQ(nw_event_wait(&over), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), -EAGAIN);
    CHECK_EQ(nw_mutex_try_lock(&mutex), 0);
    nw_mutex_unlock(&mutex);
    CHECK(guarded > 0);
    nw_event_finish(&over);
    nw_semaphore_finish(&semaphore);
    nw_mutex_finish(&mutex);
    return 0;
}

int main(void)
{
    random_seed();
    rounds = scaled(1000);
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = LOOPS}, first, NULL), 0);
    return 0;
}
