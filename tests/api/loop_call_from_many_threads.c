/* SPDX-License-Identifier: MIT */
/*
 * 8 threads call into one loop 10,000 times each while it works: every call runs once, on the loop's thread.
 * ctest: no-qemu
 */
#include "../support/runtime.h"
#include <pthread.h>

#define THREADS 8

static nw_loop *loop;
static pthread_t loop_thread;
static int per_thread, arrived[THREADS], total;
static nw_event all_arrived;

struct message {
    int thread, number;
};

static int arrive(void *arg)
{
    struct message *message = arg;

    CHECK(pthread_equal(pthread_self(), loop_thread));
    CHECK_EQ(message->number, arrived[message->thread]); /* in order */
    arrived[message->thread]++;
    free(message);
    if (++total == THREADS * per_thread)
        nw_event_set(&all_arrived);
    return 0;
}

static void *call_all(void *arg)
{
    for (int i = 0; i < per_thread; i++) {
        struct message *message = malloc(sizeof *message);
        CHECK(message);
        *message = (struct message){*(int *)arg, i};
        CHECK_EQ(nw_loop_call(loop, arrive, message), 0);
    }
    return NULL;
}

static int keep_busy(void *arg)
{
    (void)arg;
    while (nw_yield() == 0)
        ;
    return 0;
}

static int first(void *arg)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    (void)arg;
    loop = nw_loop_current();
    nw_event_init(&all_arrived);
    nw_task *busy = nw_spawn(keep_busy, NULL);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, call_all, &numbers[i]), 0);
    }
    CHECK_EQ(nw_event_wait(&all_arrived), 0);
    nw_cancel(busy);
    CHECK_EQ(nw_await(busy), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(total, THREADS * per_thread);
    nw_event_finish(&all_arrived);
    return 0;
}

int main(void)
{
    per_thread = scaled(10000);
    loop_thread = pthread_self();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
