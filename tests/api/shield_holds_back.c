/* SPDX-License-Identifier: MIT */
/* In a shield waits go on in spite of cancellation and of outer deadlines; after it they do not. Shields
 * nest. */
#include "../support/runtime.h"

static nw_event inside, go_on;

static int shielded(void *arg)
{
    nw_shield outer, inner;

    (void)arg;
    nw_shield_begin(&outer);
    nw_event_set(&inside);
    CHECK_EQ(nw_event_wait(&go_on), 0); /* cancelled in here */
    CHECK_EQ(nw_interrupted(), 0);
    nw_shield_begin(&inner);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    nw_shield_end(&inner);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0); /* the outer one still holds */
    CHECK_EQ(nw_await(nw_spawn(task_return_zero, NULL)), 0);
    nw_shield_end(&outer);
    CHECK_EQ(nw_interrupted(), -ECANCELED);
    CHECK_EQ(nw_yield(), -ECANCELED);
    return 0;
}

static int shielded_from_deadline(void)
{
    nw_deadline outer, inner;
    nw_shield shield;

    nw_deadline_begin(&outer, NW_MS(1));
    nw_shield_begin(&shield);
    CHECK_EQ(nw_sleep(NW_MS(5)), 0);
    nw_deadline_begin(&inner, NW_MS(1)); /* one begun inside counts */
    CHECK_EQ(nw_sleep(NW_FOREVER), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&inner), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
    nw_shield_end(&shield);
    CHECK_EQ(nw_yield(), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&outer), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    nw_event_init(&inside);
    nw_event_init(&go_on);
    nw_task *task = nw_spawn(shielded, NULL);
    CHECK_EQ(nw_event_wait(&inside), 0);
    nw_cancel(task);
    yield_all();
    CHECK_EQ(nw_done(task), false);
    nw_event_set(&go_on);
    CHECK_EQ(nw_await(task), 0);
    nw_event_finish(&inside);
    nw_event_finish(&go_on);
    return shielded_from_deadline();
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
