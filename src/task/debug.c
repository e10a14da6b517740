/* SPDX-License-Identifier: MIT */
/*
 * Looking in from outside: counters and the list of tasks. Owns nothing, changes nothing.
 */
#include <errno.h>
#include <nowait/debug.h>

#include "task/task.h"

int nw_stats(nw_loop *loop, nw_counters *counters_out)
{
    if (!counters_out)
        return -EINVAL;
    if (!loop)
        loop = nw__loop_current;
    if (!loop)
        return NW_ENOTASK;
    const struct nw__tasks *tasks = nw__loop_tasks(loop);
    *counters_out = (nw_counters){
        .tasks_alive = tasks->alive_count,
        .tasks_spawned = tasks->spawned,
        .switches = nw__loop_switches(loop),
        .turns = loop->turns,
        .ops_inline = loop->ops_inline,
        .ops_submitted = loop->backend->ops_submitted,
        .ops_pool = loop->backend->ops_pool,
        .timers_set = loop->timers_set,
    };
    return 0;
}

static const char *state_of(const nw_loop *loop, const nw_task *task)
{
    if (loop->running == &task->fiber)
        return "running";
    return task->wait && !task->wait->woken ? task->wait->what : "ready";
}

void nw_dump_tasks(FILE *file)
{
    nw_loop *loop = nw__loop_current;

    if (!loop || !file)
        return;
    nw__list_each (link, &nw__loop_tasks(loop)->alive) {
        const nw_task *task = nw__container(link, nw_task, in_loop);
        fprintf(file, "task %p %-20s function %p  %s%s\n", (const void *)task, task->name,
                (void *)(uintptr_t)task->fn, state_of(loop, task), task->cancelled ? ", cancelled" : "");
    }
}
