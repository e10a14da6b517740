/* SPDX-License-Identifier: MIT */
/*
 * A plain thread sets the event on which the run ends: the setter must be out of the event, and of the loop
 * it woke, before both are gone. Thousands of runs; a checker sees a touch of what is freed.
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>

static _Atomic(nw_event *) offered;
static atomic_bool over;

static void *set_what_is_offered(void *arg)
{
    (void)arg;
    while (!atomic_load(&over)) {
        nw_event *event = atomic_exchange(&offered, NULL);
        if (event)
            nw_event_set(event);
    }
    return NULL;
}

static int wait_once(void *arg)
{
    nw_event *event = malloc(sizeof *event);

    (void)arg;
    CHECK(event);
    nw_event_init(event);
    atomic_store(&offered, event);
    CHECK_EQ(nw_event_wait(event), 0);
    nw_event_finish(event);
    memset(event, 0xa5, sizeof *event);
    free(event);
    return 0;
}

int main(void)
{
    int rounds = scaled(10000);
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, set_what_is_offered, NULL), 0);
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_run(wait_once, NULL), 0);
    atomic_store(&over, true);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    return 0;
}
