/* SPDX-License-Identifier: MIT */
/*
 * A spawner that waits for a place gives up its turn when it is cancelled or runs out of time, and is told
 * when the group fails meanwhile; its task is never started, no place is lost.
 */
#include "../support/runtime.h"

static nw_group group;
static nw_event go_on;
static int calls;

static int hold_place(void *arg)
{
    int rc = nw_event_wait(&go_on);

    return rc < 0 ? rc : *(int *)arg;
}

static int spawn_one(void *arg)
{
    (void)arg;
    return nw_group_spawn(&group, task_count, &calls);
}

static int spawn_in_time(void *arg)
{
    return nw_timeout(NW_MS(1), spawn_one, arg);
}

static void give_up_turns(void)
{
    int zero = 0;

    nw_group_init(&group, 1);
    CHECK_EQ(nw_group_spawn(&group, hold_place, &zero), 0);
    nw_task *late = nw_spawn(spawn_in_time, NULL);
    nw_task *cancelled = nw_spawn(spawn_one, NULL), *lucky = nw_spawn(spawn_one, NULL);
    yield_all();
    nw_cancel(cancelled);
    CHECK_EQ(nw_await(cancelled), -ECANCELED);
    CHECK_EQ(nw_await(late), -ETIMEDOUT);
    CHECK_EQ(nw_done(lucky), false);
    CHECK_EQ(calls, 0);
    nw_event_set(&go_on);
    CHECK_EQ(nw_await(lucky), 0);
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(calls, 2);
}

static void fail_meanwhile(void)
{
    int failure = -EPROTO;
    nw_task *tasks[5];

    calls = 0;
    nw_event_clear(&go_on);
    nw_group_init(&group, 1);
    CHECK_EQ(nw_group_spawn(&group, hold_place, &failure), 0);
    for (int i = 0; i < 5; i++)
        tasks[i] = nw_spawn(spawn_one, NULL);
    yield_all();
    nw_event_set(&go_on);
    CHECK_EQ(nw_gather(tasks, 5), -ECANCELED);
    CHECK_EQ(nw_group_finish(&group), -EPROTO);
    CHECK_EQ(calls, 0);
}

static int first(void *arg)
{
    (void)arg;
    nw_event_init(&go_on);
    give_up_turns();
    fail_meanwhile();
    nw_event_finish(&go_on);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
