/* SPDX-License-Identifier: MIT */
/*
 * A loop with tasks: how it begins, how it ends, and how work reaches it from other threads.
 * Owns nothing of its own: nw_run() and nw_loop_create() own the loops.
 * Must not return from the end of a loop while a task is alive.
 */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/options.h"
#include "task/task.h"

#define POOL_THREADS_MIN  4
#define POOL_THREADS_MAX  64
#define LOOPS_MAX         1024
#define QUEUE_ENTRIES     256
#define QUEUE_ENTRIES_MAX 32768 /* the kernel's own limit */

unsigned nw__life_pool_threads(const nw_run_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (options && options->pool_threads)
        return options->pool_threads;
    if (processors < POOL_THREADS_MIN)
        return POOL_THREADS_MIN;
    return processors > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned)processors;
}

bool nw__life_possible(const nw_run_options *options)
{
    unsigned entries = options ? options->queue_entries : 0;

    return !options ||
           (options->backend <= NW_BACKEND_EPOLL && options->loops <= LOOPS_MAX &&
            entries <= QUEUE_ENTRIES_MAX && (entries & (entries - 1)) == 0 && nw__reserved_unused(options));
}

int nw__life_begin(nw_loop *loop, struct nw__tasks *tasks, const struct nw__life_config *config)
{
    static const nw_run_options defaults;
    const nw_run_options *options = config->options ? config->options : &defaults;
    const struct nw__loop_config loop_config = {
        .backend = {.kind = options->backend,
                    .queue_entries = options->queue_entries ? options->queue_entries : QUEUE_ENTRIES,
                    .pool = config->pool,
                    .embedded = config->embedded},
        .stack_bytes = options->stack_bytes,
        .header_bytes = sizeof(nw_task),
    };

    *loop = (nw_loop){.tasks = tasks};
    *tasks = (struct nw__tasks){.loop = loop, .runtime = config->runtime, .index = config->index};
    nw__list_init(&tasks->alive);
    nw__list_init(&tasks->ended);
    nw__list_init(&tasks->dead);
    nw__list_init(&tasks->calls);
    nw__list_init(&tasks->parts);
    int rc = nw__loop_init(loop, &loop_config);
    if (rc == 0)
        pthread_mutex_init(&tasks->call_mutex, NULL);
    return rc;
}

static void close_calls(struct nw__tasks *tasks)
{
    pthread_mutex_lock(&tasks->call_mutex);
    tasks->closed = true;
    pthread_mutex_unlock(&tasks->call_mutex);
}

static bool calls_pending(struct nw__tasks *tasks)
{
    pthread_mutex_lock(&tasks->call_mutex);
    bool pending = tasks->calls_pending > 0;
    pthread_mutex_unlock(&tasks->call_mutex);
    return pending;
}

/* -- what the layers above keep -- */

struct nw__loop_part *nw__loop_part_find(const nw_loop *loop, const void *key)
{
    nw__list_each (link, &nw__loop_tasks(loop)->parts) {
        struct nw__loop_part *part = nw__container(link, struct nw__loop_part, link);
        if (part->key == key)
            return part;
    }
    return NULL;
}

void nw__loop_part_add(nw_loop *loop, struct nw__loop_part *part)
{
    nw__list_push_front(&nw__loop_tasks(loop)->parts, &part->link);
}

static int end_parts(void *arg)
{
    nw_loop *loop = arg;

    nw__list_each (link, &nw__loop_tasks(loop)->parts) { /* the last first: it may use those before it */
        struct nw__loop_part *part = nw__container(link, struct nw__loop_part, link);
        if (part->end)
            (void)part->end(part);
    }
    return 0;
}

static void release_parts(struct nw__tasks *tasks)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(&tasks->parts))) {
        struct nw__loop_part *part = nw__container(link, struct nw__loop_part, link);
        part->release(part);
    }
}

/* -- the end -- */

static void cancel_tasks(struct nw__tasks *tasks, bool services)
{
    nw__list_each (link, &tasks->alive) {
        nw_task *task = nw__container(link, nw_task, in_loop);
        if (services || !task->service)
            nw_cancel(task);
    }
}

static void run_until_idle(nw_loop *loop)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);

    while (tasks->alive_count || calls_pending(tasks) || loop->backend->in_flight) {
        if (tasks->alive_count == tasks->service_count && !calls_pending(tasks))
            cancel_tasks(tasks, true); /* nobody is left whom they could serve */
        if (tasks->alive_count == 0)   /* nobody waits for what was submitted since */
            nw__loop_cancel_loose(loop);
        nw__loop_turn(loop, NW_FOREVER);
    }
}

void nw__life_stop(nw_loop *loop)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);

    close_calls(tasks);
    tasks->stopping = true;
    cancel_tasks(tasks, false);
    nw__loop_cancel_loose(loop);
    run_until_idle(loop);
    if (nw__list_empty(&tasks->parts))
        return;
    nw_task *last = nw__task_create(loop, NULL, end_parts, loop);
    if (last)
        nw_detach(last);
    run_until_idle(loop);
}

void nw__life_end(nw_loop *loop)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);
    struct nw__link *link;

    if (!nw__loop_forked(loop)) {
        nw__trace_end(loop);
        nw__tasks_reap(loop);
        while ((link = nw__list_pop_front(&tasks->ended))) /* handles that nobody gave back */
            nw__task_free(nw__container(link, nw_task, in_loop));
        pthread_mutex_destroy(&tasks->call_mutex);
    }
    release_parts(tasks);
    nw__loop_finish(loop);
}

/* -- from other threads -- */

struct call {
    struct nw__post post;
    struct nw__link waiting; /* in nw__tasks.calls, on the loop */
    nw_loop *loop;
    nw_task_fn *fn;
    void *arg;
};

static void start_waiting(nw_loop *loop)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);
    struct nw__link *link;

    while ((link = nw__list_front(&tasks->calls))) {
        struct call *call = nw__container(link, struct call, waiting);
        nw_task *task = nw__task_create(loop, NULL, call->fn, call->arg);
        if (!task)
            break;
        nw_detach(task);
        nw__list_remove(link);
        free(call);
        pthread_mutex_lock(&tasks->call_mutex);
        tasks->calls_pending--;
        pthread_mutex_unlock(&tasks->call_mutex);
    }
    if (link && tasks->alive_count == 0)
        nw__calls_retry(loop);
}

static void retry(struct nw__post *post)
{
    struct nw__tasks *tasks = nw__container(post, struct nw__tasks, retry);

    tasks->retrying = false;
    start_waiting(tasks->loop);
}

/*
 * Accepted is accepted: without memory for a stack a call waits, and those behind it too. Every task that
 * ends gives another chance; while there is none, every turn does.
 */
void nw__calls_retry(nw_loop *loop)
{
    struct nw__tasks *tasks = nw__loop_tasks(loop);

    if (nw__list_empty(&tasks->calls) || tasks->retrying)
        return;
    tasks->retrying = true;
    tasks->retry.run = retry;
    nw__backend_post(loop->backend, &tasks->retry);
}

static void start_call(struct nw__post *post)
{
    struct call *call = nw__container(post, struct call, post);

    nw__list_push_back(&nw__loop_tasks(call->loop)->calls, &call->waiting);
    start_waiting(call->loop);
}

int nw_loop_call(nw_loop *loop, nw_task_fn *fn, void *arg)
{
    if (!loop || !fn)
        return -EINVAL;
    if (nw__loop_forked(loop))
        return NW_EFORKED;
    struct call *call = malloc(sizeof *call);
    if (!call)
        return -ENOMEM;
    *call = (struct call){.post.run = start_call, .loop = loop, .fn = fn, .arg = arg};

    struct nw__tasks *tasks = nw__loop_tasks(loop);
    pthread_mutex_lock(&tasks->call_mutex);
    bool closed = tasks->closed;
    if (!closed) {
        tasks->calls_pending++;
        nw__backend_post(loop->backend, &call->post);
    }
    pthread_mutex_unlock(&tasks->call_mutex);
    if (closed) {
        free(call);
        return NW_ESHUTDOWN;
    }
    return 0;
}

nw_loop *nw_loop_current(void)
{
    return nw__loop_current;
}
