/* SPDX-License-Identifier: MIT */
/* Cancelling before the first run, twice, after the end, and oneself: each does what one expects. */
#include "../support/runtime.h"

static int runs;

static int never_waited(void *arg)
{
    (void)arg;
    runs++;
    CHECK_EQ(nw_interrupted(), -ECANCELED);
    return nw_sleep(NW_FOREVER);
}

static int cancel_myself(void *arg)
{
    (void)arg;
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_interrupted(), -ECANCELED);
    CHECK_EQ(nw_yield(), -ECANCELED);
    return 3;
}

static int first(void *arg)
{
    int nine = 9;

    (void)arg;
    nw_task *task = nw_spawn(never_waited, NULL);
    nw_cancel(task);
    nw_cancel(task);
    CHECK_EQ(runs, 0);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(runs, 1); /* it ran: its clean-up must have a chance */

    task = nw_spawn(task_return_number, &nine);
    yield_all();
    CHECK_EQ(nw_done(task), true);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 9);

    CHECK_EQ(nw_await(nw_spawn(cancel_myself, NULL)), 3);
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_sleep(1), -ECANCELED);
    return 4;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 4);
    return 0;
}
