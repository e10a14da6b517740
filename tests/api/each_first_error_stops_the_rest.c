/* SPDX-License-Identifier: MIT */
/* The first error of nw_each is its result; items not begun by then are never begun; the others are joined.
 */
#include "../support/runtime.h"

static int calls, ended;

static int fail_at_ten(void *arg)
{
    calls++;
    if (*(int *)arg == 10)
        return -EDOM;
    (void)nw_yield();
    ended++;
    return 0; /* also when it was cancelled */
}

static int cancel_whole(void *arg)
{
    int items[100] = {0};

    (void)arg;
    return nw_each(items, 100, sizeof items[0], 4, fail_at_ten);
}

static int first(void *arg)
{
    int items[1000];

    (void)arg;
    for (int i = 0; i < 1000; i++)
        items[i] = i;
    CHECK_EQ(nw_each(items, 1000, sizeof items[0], 4, fail_at_ten), -EDOM);
    CHECK(calls <= 14);
    CHECK_EQ(ended, calls - 1);

    calls = 0;
    nw_task *task = nw_spawn(cancel_whole, NULL);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(calls, 0);

    task = nw_spawn(cancel_whole, NULL);
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_yield(), 0);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED); /* items were left out: that is no success */
    CHECK(calls <= 16);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
