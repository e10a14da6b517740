/* SPDX-License-Identifier: MIT */
/* Groups in groups: a failure deep down ends its own group only, unless its owner passes it on. */
#include "../support/runtime.h"

static int joined;

static int wait_for_the_end(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    joined++;
    return -ECANCELED;
}

static int fail(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_yield(), 0);
    return -EBADMSG;
}

static int inner(void *arg)
{
    bool swallow = *(bool *)arg;
    nw_group group;

    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, wait_for_the_end, NULL), 0);
    CHECK_EQ(nw_group_spawn(&group, fail, NULL), 0);
    int rc = nw_group_finish(&group);
    CHECK_EQ(rc, -EBADMSG);
    return swallow ? 0 : rc;
}

static int inner_innocent(void *arg)
{
    nw_group group;

    (void)arg;
    nw_group_init(&group, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_group_spawn(&group, wait_for_the_end, NULL), 0);
    CHECK_EQ(nw_group_finish(&group), -ECANCELED);
    return -ECANCELED;
}

static int first(void *arg)
{
    bool yes = true, no = false;
    nw_group group;

    (void)arg;
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, inner, &yes), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(joined, 1);

    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, inner_innocent, NULL), 0);
    CHECK_EQ(nw_group_spawn(&group, inner, &no), 0);
    CHECK_EQ(nw_group_finish(&group), -EBADMSG);
    CHECK_EQ(joined, 5);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
