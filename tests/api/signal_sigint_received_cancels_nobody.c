/* SPDX-License-Identifier: MIT */
/*
 * While a task receives SIGINT, it does not cancel the first task, however often it comes; afterwards it does
 * again.
 *
 * ctest: no-tsan (what comes while a task runs, TSan keeps for that task's fiber, and not for the thread)
 */
#include <nowait.h>
#include <signal.h>

#include "check.h"

static int first_task(void *arg)
{
    const int number = SIGINT;
    nw_signals *signals;

    (void)arg;
    CHECK_EQ(nw_signals_open(&number, 1, &signals), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(raise(SIGINT), 0);
        CHECK_EQ(nw_signals_next(signals), SIGINT);
        CHECK_EQ(nw_yield(), 0);
    }
    nw_signals_close(signals);
    CHECK_EQ(nw_interrupted(), 0);
    CHECK_EQ(raise(SIGINT), 0);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return 7;
}

int main(void)
{
    CHECK_EQ(nw_run(first_task, NULL), 7);
    return 0;
}
