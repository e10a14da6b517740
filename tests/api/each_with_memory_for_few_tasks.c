/* SPDX-License-Identifier: MIT */
/* ctest: no-sanitizer no-valgrind no-qemu */
/* Where memory is out for as many tasks as there are items, those that there are handle all of them. */
#include "../support/runtime.h"

#include <sys/resource.h>

#define ITEMS 100000

static int items[ITEMS];

static int mark(void *arg)
{
    ++*(int *)arg;
    return nw_yield();
}

static int first(void *arg)
{
    struct rlimit limit, before;

    (void)arg;
    CHECK_SYS(getrlimit(RLIMIT_AS, &before));
    limit = before;
    limit.rlim_cur = (rlim_t)2 << 30; /* 100,000 stacks are 24 GiB of addresses */
    CHECK_SYS(setrlimit(RLIMIT_AS, &limit));
    CHECK_EQ(nw_each(items, ITEMS, sizeof items[0], 0, mark), 0);
    CHECK_SYS(setrlimit(RLIMIT_AS, &before));
    for (int i = 0; i < ITEMS; i++)
        CHECK_EQ(items[i], 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
