/* SPDX-License-Identifier: MIT */
/*
 * The stall detector: a thread that notices when a task keeps its loop, and has it say where it is.
 * Owns the watching thread, and SIGURG while anybody watches: that signal runs a handler on the stalled
 * thread, the only place from which its stack can be read. Nothing of this exists unless a stall limit was
 * asked for.
 */
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/action.h"
#include "base/report.h"
#include "base/thread.h"
#include "task/task.h"

#define FRAMES_MAX   64
#define OWN_FRAMES   2 /* the handler, and the kernel's frame above it */
#define STALL_SIGNAL SIGURG

struct nw__stall {
    nw_loop *loop;
    int64_t limit_ns;
    pthread_t loop_thread;
    pthread_t watcher;
    bool was_blocked; /* the signal, on the loop's thread */
    pthread_mutex_t mutex;
    pthread_cond_t stopped;
    bool stop;
};

static struct nw__action action;

static void say_where(int number)
{
    nw_loop *loop = nw__loop_current;
    int saved_errno = errno;
    void *frames[FRAMES_MAX];

    (void)number;
    if (loop && loop->running) {
        const nw_task *task = nw__container(loop->running, nw_task, fiber);
        nw__report_text("nowait: task \"");
        nw__report_text(task->name);
        nw__report_text("\" (function 0x");
        nw__report_number((uintptr_t)task->fn, 16);
        nw__report_text(") keeps its loop; it is here:\n");
        int count = backtrace(frames, FRAMES_MAX);
        if (count > OWN_FRAMES)
            backtrace_symbols_fd(frames + OWN_FRAMES, count - OWN_FRAMES, 2);
    }
    errno = saved_errno;
}

static void take_action(void)
{
    struct sigaction ours = {.sa_handler = say_where, .sa_flags = SA_RESTART};
    void *frame;

    (void)backtrace(&frame, 1); /* loads the unwinder now: the handler must not */
    sigemptyset(&ours.sa_mask);
    int rc = nw__action_take(&action, STALL_SIGNAL, &ours, false);
    (void)rc; /* it can be caught */
}

/* Sleep for a fraction of the limit, so that a stall is seen soon after it. False: it is time to stop. */
static bool pause_watching(struct nw__stall *stall)
{
    int64_t until_ns = nw__clock_ns() + stall->limit_ns / 4;
    struct timespec until = {until_ns / NW_SEC(1), until_ns % NW_SEC(1)};
    int rc = 0;

    pthread_mutex_lock(&stall->mutex);
    while (!stall->stop && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&stall->stopped, &stall->mutex, &until);
    bool go_on = !stall->stop;
    pthread_mutex_unlock(&stall->mutex);
    return go_on;
}

static void *watch(void *arg)
{
    struct nw__stall *stall = arg;
    uint64_t seen = 0;
    int64_t since_ns = nw__clock_ns();
    bool reported = false;

    while (pause_watching(stall)) {
        uint64_t now = atomic_load_explicit(&stall->loop->activity, memory_order_relaxed);
        bool idle = !(now & NW__LOOP_BUSY);
        if (now != seen || idle) {
            if (reported)
                nw__report_duration("nowait: the loop goes on after ", nw__clock_ns() - since_ns);
            seen = now;
            since_ns = nw__clock_ns();
            reported = false;
        } else if (!reported && nw__clock_ns() - since_ns >= stall->limit_ns) {
            reported = pthread_kill(stall->loop_thread, STALL_SIGNAL) == 0;
        }
    }
    return NULL;
}

/* SIG_BLOCK or SIG_UNBLOCK for this thread; whether it was blocked before. */
static bool block_signal(int how)
{
    sigset_t signal, before;

    sigemptyset(&signal);
    sigaddset(&signal, STALL_SIGNAL);
    pthread_sigmask(how, &signal, &before);
    return sigismember(&before, STALL_SIGNAL);
}

static void release(struct nw__stall *stall)
{
    if (stall->was_blocked)
        block_signal(SIG_BLOCK);
    nw__action_give_back(&action, STALL_SIGNAL);
    pthread_cond_destroy(&stall->stopped);
    pthread_mutex_destroy(&stall->mutex);
    free(stall);
}

int nw__stall_begin(nw_loop *loop, int64_t limit_ns, struct nw__stall **stall_out)
{
    struct nw__stall *stall = calloc(1, sizeof *stall);
    pthread_condattr_t monotonic;

    if (!stall)
        return -ENOMEM;
    stall->loop = loop;
    stall->limit_ns = limit_ns;
    stall->loop_thread = pthread_self();
    pthread_mutex_init(&stall->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stall->stopped, &monotonic);
    pthread_condattr_destroy(&monotonic);
    take_action();
    stall->was_blocked = block_signal(SIG_UNBLOCK);
    int rc = nw__thread_create(&stall->watcher, watch, stall);
    if (rc < 0) {
        release(stall);
        return rc;
    }
    *stall_out = stall;
    return 0;
}

void nw__stall_end(struct nw__stall *stall, bool forked)
{
    if (!stall)
        return;
    if (forked) { /* the watcher is not there, and nobody knows the state of what it used */
        nw__action_forget(&action, STALL_SIGNAL);
        return;
    }
    pthread_mutex_lock(&stall->mutex);
    stall->stop = true;
    pthread_cond_signal(&stall->stopped);
    pthread_mutex_unlock(&stall->mutex);
    pthread_join(stall->watcher, NULL);
    release(stall);
}
