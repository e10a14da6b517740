/* SPDX-License-Identifier: MIT */
/* A task that is awaited in a shield is not cancelled with its awaiter. */
#include "../support/runtime.h"

static nw_event go_on;

static int precious(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_event_wait(&go_on), 0);
    return 21;
}

static int guard(void *arg)
{
    nw_shield shield;

    (void)arg;
    nw_shield_begin(&shield);
    CHECK_EQ(nw_await(nw_spawn(precious, NULL)), 21);
    nw_shield_end(&shield);
    return nw_yield();
}

static int first(void *arg)
{
    (void)arg;
    nw_event_init(&go_on);
    nw_task *task = nw_spawn(guard, NULL);
    yield_all();
    nw_cancel(task);
    yield_all();
    nw_event_set(&go_on);
    CHECK_EQ(nw_await(task), -ECANCELED);
    nw_event_finish(&go_on);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
