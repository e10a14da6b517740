/* SPDX-License-Identifier: MIT */
/*
 * What cannot be awaited or finished gives -EINVAL, or fails an assertion in builds that have them: a task
 * that was awaited, that somebody else awaits, oneself, a detached task, another loop's; somebody's group.
 */
#include "../support/runtime.h"

static bool seen_error;

static int await_myself(void *arg)
{
    (void)arg;
    seen_error = nw_await(nw_task_self()) == -EINVAL;
    return 0;
}

static bool oneself(void)
{
    return nw_run(await_myself, NULL) == 0 && seen_error;
}

static int await_detached(void *arg)
{
    nw_task *task = nw_spawn(task_return_zero, NULL);

    (void)arg;
    nw_detach(task);
    seen_error = nw_await(task) == -EINVAL;
    return 0;
}

static bool detached(void)
{
    return nw_run(await_detached, NULL) == 0 && seen_error;
}

static int await_one_twice(void *arg)
{
    nw_task *task = nw_spawn(task_return_zero, NULL);

    (void)arg;
    if (nw_await(task) == 0)
        seen_error = nw_await(task) == -EINVAL;
    return 0;
}

static bool twice(void)
{
    return nw_run(await_one_twice, NULL) == 0 && seen_error;
}

static int await_given(void *task)
{
    return nw_await(task);
}

static int await_by_two(void *arg)
{
    nw_task *sleeper = nw_spawn(task_sleep_forever, NULL);
    nw_task *one = nw_spawn(await_given, sleeper), *other = nw_spawn(await_given, sleeper);

    (void)arg;
    seen_error = nw_await(other) == -EINVAL;
    nw_cancel(sleeper);
    return nw_await(one) == -ECANCELED ? 0 : -1;
}

static bool by_two(void)
{
    return nw_run(await_by_two, NULL) == 0 && seen_error;
}

static int finish_given(void *group)
{
    return nw_group_finish(group);
}

static int finish_somebodys(void *arg)
{
    nw_group group;

    (void)arg;
    nw_group_init(&group, 0);
    nw_task *task = nw_spawn(finish_given, &group);
    seen_error = nw_await(task) == -EINVAL;
    return nw_group_finish(&group);
}

static bool somebodys_group(void)
{
    return nw_run(finish_somebodys, NULL) == 0 && seen_error;
}

struct foreign {
    nw_task *task;
    nw_event ready, over;
};

static int await_foreign(void *arg)
{
    struct foreign *foreign = arg;

    seen_error = nw_await(foreign->task) == -EINVAL;
    nw_event_set(&foreign->over);
    return 0;
}

static int offer_task(void *arg)
{
    struct foreign foreign = {.task = nw_spawn(task_sleep_forever, NULL)};
    int rc;

    (void)arg;
    nw_event_init(&foreign.over);
    rc = nw_loop_call(nw_loop_at(1), await_foreign, &foreign);
    if (rc == 0)
        rc = nw_event_wait(&foreign.over);
    return rc;
}

static bool of_another_loop(void)
{
    return nw_run_with(&(nw_run_options){.loops = 2}, offer_task, NULL) == 0 && seen_error;
}

static int end_deadlines_in_wrong_order(void *arg)
{
    nw_deadline outer, inner;

    (void)arg;
    nw_deadline_begin(&outer, NW_SEC(60));
    nw_deadline_begin(&inner, NW_SEC(60));
    seen_error = nw_deadline_end(&outer) == -EINVAL;
    return 0;
}

static bool deadlines_crossed(void)
{
    return nw_run(end_deadlines_in_wrong_order, NULL) == 0 && seen_error;
}

int main(void)
{
    check_mistake("oneself", oneself);
    check_mistake("detached", detached);
    check_mistake("twice", twice);
    check_mistake("by two", by_two);
    check_mistake("somebody's group", somebodys_group);
    check_mistake("of another loop", of_another_loop);
    check_mistake("deadlines crossed", deadlines_crossed);
    return 0;
}
