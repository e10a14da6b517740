/* SPDX-License-Identifier: MIT */
/*
 * Members may spawn into their own group, also while its owner already finishes; at the limit they wait for a
 * place, and when all members wait for one, cancelling the owner frees them.
 */
#include "../support/runtime.h"

static nw_group group;
static int members;

static int grow(void *arg)
{
    int depth = *(int *)arg, next = depth + 1;

    members++;
    if (depth < 10) {
        CHECK_EQ(nw_yield(), 0);
        int *more = malloc(2 * sizeof *more);
        CHECK(more);
        more[0] = more[1] = next;
        CHECK_EQ(nw_group_spawn(&group, grow, &more[0]), 0);
        CHECK_EQ(nw_group_spawn(&group, grow, &more[1]), 0);
        CHECK_EQ(nw_defer(free, more), 0);
        while (members < (2 << next) - 1) /* the children have read theirs */
            CHECK_EQ(nw_yield(), 0);
    }
    return 0;
}

static int want_another(void *arg)
{
    return nw_group_spawn(&group, want_another, arg);
}

static int stuck(void *arg)
{
    nw_group_init(&group, 2);
    CHECK_EQ(nw_group_spawn(&group, want_another, arg), 0);
    CHECK_EQ(nw_group_spawn(&group, want_another, arg), 0);
    return nw_group_finish(&group);
}

static int first(void *arg)
{
    int zero = 0;

    (void)arg;
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, grow, &zero), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(members, 2047);
    CHECK_EQ(nw_timeout(NW_MS(5), stuck, NULL), -ETIMEDOUT);
    nw_task *task = nw_spawn(stuck, NULL);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
