/* SPDX-License-Identifier: MIT */
/* nw_each calls the function once for each item, in order of start, with no more than `limit` at a time. */
#include "../support/runtime.h"

static int running, most, next;

static int visit(void *arg)
{
    int *item = arg;

    CHECK_EQ(*item, next); /* taken in order */
    next++;
    if (++running > most)
        most = running;
    for (int i = *item % 5; i >= 0; i--)
        CHECK_EQ(nw_yield(), 0);
    running--;
    *item = -*item;
    return 1;
}

static void each_with(size_t limit, int expected_most)
{
    enum { COUNT = 1000 };
    static int items[COUNT];

    for (int i = 0; i < COUNT; i++)
        items[i] = i;
    running = most = next = 0;
    CHECK_EQ(nw_each(items, COUNT, sizeof items[0], limit, visit), 0);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(items[i], -i);
    CHECK_EQ(most, expected_most);
    CHECK_EQ(tasks_alive(), 1);
}

static int first(void *arg)
{
    (void)arg;
    each_with(1, 1);
    each_with(7, 7);
    each_with(1000, 1000);
    each_with(5000, 1000);
    each_with(0, 1000);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
