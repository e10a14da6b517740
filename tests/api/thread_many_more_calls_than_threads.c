/* SPDX-License-Identifier: MIT */
/* 10,000 calls at once on 3 threads: each is made once, off the loop's thread, at most 3 at a time. */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>

#define THREADS 3

static pthread_t loop_thread;
static atomic_int running, most;

static int square(void *arg)
{
    int now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);

    CHECK(!pthread_equal(pthread_self(), loop_thread));
    CHECK(!nw_task_self());
    CHECK_EQ(nw_yield(), NW_ENOTASK);
    while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
        ;
    int result = *(int *)arg * *(int *)arg;
    atomic_fetch_sub(&running, 1);
    return result;
}

static int call_square(void *arg)
{
    int rc = nw_to_thread(square, arg);

    CHECK(pthread_equal(pthread_self(), loop_thread));
    return rc;
}

static int first(void *arg)
{
    int count = scaled(10000);
    int *numbers = calloc((size_t)count, sizeof *numbers);
    nw_task **tasks = calloc((size_t)count, sizeof *tasks);

    (void)arg;
    CHECK(numbers && tasks);
    for (int i = 0; i < count; i++) {
        numbers[i] = i;
        tasks[i] = nw_spawn(call_square, &numbers[i]);
    }
    for (int i = 0; i < count; i++)
        CHECK_EQ(nw_await(tasks[i]), i * i);
    CHECK(atomic_load(&most) <= THREADS);
    free(tasks);
    free(numbers);
    return 0;
}

int main(void)
{
    loop_thread = pthread_self();
    CHECK_EQ(nw_run_with(&(nw_run_options){.pool_threads = THREADS}, first, NULL), 0);
    return 0;
}
