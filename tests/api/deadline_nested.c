/* SPDX-License-Identifier: MIT */
/* Of nested deadlines the earlier one ends the waits; the later outer one goes on counting after it. */
#include "../support/runtime.h"

static void inner_is_earlier(void)
{
    nw_deadline outer, inner;

    nw_deadline_begin(&outer, NW_SEC(60));
    nw_deadline_begin(&inner, NW_MS(2));
    CHECK_EQ(nw_sleep(NW_SEC(30)), -ETIMEDOUT);
    CHECK_EQ(nw_sleep(NW_SEC(30)), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&inner), -ETIMEDOUT);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_deadline_end(&outer), 0);
}

static void outer_is_earlier(void)
{
    nw_deadline outer, inner;

    nw_deadline_begin(&outer, NW_MS(2));
    nw_deadline_begin(&inner, NW_SEC(60));
    CHECK_EQ(nw_sleep(NW_SEC(30)), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&inner), 0); /* this one has not passed */
    CHECK_EQ(nw_interrupted(), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&outer), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
}

static void a_hundred_deep(void)
{
    nw_deadline deadlines[100];

    for (int i = 0; i < 100; i++)
        nw_deadline_begin(&deadlines[i], i == 50 ? NW_MS(1) : NW_SEC(60));
    CHECK_EQ(nw_sleep(NW_FOREVER), -ETIMEDOUT);
    for (int i = 99; i > 50; i--) {
        CHECK_EQ(nw_deadline_end(&deadlines[i]), 0);
        CHECK_EQ(nw_interrupted(), -ETIMEDOUT);
    }
    CHECK_EQ(nw_deadline_end(&deadlines[50]), -ETIMEDOUT);
    for (int i = 49; i >= 0; i--) {
        CHECK_EQ(nw_interrupted(), 0);
        CHECK_EQ(nw_deadline_end(&deadlines[i]), 0);
    }
}

static int cancelled_in_deadline(void *arg)
{
    nw_deadline deadline;

    (void)arg;
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_sleep(NW_FOREVER), -ETIMEDOUT);
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED); /* which is for good, and so the stronger */
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    return nw_yield();
}

static int first(void *arg)
{
    (void)arg;
    inner_is_earlier();
    outer_is_earlier();
    a_hundred_deep();
    CHECK_EQ(nw_await(nw_spawn(cancelled_in_deadline, NULL)), -ECANCELED);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
