/* SPDX-License-Identifier: MIT */
/*
 * The life of a task, from spawn to the handle's end, and how it waits.
 * Owns each task's stack, at whose upper end the task itself lies.
 * Must not know what is waited for.
 */
#include "task/task.h"

#include <assert.h>

void nw__tasks_reap(nw_loop *loop)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(&nw__loop_tasks(loop)->dead)))
        nw__task_free(nw__container(link, nw_task, in_loop));
}

static void end_task(nw_task *task)
{
    nw_loop *loop = task->loop;
    struct nw__tasks *tasks = nw__loop_tasks(loop);

    nw__tasks_reap(loop); /* whoever ended before has left its stack by now */
    task->done = true;
    nw__list_remove(&task->in_loop);
    tasks->alive_count--;
    tasks->service_count -= task->service;
    if (nw__timer_is_set(&task->alarm))
        nw__loop_timer_clear(loop, &task->alarm);
    if (task->group)
        nw__group_leave(task);
    nw__list_push_back(task->detached ? &tasks->dead : &tasks->ended, &task->in_loop);
    if (task->joiner)
        nw__wait_wake(task->joiner);
    nw__calls_retry(loop);
}

static void run_task(void *arg)
{
    nw_task *task = arg;
    nw_loop *loop = task->loop;

    task->result = task->fn(task->arg);
    if (nw__loop_forked(loop)) {
        loop->dispatches_left = 0; /* the child's copies of the other tasks never run */
        nw__loop_exit(loop);
    }
    if (task->deferred)
        nw__deferred_run(task);
    end_task(task);
    nw__loop_exit(loop);
}

/* Member by member: gcc makes "rep stos" of one large initializer, an eighth of the time of a spawn and
 * await. */
static void init_task(nw_task *task, nw_loop *loop, nw_task_fn *fn, void *arg)
{
    bool stopping = nw__loop_tasks(loop)->stopping;

    task->loop = loop;
    task->fn = fn;
    task->arg = arg;
    task->interrupt = stopping ? -ECANCELED : 0;
    task->cancelled = stopping;
    task->done = false;
    task->detached = false;
    task->service = false;
    task->expired = 0;
    task->shield = NULL;
    task->wait = NULL;
    task->joiner = NULL;
    task->deadline = NULL;
    nw__timer_init(&task->alarm, NULL);
    task->group = NULL;
    task->deferred = NULL;
    task->parked_ns = 0;
    nw__link_init(&task->in_group);
}

nw_task *nw__task_create(nw_loop *loop, const nw_spawn_options *options, nw_task_fn *fn, void *arg)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);
    size_t stack_bytes = options ? options->stack_bytes : 0;

    nw__tasks_reap(loop);
    struct nw__stack *stack =
        stack_bytes ? nw__stacks_take_sized(&loop->stacks, stack_bytes) : nw__stacks_take(&loop->stacks);
    if (!stack)
        return NULL;

    nw_task *task = nw__container(stack, nw_task, stack);
    init_task(task, loop, fn, arg);
    task->name = options && options->name ? options->name : "";
    nw__context_init(&task->fiber.context, stack->low, nw__stack_top(stack), run_task, task);
    nw__list_push_back(&tasks->alive, &task->in_loop);
    tasks->alive_count++;
    task->id = ++tasks->spawned;
    nw__loop_ready(loop, &task->fiber);
    return task;
}

void nw__task_serve(nw_task *task)
{
    task->service = true;
    task->detached = true;
    task->cancelled = false; /* the loop may be ending already */
    task->interrupt = 0;
    nw__loop_tasks(task->loop)->service_count++;
}

void nw__task_trim(nw_task *task)
{
    if (task->wait && !task->done)
        nw__stack_trim(&task->stack, task->fiber.context.sp);
}

void nw__task_free(nw_task *task)
{
    nw_loop *loop = task->loop;

    nw__list_remove(&task->in_loop);
    nw__context_finish(&task->fiber.context);
    task->detached = true; /* awaiting it again is an error, as long as the memory is not in use again */
    nw__stacks_give(&loop->stacks, &task->stack);
}

nw_task *nw_spawn_with(const nw_spawn_options *options, nw_task_fn *fn, void *arg)
{
    nw_task *self = nw__task_self();

    return self && fn ? nw__task_create(self->loop, options, fn, arg) : NULL;
}

nw_task *nw_spawn(nw_task_fn *fn, void *arg)
{
    return nw_spawn_with(NULL, fn, arg);
}

/* -- waiting -- */

bool nw__wait_park(nw_task *self, struct nw__wait *wait)
{
    wait->task = self;
    self->wait = wait;
    wait->nudged = false;
    while (!wait->woken && !wait->nudged)
        nw__loop_park(self->loop);
    self->wait = NULL;
    return wait->woken;
}

static void make_ready(nw_task *task)
{
    if (!nw__link_linked(&task->fiber.ready))
        nw__loop_ready(task->loop, &task->fiber);
}

void nw__wait_wake(struct nw__wait *wait)
{
    if (wait->woken)
        return;
    wait->woken = true;
    make_ready(wait->task);
}

void nw__wait_nudge(struct nw__wait *wait)
{
    wait->nudged = true;
    make_ready(wait->task);
}

void nw__wait_hurry(struct nw__wait *wait)
{
    void (*hurry)(struct nw__wait * wait) = wait->interrupt;

    if (wait->woken || !hurry)
        return;
    wait->interrupt = NULL; /* once is enough */
    hurry(wait);
}

void nw__task_interrupt(nw_task *task, int interrupt)
{
    task->interrupt = interrupt;
    if (interrupt && task->wait)
        nw__wait_hurry(task->wait);
}

void nw_cancel(nw_task *task)
{
    if (!task || task->done || task->cancelled)
        return;
    assert(task->loop == nw__loop_current && "nw_cancel: another thread's task; use nw_loop_call()");
    task->cancelled = true;
    nw__task_refresh(task);
}

/* -- joining -- */

/* Join the first of `tasks`. The others are those that the caller will join after it: cancelled with it. */
static int join_first(nw_task *self, nw_task *const *tasks, size_t count)
{
    struct nw__wait wait = {.interrupt = nw__wait_nudge, .what = "await"};
    nw_task *task = tasks[0];
    int result;

    if (!task)
        return -ENOMEM;
    if (task == self || task->loop != self->loop || task->detached || task->joiner) {
        assert(false && "nw_await: this task cannot be awaited here, or was awaited before");
        return -EINVAL;
    }
    while (!task->done) {
        if (self->interrupt) {
            wait.interrupt = NULL;
            for (size_t i = 0; i < count; i++)
                nw_cancel(tasks[i]);
        }
        task->joiner = &wait;
        nw__wait_park(self, &wait);
    }
    result = task->result;
    if (result == -ECANCELED && self->interrupt)
        result = self->interrupt;
    nw__task_free(task);
    return result;
}

int nw_await(nw_task *task)
{
    nw_task *self = nw__task_self();

    return self ? join_first(self, &task, 1) : NW_ENOTASK;
}

int nw_gather(nw_task *const *tasks, size_t count)
{
    nw_task *self = nw__task_self();
    int first_error = 0;

    if (!self)
        return NW_ENOTASK;
    if (!tasks && count)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        int rc = join_first(self, tasks + i, count - i);
        if (rc < 0 && first_error == 0)
            first_error = rc;
    }
    return first_error;
}

void nw_detach(nw_task *task)
{
    if (!task || task->detached)
        return;
    task->detached = true;
    if (task->done)
        nw__task_free(task);
}

bool nw_done(const nw_task *task)
{
    return !task || task->done;
}

nw_task *nw_task_self(void)
{
    return nw__task_self();
}

const char *nw_task_name(const nw_task *task)
{
    return task ? task->name : "";
}

int nw_interrupted(void)
{
    nw_task *self = nw__task_self();

    return self ? self->interrupt : NW_ENOTASK;
}
