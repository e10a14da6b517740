/* SPDX-License-Identifier: MIT */
/* A task is cancelled from another loop by a call into its own; what the call did is seen by the one who
 * waits. */
#include "../support/runtime.h"

struct victim {
    nw_task *task;
    nw_event begun, ended;
    int result;
};

static int keep_victim(void *arg)
{
    struct victim *victim = arg;

    victim->task = nw_spawn(task_sleep_forever, NULL);
    CHECK_EQ(nw_yield(), 0);
    nw_event_set(&victim->begun);
    victim->result = nw_await(victim->task);
    nw_event_set(&victim->ended);
    return 0;
}

static int cancel_victim(void *arg)
{
    nw_cancel(((struct victim *)arg)->task);
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    for (int round = 0; round < scaled(500); round++) {
        nw_loop *loop = nw_loop_at(1 + (unsigned)round % 2);
        struct victim victim = {0};
        nw_event_init(&victim.begun);
        nw_event_init(&victim.ended);
        CHECK_EQ(nw_loop_call(loop, keep_victim, &victim), 0);
        CHECK_EQ(nw_event_wait(&victim.begun), 0);
        CHECK_EQ(nw_loop_call(loop, cancel_victim, &victim), 0);
        CHECK_EQ(nw_event_wait(&victim.ended), 0);
        CHECK_EQ(victim.result, -ECANCELED);
        nw_event_finish(&victim.begun);
        nw_event_finish(&victim.ended);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 3}, first, NULL), 0);
    return 0;
}
