/* SPDX-License-Identifier: MIT */
/* nw_group_cancel ends all members; so does cancelling the owner, or its deadline, while it finishes. */
#include "../support/runtime.h"

static int ended;

static int member(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    ended++;
    return -ECANCELED;
}

static void begin(nw_group *group)
{
    ended = 0;
    nw_group_init(group, 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(nw_group_spawn(group, member, NULL), 0);
}

static int own_group(void *arg)
{
    nw_group group;

    (void)arg;
    begin(&group);
    int rc = nw_group_finish(&group);
    CHECK_EQ(ended, 5);
    return rc;
}

static int first(void *arg)
{
    nw_group group;
    int calls = 0;

    (void)arg;
    begin(&group);
    nw_group_cancel(&group);
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), -ECANCELED);
    CHECK_EQ(nw_group_finish(&group), -ECANCELED);
    CHECK_EQ(ended, 5);
    CHECK_EQ(calls, 0);

    nw_task *task = nw_spawn(own_group, NULL);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(ended, 5);

    CHECK_EQ(nw_timeout(NW_MS(1), own_group, NULL), -ETIMEDOUT);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
