/* SPDX-License-Identifier: MIT */
/*
 * Name servers that do not answer hold up nothing but names: tasks leave when they are cancelled or out of
 * time, files go on, the run ends, a forked child asks anew; and the answer that comes after all is kept.
 */
#include "resolve.h"

#define STUCK 10

static int ask_stuck(void *arg)
{
    char host[32];

    snprintf(host, sizeof host, "stuck%d", *(int *)arg);
    return resolve_check(host, "80", "192.0.2.1:80");
}

static void await_stuck(int count)
{
    while (atomic_load(&resolve_stuck) < count)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
}

static int leave(void *arg)
{
    static int numbers[STUCK];
    static nw_task *tasks[STUCK];
    nw_deadline deadline;
    int zero = 0;

    (void)arg;
    for (int i = 0; i < STUCK; i++) {
        numbers[i] = i;
        CHECK((tasks[i] = nw_spawn(ask_stuck, &numbers[i])));
    }
    await_stuck(NW__RESOLVE_THREADS_MAX);
    CHECK_EQ(nw__names_threads(), NW__RESOLVE_THREADS_MAX);
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0); /* workers are free */
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(ask_stuck(&zero), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    for (int i = 0; i < STUCK; i++)
        nw_cancel(tasks[i]);
    for (int i = 0; i < STUCK; i++)
        CHECK_EQ(nw_await(tasks[i]), -ECANCELED);
    CHECK_EQ(atomic_load(&resolve_calls), NW__RESOLVE_THREADS_MAX); /* the others were given up */
    return 0;
}

/* The leftover is cancelled with the run; its look-up is stuck. */
static int leave_behind(void *arg)
{
    static int zero;

    (void)arg;
    nw_detach(nw_spawn(ask_stuck, &zero));
    return nw_yield();
}

static int ask_free(void *arg)
{
    (void)arg;
    return resolve_check("a.example", "80", "192.0.2.1:80");
}

CHECK_UNUSED static int in_child(void *arg)
{
    (void)arg;
    return nw_run(ask_free, NULL) == 0 && atomic_load(&resolve_stuck) == NW__RESOLVE_THREADS_MAX ? 0 : 1;
}

static int afterwards(void *arg)
{
    int zero = 0;

    (void)arg;
    CHECK_EQ(ask_stuck(&zero), 0);
    CHECK_EQ(atomic_load(&resolve_calls), NW__RESOLVE_THREADS_MAX);
    return 0;
}

int main(void)
{
    resolve_by_test();
    CHECK_EQ(nw_run(leave, NULL), 0);
    CHECK_EQ(nw_run(leave_behind, NULL), 0);
#ifndef RUNTIME_TSAN /* no threads in a child of several threads there */
    struct child child;
    run_child(in_child, NULL, &child);
    CHECK_EQ(child.status, 0);
#endif
    resolve_set_free(true);
    CHECK_EQ(nw_run(afterwards, NULL), 0);
    nw_resolve_forget();
    return 0;
}
