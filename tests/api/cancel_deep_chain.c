/* SPDX-License-Identifier: MIT */
/* A chain of 100,000 tasks, each awaiting the next, is cancelled at its head and ends to the last link. */
/* ctest: no-qemu */
#include "../support/runtime.h"

static int depth, reached, unwound;

static int link_of_chain(void *arg)
{
    int rc;

    (void)arg;
    if (++reached == depth)
        rc = nw_sleep(NW_FOREVER);
    else
        rc = nw_await(nw_spawn(link_of_chain, NULL));
    CHECK_EQ(rc, -ECANCELED);
    unwound++;
    return rc;
}

static int nest_in_shutdown(void *arg)
{
    (void)arg;
    reached = unwound = 0;
    nw_detach(nw_spawn(link_of_chain, NULL));
    while (reached < depth)
        CHECK_EQ(nw_yield(), 0);
    return 0; /* the chain is left over */
}

static int first(void *arg)
{
    nw_task *head = nw_spawn(link_of_chain, NULL);

    (void)arg;
    while (reached < depth)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(tasks_alive(), (uint64_t)depth + 1);
    nw_cancel(head);
    CHECK_EQ(nw_await(head), -ECANCELED);
    CHECK_EQ(unwound, depth);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    depth = tasks_at_once(scaled(100000));
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(nw_run(nest_in_shutdown, NULL), 0);
    CHECK_EQ(unwound, depth);
    return 0;
}
