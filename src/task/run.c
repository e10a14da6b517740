/* SPDX-License-Identifier: MIT */
/*
 * nw_run: the loops of one run, the first on the caller's thread, the others on threads of their own.
 * Owns the loops, their threads and the worker pool. All loops are stopped before the first is released, so
 * that they can reach each other to the end.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/thread.h"
#include "task/task.h"

struct member {
    nw_loop loop;
    struct nw__tasks tasks;
    struct nw__runtime *runtime;
    unsigned index;
    pthread_t thread;
    bool has_thread;
    struct nw__stall *stall;
    int rc;           /* of its beginning */
    atomic_bool stop; /* set on the loop itself, by a post */
    struct nw__post stop_post;
};

struct nw__runtime {
    const nw_run_options *options;
    struct nw__pool *pool;
    pthread_mutex_t mutex; /* of the two below */
    pthread_cond_t changed;
    unsigned begun;   /* members that know their rc */
    unsigned stopped; /* members whose tasks have ended */
    bool release;     /* they may release their loops */
    unsigned count;
    struct member members[];
};

static void count_up(struct nw__runtime *runtime, unsigned *counter)
{
    pthread_mutex_lock(&runtime->mutex);
    ++*counter;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->mutex);
}

static void wait_for(struct nw__runtime *runtime, const unsigned *counter, unsigned target)
{
    pthread_mutex_lock(&runtime->mutex);
    while (*counter < target)
        pthread_cond_wait(&runtime->changed, &runtime->mutex);
    pthread_mutex_unlock(&runtime->mutex);
}

static int begin_member(struct member *member)
{
    const struct nw__life_config config = {
        .options = member->runtime->options,
        .pool = member->runtime->pool,
        .runtime = member->runtime,
        .index = member->index,
    };

    int64_t stall_limit_ns = config.options->stall_limit_ns;
    int rc = nw__life_begin(&member->loop, &member->tasks, &config);

    if (rc == 0 && stall_limit_ns > 0) {
        rc = nw__stall_begin(&member->loop, stall_limit_ns, &member->stall);
        if (rc < 0)
            nw__life_end(&member->loop);
    }
    if (rc == 0 && !config.options->keep_signals)
        nw__overflow_watch();
    member->rc = rc;
    return rc;
}

/* Release the loop, on its thread. */
static void end_member(struct member *member)
{
    bool forked = nw__loop_forked(&member->loop);

    nw__stall_end(member->stall, forked);
    nw__overflow_unwatch(forked);
    nw__life_end(&member->loop);
}

static void *run_member(void *arg)
{
    struct member *member = arg;
    struct nw__runtime *runtime = member->runtime;
    int rc = begin_member(member);

    count_up(runtime, &runtime->begun);
    if (rc < 0)
        return NULL;
    while (!atomic_load(&member->stop))
        if (nw__loop_turn(&member->loop, NW_FOREVER) == NW_EFORKED)
            return NULL; /* a forked child, and its only thread: there is no nw_run to return from */
    nw__life_stop(&member->loop);
    count_up(runtime, &runtime->stopped);

    pthread_mutex_lock(&runtime->mutex);
    while (!runtime->release)
        pthread_cond_wait(&runtime->changed, &runtime->mutex);
    pthread_mutex_unlock(&runtime->mutex);
    end_member(member);
    return NULL;
}

static void stop_member(struct nw__post *post)
{
    atomic_store(&nw__container(post, struct member, stop_post)->stop, true);
}

/* Start the other loops. */
static int begin_others(struct nw__runtime *runtime)
{
    unsigned created = 0;
    int rc = 0;

    for (unsigned i = 1; i < runtime->count && rc == 0; i++) {
        struct member *member = &runtime->members[i];
        rc = nw__thread_create(&member->thread, run_member, member);
        member->has_thread = rc == 0;
        created += rc == 0;
    }
    wait_for(runtime, &runtime->begun, created);
    for (unsigned i = 1; i < runtime->count && rc == 0; i++)
        rc = runtime->members[i].rc;
    return rc;
}

/* Stop all loops together, then release them. */
static void end_all(struct nw__runtime *runtime)
{
    unsigned running = 0;

    for (unsigned i = 1; i < runtime->count; i++) {
        struct member *member = &runtime->members[i];
        if (!member->has_thread || member->rc < 0)
            continue;
        running++;
        member->stop_post.run = stop_member;
        nw__backend_post(member->loop.backend, &member->stop_post);
    }
    nw__life_stop(&runtime->members[0].loop);
    wait_for(runtime, &runtime->stopped, running);
    pthread_mutex_lock(&runtime->mutex);
    runtime->release = true;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->mutex);
    for (unsigned i = 1; i < runtime->count; i++)
        if (runtime->members[i].has_thread)
            pthread_join(runtime->members[i].thread, NULL);
}

/* -- the first task -- */

struct first_task {
    nw_task *task;
    struct nw__signal_watch sigint;
    bool watching;
};

static void cancel_first(struct nw__signal_watch *watch)
{
    struct first_task *first = nw__container(watch, struct first_task, sigint);

    nw__signals_unwatch(watch); /* the second SIGINT ends the process */
    first->watching = false;
    nw_cancel(first->task);
}

static void watch_sigint(struct first_task *first, nw_loop *loop)
{
    struct sigaction action;

    if (sigaction(SIGINT, NULL, &action) < 0 || action.sa_handler != SIG_DFL)
        return;
    first->sigint.mask = UINT64_C(1) << (SIGINT - 1);
    first->sigint.last_resort = true; /* a task that receives SIGINT has taken it over */
    first->sigint.raised = cancel_first;
    first->watching = nw__signals_watch(loop, &first->sigint) == 0;
}

static int run_first(nw_loop *loop, const nw_run_options *options, nw_task_fn *fn, void *arg)
{
    struct first_task first = {.task = nw__task_create(loop, NULL, fn, arg)};
    int rc;

    if (!first.task)
        return -ENOMEM;
    if (!options->keep_signals)
        watch_sigint(&first, loop);
    do
        rc = nw__loop_turn(loop, NW_FOREVER);
    while (rc != NW_EFORKED && !first.task->done);
    if (first.watching)
        nw__signals_unwatch(&first.sigint);
    if (rc == NW_EFORKED)
        return rc;
    rc = first.task->result;
    nw__task_free(first.task);
    return rc;
}

static struct nw__runtime *create_runtime(const nw_run_options *options)
{
    unsigned count = options->loops ? options->loops : 1;
    struct nw__runtime *runtime = calloc(1, sizeof *runtime + count * sizeof runtime->members[0]);

    if (!runtime)
        return NULL;
    if (nw__pool_create(nw__life_pool_threads(options), &runtime->pool) < 0) {
        free(runtime);
        return NULL;
    }
    runtime->options = options;
    runtime->count = count;
    pthread_mutex_init(&runtime->mutex, NULL);
    pthread_cond_init(&runtime->changed, NULL);
    for (unsigned i = 0; i < count; i++) {
        runtime->members[i].runtime = runtime;
        runtime->members[i].index = i;
    }
    return runtime;
}

static void destroy_runtime(struct nw__runtime *runtime, bool forked)
{
    if (forked) {
        nw__pool_abandon(runtime->pool);
    } else {
        nw__pool_release(runtime->pool);
        pthread_cond_destroy(&runtime->changed);
        pthread_mutex_destroy(&runtime->mutex);
    }
    free(runtime);
}

int nw_run_with(const nw_run_options *options, nw_task_fn *fn, void *arg)
{
    static const nw_run_options defaults;
    struct nw__runtime *runtime;
    int rc;

    if (!options)
        options = &defaults;
    if (!fn || nw__loop_current || !nw__life_possible(options))
        return -EINVAL;
    runtime = create_runtime(options);
    if (!runtime)
        return -ENOMEM;

    nw_loop *loop = &runtime->members[0].loop;
    rc = begin_member(&runtime->members[0]);
    if (rc < 0) {
        destroy_runtime(runtime, false);
        return rc;
    }
    rc = begin_others(runtime);
    if (rc == 0)
        rc = run_first(loop, options, fn, arg);
    bool forked = nw__loop_forked(loop);
    if (!forked)
        end_all(runtime);
    end_member(&runtime->members[0]);
    destroy_runtime(runtime, forked);
    return rc;
}

int nw_run(nw_task_fn *fn, void *arg)
{
    return nw_run_with(NULL, fn, arg);
}

unsigned nw_loop_count(void)
{
    nw_task *self = nw__task_self();

    if (!self)
        return 0;
    struct nw__runtime *runtime = nw__loop_tasks(self->loop)->runtime;
    return runtime ? runtime->count : 1;
}

nw_loop *nw_loop_at(unsigned index)
{
    nw_task *self = nw__task_self();

    if (index >= nw_loop_count())
        return NULL;
    struct nw__runtime *runtime = nw__loop_tasks(self->loop)->runtime;
    return runtime ? &runtime->members[index].loop : self->loop;
}
