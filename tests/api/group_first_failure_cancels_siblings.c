/* SPDX-License-Identifier: MIT */
/* The first failure in a group cancels the siblings; finish joins all of them and returns that failure. */
#include "../support/runtime.h"

static int cleaned;

static void clean_up(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_MS(2)), 0);
    cleaned++;
}

static int sibling(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(clean_up, NULL), 0);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return -ECANCELED;
}

static nw_event failed;

static int fail(void *arg)
{
    CHECK_EQ(nw_yield(), 0);
    nw_event_set(&failed);
    return *(int *)arg;
}

/* A failure that comes of the cancellation is not the first. */
static int fail_later(void *arg)
{
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return *(int *)arg;
}

static int first(void *arg)
{
    nw_group group;
    int io = -EIO, later = -ENOSPC, calls = 0;

    (void)arg;
    nw_event_init(&failed);
    nw_group_init(&group, 0);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(nw_group_spawn(&group, sibling, NULL), 0);
    CHECK_EQ(nw_group_spawn(&group, fail, &io), 0);
    CHECK_EQ(nw_group_spawn(&group, fail_later, &later), 0);
    CHECK_EQ(nw_event_wait(&failed), 0);
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), -ECANCELED); /* it has failed */
    CHECK_EQ(nw_group_finish(&group), -EIO);
    CHECK_EQ(cleaned, 10);
    CHECK_EQ(calls, 0);
    CHECK_EQ(tasks_alive(), 1);

    nw_group_init(&group, 0); /* the memory serves again */
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(calls, 1);
    nw_event_finish(&failed);
    return nw_interrupted(); /* the owner itself was never cancelled */
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
