/* SPDX-License-Identifier: MIT */
/*
 * What a storm of tasks leaves behind goes back to the kernel, also when nothing else ever happens in the
 * loop.
 */
#include <check.h>
#include <nowait.h>

#include "loop/loop.h"

#define TASKS 1000

static int wait_for_the_rest(void *arg)
{
    return nw_event_wait(arg);
}

static int storm_and_silence(void *arg)
{
    static nw_task *tasks[TASKS];
    nw_event started;

    (void)arg;
    nw_event_init(&started);
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = nw_spawn(wait_for_the_rest, &started);
        CHECK(tasks[i]);
    }
    nw_event_set(&started);
    CHECK_EQ(nw_gather(tasks, TASKS), 0);
    nw_event_finish(&started);
    CHECK(nw__loop_current->stacks.warm_count >= TASKS);
    CHECK_EQ(nw_sleep(4 * NW__TRIM_NS), 0);
    CHECK(nw__loop_current->stacks.warm_count <= NW__STACKS_WARM_MIN);
    CHECK(nw__loop_current->stacks.mapped_bytes < TASKS / 2 * NW__STACK_BYTES_DEFAULT);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(storm_and_silence, NULL), 0);
    return 0;
}
