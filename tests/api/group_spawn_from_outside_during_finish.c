/* SPDX-License-Identifier: MIT */
/* A task outside of a group may fill it again after its last member has ended and before its owner has run:
 * the owner goes on waiting. */
#include "../support/runtime.h"

static nw_group group;
static bool ended;

static int end_at_once(void *arg)
{
    (void)arg;
    return 0;
}

static int end_later(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        CHECK_EQ(nw_yield(), 0);
    ended = true;
    return 0;
}

static int spawn_into_it(void *arg)
{
    (void)arg;
    return nw_group_spawn(&group, end_later, NULL);
}

static int first(void *arg)
{
    (void)arg;
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, end_at_once, NULL), 0);
    nw_task *outsider = nw_spawn(spawn_into_it, NULL); /* runs right after the only member has ended */
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK(ended);
    CHECK_EQ(nw_await(outsider), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
