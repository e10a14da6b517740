/* SPDX-License-Identifier: MIT */
/* Setting an event wakes all who wait; it stays up until it is cleared; setting it twice does no more. */
#include "../support/runtime.h"

static nw_event event;
static int woken;

static int wait_for_it(void *arg)
{
    int rc = nw_event_wait(&event);

    (void)arg;
    woken += rc == 0;
    return rc;
}

static int first(void *arg)
{
    nw_task *tasks[20];

    (void)arg;
    nw_event_init(&event);
    CHECK_EQ(nw_event_is_set(&event), false);
    CHECK_EQ(nw_event_try_wait(&event), -EAGAIN);
    for (int i = 0; i < 20; i++)
        tasks[i] = nw_spawn(wait_for_it, NULL);
    yield_all();
    nw_cancel(tasks[7]);
    nw_event_set(&event);
    nw_event_set(&event);
    nw_event_clear(&event); /* who waited when it was set is woken all the same */
    CHECK_EQ(nw_await(tasks[7]), -ECANCELED);
    tasks[7] = nw_spawn(task_return_zero, NULL);
    CHECK_EQ(nw_gather(tasks, 20), 0);
    CHECK_EQ(woken, 19);
    nw_task *late = nw_spawn(wait_for_it, NULL);
    yield_all();
    CHECK_EQ(nw_done(late), false);
    nw_event_set(&event);
    CHECK_EQ(nw_await(late), 0);
    CHECK_EQ(nw_event_wait(&event), 0);
    CHECK_EQ(nw_event_is_set(&event), true);
    CHECK_EQ(nw_timeout(NW_MS(1), wait_for_it, NULL), 0);
    nw_event_clear(&event);
    CHECK_EQ(nw_timeout(NW_MS(1), wait_for_it, NULL), -ETIMEDOUT);
    nw_event_finish(&event);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
