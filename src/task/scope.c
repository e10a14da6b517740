/* SPDX-License-Identifier: MIT */
/*
 * What holds for a stretch of a task: deadlines, shields, clean-up at its end; and sleeping.
 * Owns the nodes of deferred calls; everything else lives in the caller's memory.
 * Must not know of operations: all it does is to set what waits return.
 */
#include <assert.h>
#include <stdlib.h>

#include "task/task.h"

struct nw__shield {
    nw_task *task;
    struct nw__shield *outer;
    size_t expired; /* deadlines begun outside of this shield, but inside `outer`, that have passed */
};

/*
 * Deadlines are begun and ended all the time, and hardly ever pass. So they share the task's alarm, a timer
 * that is due with the earliest of them or before: what ends leaves it as it is, and when it rings for
 * nothing, which is once a timeout and not once a deadline, it is set again for those that there are.
 */
struct nw__deadline {
    int64_t at_ns;
    nw_task *task;
    struct nw__deadline *outer;
    struct nw__shield *shield; /* the innermost when this began: a later one holds this deadline back */
    bool expired;
};

static_assert(sizeof(struct nw__shield) <= sizeof(nw_shield), "nw_shield is too small");
static_assert(sizeof(struct nw__deadline) <= sizeof(nw_deadline), "nw_deadline is too small");

/* Cancellation counts outside of all shields, a deadline where no shield was begun after it. */
void nw__task_refresh(nw_task *task)
{
    int interrupt = task->expired ? -ETIMEDOUT : 0;

    if (task->cancelled && !task->shield)
        interrupt = -ECANCELED;
    nw__task_interrupt(task, interrupt);
}

/* Where passed deadlines are counted that began under `shield`: in the task, or in the shield begun next. */
static size_t *expired_under(nw_task *task, const struct nw__shield *shield)
{
    size_t *counter = &task->expired;

    for (struct nw__shield *inner = task->shield; inner && inner != shield; inner = inner->outer)
        counter = &inner->expired;
    return counter;
}

static void expire(struct nw__deadline *deadline)
{
    deadline->expired = true;
    ++*expired_under(deadline->task, deadline->shield);
    nw__task_refresh(deadline->task);
}

/* Those of the task that are due at that time pass. Returns: when the next one does; INT64_MAX: none. */
static int64_t expire_until(nw_task *task, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;

    for (struct nw__deadline *deadline = task->deadline; deadline; deadline = deadline->outer) {
        if (deadline->expired)
            continue;
        if (deadline->at_ns <= now_ns)
            expire(deadline);
        else if (deadline->at_ns < next_ns)
            next_ns = deadline->at_ns;
    }
    return next_ns;
}

/* Without memory for the timer the deadlines pass at once: better early than never. */
static void ring(struct nw__timer *alarm)
{
    nw_task *task = nw__container(alarm, nw_task, alarm);
    int64_t next_ns = expire_until(task, task->loop->turn_began_ns);

    if (next_ns != INT64_MAX && nw__loop_timer_set(task->loop, alarm, next_ns) < 0)
        (void)expire_until(task, INT64_MAX - 1);
}

static int set_alarm(nw_task *task, int64_t at_ns)
{
    if (!nw__timer_is_set(&task->alarm)) {
        task->alarm.fire = ring;
        return nw__loop_timer_set(task->loop, &task->alarm, at_ns);
    }
    if (at_ns < task->alarm.at_ns)
        nw__loop_timer_hasten(task->loop, &task->alarm, at_ns);
    return 0;
}

static int64_t time_after(int64_t after_ns)
{
    return nw__clock_add(nw__clock_ns(), after_ns);
}

void nw_deadline_begin(nw_deadline *public, int64_t after_ns)
{
    struct nw__deadline *deadline = (struct nw__deadline *)public;
    nw_task *self = nw__task_self();

    *deadline = (struct nw__deadline){.task = self, .at_ns = time_after(after_ns)};
    if (!self)
        return;
    deadline->shield = self->shield;
    deadline->outer = self->deadline;
    self->deadline = deadline;
    if (after_ns <= 0 || (deadline->at_ns != INT64_MAX && set_alarm(self, deadline->at_ns) < 0))
        expire(deadline); /* no memory for the timer: better early than never */
}

void nw__deadline_pass(nw_deadline *public)
{
    struct nw__deadline *deadline = (struct nw__deadline *)public;

    if (deadline->task && !deadline->expired)
        expire(deadline);
}

/* Also when it is not the innermost: its memory is about to go. */
static void unlink_deadline(nw_task *task, struct nw__deadline *deadline)
{
    struct nw__deadline **place = &task->deadline;

    while (*place && *place != deadline)
        place = &(*place)->outer;
    if (*place)
        *place = deadline->outer;
    *expired_under(task, deadline->shield) -= deadline->expired;
    deadline->task = NULL;
}

static int end(struct nw__deadline *deadline)
{
    nw_task *self = nw__task_self();

    if (!self || deadline->task != self)
        return self ? -EINVAL : NW_ENOTASK;
    bool nested = self->deadline == deadline && self->shield == deadline->shield;
    unlink_deadline(self, deadline);
    nw__task_refresh(self);
    assert(nested && "nw_deadline_end: deadlines and shields end in the reverse order");
    return nested ? 0 : -EINVAL;
}

int nw_deadline_end(nw_deadline *public)
{
    const struct nw__deadline *deadline = (struct nw__deadline *)public;
    int rc = end((struct nw__deadline *)public);

    if (rc < 0)
        return rc;
    return deadline->expired || nw__clock_ns() >= deadline->at_ns ? -ETIMEDOUT : 0;
}

void nw__deadline_drop(nw_deadline *public)
{
    (void)end((struct nw__deadline *)public);
}

int nw_timeout(int64_t after_ns, nw_task_fn *fn, void *arg)
{
    nw_deadline deadline;
    int rc;

    if (!nw__task_self())
        return NW_ENOTASK;
    if (!fn)
        return -EINVAL;
    nw_deadline_begin(&deadline, after_ns);
    rc = fn(arg);
    (void)nw_deadline_end(&deadline);
    return rc;
}

void nw_shield_begin(nw_shield *public)
{
    struct nw__shield *shield = (struct nw__shield *)public;
    nw_task *self = nw__task_self();

    *shield = (struct nw__shield){.task = self};
    if (!self)
        return;
    shield->outer = self->shield;
    shield->expired = self->expired;
    self->shield = shield;
    self->expired = 0;
    nw__task_refresh(self);
}

void nw_shield_end(nw_shield *public)
{
    struct nw__shield *shield = (struct nw__shield *)public;
    nw_task *self = nw__task_self();

    if (!self || shield->task != self)
        return;
    assert(self->shield == shield && "nw_shield_end: shields end in the reverse order");
    shield->task = NULL;
    self->shield = shield->outer;
    self->expired = shield->expired;
    nw__task_refresh(self);
}

int nw_defer(void (*fn)(void *arg), void *arg)
{
    nw_task *self = nw__task_self();

    if (!fn)
        return -EINVAL;
    if (!self)
        return NW_ENOTASK;
    struct nw__deferred *deferred = malloc(sizeof *deferred);
    if (!deferred) {
        fn(arg);
        return -ENOMEM;
    }
    *deferred = (struct nw__deferred){self->deferred, fn, arg};
    self->deferred = deferred;
    return 0;
}

void nw__deferred_run(nw_task *task)
{
    nw_shield shield;
    struct nw__deferred *deferred;

    nw_shield_begin(&shield);
    while ((deferred = task->deferred)) {
        task->deferred = deferred->next;
        deferred->fn(deferred->arg);
        free(deferred);
    }
    nw_shield_end(&shield);
}

/* -- sleeping -- */

struct sleep {
    struct nw__wait wait;
    struct nw__timer timer;
};

static void wake_sleeper(struct nw__timer *timer)
{
    nw__wait_wake(&nw__container(timer, struct sleep, timer)->wait);
}

static void interrupt_sleep(struct nw__wait *wait)
{
    nw__loop_timer_clear(wait->task->loop, &nw__container(wait, struct sleep, wait)->timer);
    nw__wait_wake(wait);
}

static int sleep_until(nw_task *self, int64_t at_ns)
{
    struct sleep sleep = {.wait = {.interrupt = interrupt_sleep, .what = "sleep"}};
    int rc;

    nw__timer_init(&sleep.timer, wake_sleeper);
    if (at_ns != INT64_MAX) {
        rc = nw__loop_timer_set(self->loop, &sleep.timer, at_ns);
        if (rc < 0)
            return rc;
    }
    nw__wait_park(self, &sleep.wait);
    /* Interrupted or not: the interrupt handler is used up by the first, and never runs after the timer. */
    return sleep.wait.interrupt ? 0 : self->interrupt;
}

int nw_sleep(int64_t ns)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    return ns > 0 ? sleep_until(self, time_after(ns)) : nw_yield();
}

int nw_yield(void)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    nw__loop_ready(self->loop, &self->fiber);
    nw__loop_park(self->loop);
    return self->interrupt;
}

int64_t nw_now(void)
{
    return nw__clock_ns();
}
