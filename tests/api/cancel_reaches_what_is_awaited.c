/* SPDX-License-Identifier: MIT */
/*
 * Cancelling a task that awaits another cancels that one too, and joins it before the await returns:
 * what was borrowed from the caller's stack is free again.
 */
#include "../support/runtime.h"

static int borrow(void *arg)
{
    int *borrowed = arg;
    nw_shield shield;

    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    nw_shield_begin(&shield);
    CHECK_EQ(nw_sleep(NW_MS(2)), 0);
    nw_shield_end(&shield);
    *borrowed = 1;
    return -ECANCELED;
}

static int lend(void *arg)
{
    int borrowed = 0;
    nw_task *task = nw_spawn(borrow, &borrowed);

    (void)arg;
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(borrowed, 1);
    return borrowed;
}

static int lend_to_many(void *arg)
{
    int borrowed[20] = {0};
    nw_task *tasks[20];

    (void)arg;
    for (int i = 0; i < 20; i++)
        tasks[i] = nw_spawn(borrow, &borrowed[i]);
    CHECK_EQ(nw_gather(tasks, 20), -ECANCELED);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(borrowed[i], 1);
    return 1;
}

static int cancel_while_waiting(nw_task_fn *fn)
{
    nw_task *task = nw_spawn(fn, NULL);

    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_done(task), false); /* cancelling does not wait */
    return nw_await(task);
}

static int first(void *arg)
{
    (void)arg;
    CHECK_EQ(cancel_while_waiting(lend), 1);
    CHECK_EQ(cancel_while_waiting(lend_to_many), 1);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
