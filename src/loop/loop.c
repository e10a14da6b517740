/* SPDX-License-Identifier: MIT */
/*
 * The turn of the loop, and the ways in which a fiber leaves it and comes back.
 * Owns the run queue, the timers, the stacks and the backend of one thread.
 * Must not know what a fiber does, or what an op is about.
 */
#include "loop/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

_Thread_local nw_loop *nw__loop_current;
unsigned nw__fork_generation;

/* The child has one thread, this one, and the loop it may have been running is a dead copy. */
static void forget_after_fork(void)
{
    nw__fork_generation++;
    nw__loop_current = NULL;
    nw__signals_forget();
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_after_fork);
}

int nw__loop_init(nw_loop *loop, const struct nw__loop_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int rc;

    if (nw__loop_current)
        return -EINVAL;
    pthread_once(&once, watch_forks);
    nw__list_init(&loop->ready);
    nw__list_init(&loop->signals);
    nw__list_init(&loop->loose_ops);
    nw__timers_init(&loop->timers);
    rc = nw__stacks_init(&loop->stacks, config->stack_bytes, config->header_bytes);
    if (rc < 0)
        return rc;
    rc = nw__backend_create(&config->backend, &loop->backend);
    if (rc < 0) {
        nw__stacks_finish(&loop->stacks);
        return rc;
    }
    nw__context_init_native(&loop->native);
    loop->fork_generation = nw__fork_generation;
    nw__loop_current = loop;
    return 0;
}

void nw__loop_finish(nw_loop *loop)
{
    nw__list_each_safe (link, &loop->signals)
        nw__signals_unwatch(nw__container(link, struct nw__signal_watch, in_loop));
    loop->backend->vtable->destroy(loop->backend, nw__loop_forked(loop));
    nw__timers_finish(&loop->timers);
    if (nw__loop_forked(loop))
        loop->stacks.live_count = 0; /* the copies of the parent's tasks: gone with their memory */
    nw__stacks_finish(&loop->stacks);
    nw__context_finish(&loop->native);
    if (nw__loop_current == loop)
        nw__loop_current = NULL;
}

static uint64_t activity(const nw_loop *loop)
{
    return atomic_load_explicit(&loop->activity, memory_order_relaxed);
}

/* No read-modify-write: only this thread changes it. */
static void set_activity(nw_loop *loop, uint64_t value)
{
    atomic_store_explicit(&loop->activity, value, memory_order_relaxed);
}

/* Whom to run next: a fiber that is ready, or the loop's own stack when there is none or the turn is over. */
static struct nw__fiber *next_fiber(nw_loop *loop)
{
    if (loop->dispatches_left <= 0 || nw__list_empty(&loop->ready))
        return NULL;
    loop->dispatches_left--;
    loop->inline_left = NW__INLINE_OPS;
    set_activity(loop, (activity(loop) + 2) | NW__LOOP_BUSY);
    return nw__container(nw__list_pop_front(&loop->ready), struct nw__fiber, ready);
}

static struct nw__context *next_context(nw_loop *loop)
{
    struct nw__fiber *from = loop->running;

    loop->running = next_fiber(loop);
    if (loop->on_switch)
        loop->on_switch(loop, from, loop->running);
    return loop->running ? &loop->running->context : &loop->native;
}

void nw__loop_park(nw_loop *loop)
{
    int saved_errno = errno; /* of this fiber: the others have their own */
    struct nw__context *self = &loop->running->context;
    struct nw__context *next = next_context(loop);

    if (next != self)
        nw__context_switch(self, next);
    errno = saved_errno;
}

_Noreturn void nw__loop_exit(nw_loop *loop)
{
    struct nw__context *self = &loop->running->context;

    nw__context_switch_last(self, next_context(loop));
}

void nw__loop_breathe(nw_loop *loop)
{
    bool turn_over = nw__clock_ns() - loop->turn_began_ns >= NW__TURN_NS;

    if (turn_over)
        loop->dispatches_left = 0;
    if (!turn_over && nw__list_empty(&loop->ready)) {
        loop->inline_left = NW__INLINE_OPS;
        return;
    }
    nw__loop_ready(loop, loop->running);
    nw__loop_park(loop);
}

static void run_fibers(nw_loop *loop)
{
    loop->dispatches_left = NW__TURN_DISPATCHES;
    if (!nw__list_empty(&loop->ready))
        nw__context_switch(&loop->native, next_context(loop));
}

static void fire_timers(nw_loop *loop, int64_t now_ns)
{
    struct nw__timer *timer;

    while ((timer = nw__timers_pop_due(&loop->timers, now_ns)))
        timer->fire(timer);
}

int64_t nw__loop_due_ns(const nw_loop *loop)
{
    if (!nw__list_empty(&loop->ready) || atomic_load_explicit(&loop->signals_ready, memory_order_relaxed))
        return 0;
    int64_t at_ns = nw__timers_next_ns(&loop->timers);
    if (at_ns == INT64_MAX)
        return NW_FOREVER;
    int64_t left_ns = at_ns - nw__clock_ns();
    return left_ns > 0 ? left_ns : 0;
}

/*
 * Before a sleep is the time to give back the stacks that no task has needed for a while. A long sleep is cut
 * short as long as there may be more to give. Returns how long to sleep.
 */
static int64_t trim_stacks(nw_loop *loop, int64_t wait_ns)
{
    if (wait_ns > 0 && loop->turn_began_ns - loop->trimmed_ns >= NW__TRIM_NS) {
        loop->trimmed_ns = loop->turn_began_ns;
        nw__stacks_trim(&loop->stacks);
    }
    return wait_ns > NW__TRIM_NS && nw__stacks_trimmable(&loop->stacks) ? NW__TRIM_NS : wait_ns;
}

static int visit_backend(nw_loop *loop, int64_t max_wait_ns)
{
    int64_t wait_ns = trim_stacks(loop, nw__loop_due_ns(loop));
    int rc;

    if (wait_ns > max_wait_ns)
        wait_ns = max_wait_ns;
    set_activity(loop, activity(loop) & ~(uint64_t)NW__LOOP_BUSY);
    loop->visiting = true;
    rc = loop->backend->vtable->wait(loop->backend, wait_ns == NW_FOREVER ? -1 : wait_ns);
    if (atomic_load_explicit(&loop->signals_ready, memory_order_acquire))
        nw__signals_dispatch(loop);
    loop->turns++;
    loop->turn_began_ns = nw__clock_ns();
    fire_timers(loop, loop->turn_began_ns);
    loop->visiting = false;
    return rc;
}

int nw__loop_turn(nw_loop *loop, int64_t max_wait_ns)
{
    int rc = visit_backend(loop, max_wait_ns);

    run_fibers(loop);
    return nw__loop_forked(loop) ? NW_EFORKED : rc;
}

int nw__loop_flush(nw_loop *loop)
{
    return visit_backend(loop, 0);
}

/* What is past is the next turn's, so that no callback keeps this one going. */
static int64_t in_a_later_turn(const nw_loop *loop, int64_t at_ns)
{
    return at_ns > loop->turn_began_ns ? at_ns : loop->turn_began_ns + 1;
}

int nw__loop_timer_set(nw_loop *loop, struct nw__timer *timer, int64_t at_ns)
{
    loop->timers_set++;
    return nw__timers_add(&loop->timers, timer, in_a_later_turn(loop, at_ns));
}

void nw__loop_timer_hasten(nw_loop *loop, struct nw__timer *timer, int64_t at_ns)
{
    nw__timers_hasten(&loop->timers, timer, in_a_later_turn(loop, at_ns));
}

void nw__loop_timer_clear(nw_loop *loop, struct nw__timer *timer)
{
    nw__timers_remove(&loop->timers, timer);
}
