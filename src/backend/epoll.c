/* SPDX-License-Identifier: MIT */
/*
 * The epoll engine: what can be done at once is done at once, what has readiness is waited for with epoll,
 * and the rest goes to the pool. Owns the epoll instance and a table of watches, one a descriptor.
 * Must not block anywhere but in collect().
 *
 * A descriptor is registered with EPOLLONESHOT and armed for the union of what its ops wait for. It stays
 * registered, disarmed, when they are done; the kernel forgets it when it is closed, so the table may be
 * wrong about a number that was closed and used again: epoll_ctl's ENOENT and EEXIST tell. As long as a
 * NW__OP_WATCH waits for it, it is registered edge-triggered (EPOLLET) instead, and need not be armed again.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend/engine.h"
#include "backend/hint.h"

#define EVENTS_MAX 128
#define POLL_MASK  0xffffu /* poll(2)'s events; above are epoll's own flags */

struct watch {
    struct nw__op_queue ops; /* those that wait for this descriptor */
    uint32_t armed;          /* the events that epoll waits for; only meaningful while ops wait */
    unsigned standing;       /* of these, NW__OP_WATCH */
    bool known;              /* it was registered under this number once */
};

struct epoll {
    struct nw__backend base;
    int fd;
    bool no_pwait2;        /* the kernel has no epoll_pwait2 (before Linux 5.11) */
    struct watch *watches; /* by descriptor number */
    size_t capacity;
    size_t watched; /* ops that wait for a descriptor */
};

static struct epoll *epoll_of(struct nw__backend *backend)
{
    return (struct epoll *)(void *)backend;
}

static int reserve(struct epoll *epoll, int fd)
{
    size_t capacity = epoll->capacity ? epoll->capacity : 64;

    if (fd < 0)
        return -EBADF;
    while (capacity <= (size_t)fd)
        capacity *= 2;
    if (capacity == epoll->capacity)
        return 0;
    struct watch *watches = realloc(epoll->watches, capacity * sizeof *watches);
    if (!watches)
        return -ENOMEM;
    memset(watches + epoll->capacity, 0, (capacity - epoll->capacity) * sizeof *watches);
    epoll->watches = watches;
    epoll->capacity = capacity;
    return 0;
}

static uint32_t interest(const nw_op *op)
{
    if (op->kind == NW__OP_POLL || op->kind == NW__OP_WATCH)
        return op->op_flags & POLL_MASK;
    return nw__op_is_read(op) ? EPOLLIN : EPOLLOUT;
}

static uint32_t wanted_of(const struct watch *watch)
{
    uint32_t wanted = 0;

    for (const nw_op *op = watch->ops.head; op; op = nw__op_next(op))
        wanted |= interest(op);
    return wanted;
}

static void unwatch(struct epoll *epoll, nw_op *op)
{
    struct watch *watch = &epoll->watches[op->fd];

    nw__op_queue_remove(&watch->ops, op);
    watch->standing -= op->kind == NW__OP_WATCH;
    epoll->watched--;
}

static void give_up(struct epoll *epoll, struct watch *watch, int error)
{
    nw_op *op;

    while ((op = watch->ops.head)) {
        unwatch(epoll, op);
        nw__engine_settle(&epoll->base, op, error);
    }
}

static uint32_t mode_of(const struct watch *watch)
{
    return watch->standing ? EPOLLET : EPOLLONESHOT;
}

static int arm(struct epoll *epoll, int fd, uint32_t events)
{
    struct watch *watch = &epoll->watches[fd];
    struct epoll_event event = {.events = events | mode_of(watch), .data.fd = fd};
    int rc = epoll_ctl(epoll->fd, watch->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);

    if (rc < 0 && errno == ENOENT) {
        /* Closed, and the number is in use again: no event would come for those who wait. */
        give_up(epoll, watch, -EBADF);
        event.events = events | mode_of(watch);
        rc = epoll_ctl(epoll->fd, EPOLL_CTL_ADD, fd, &event);
    } else if (rc < 0 && errno == EEXIST) {
        rc = epoll_ctl(epoll->fd, EPOLL_CTL_MOD, fd, &event);
    }
    watch->known = rc == 0;
    watch->armed = rc == 0 ? events : 0;
    return rc < 0 ? -errno : 0;
}

/* -EPERM: the descriptor has no readiness, or none that could be asked for: a file, a directory, a disk. */
static int watch_op(struct epoll *epoll, nw_op *op)
{
    int rc = nw__hint_is_pollable(op->fd) ? reserve(epoll, op->fd) : -EPERM;

    if (rc < 0)
        return rc;
    struct watch *watch = &epoll->watches[op->fd];
    /* Also when it is armed for that: it may be another descriptor by now, and only the kernel knows. */
    watch->standing += op->kind == NW__OP_WATCH;
    rc = arm(epoll, op->fd, interest(op) | (nw__op_queue_empty(&watch->ops) ? 0 : watch->armed));
    if (rc < 0) {
        watch->standing -= op->kind == NW__OP_WATCH;
        return rc;
    }
    nw__op_set_place(op, NW__PLACE_WATCHED);
    nw__op_queue_push(&watch->ops, op);
    epoll->watched++;
    return 0;
}

static void wait_for_it(struct epoll *epoll, nw_op *op)
{
    int rc = watch_op(epoll, op);

    if (rc == -EPERM && op->kind == NW__OP_POLL)
        nw__engine_settle(&epoll->base, op, nw__op_always_ready(op));
    else if (rc == -EPERM && op->kind != NW__OP_WATCH)
        nw__engine_to_pool(&epoll->base, op);
    else if (rc < 0)
        nw__engine_settle(&epoll->base, op, rc);
}

static void epoll_submit(struct nw__backend *backend, nw_op *op)
{
    struct epoll *epoll = epoll_of(backend);
    int rc = -EAGAIN;

    nw__engine_accept(backend, op);
    if (!(op->flags & NW__OP_NO_INLINE))
        rc = nw__op_try(op);
    if (rc != -EAGAIN)
        nw__engine_settle(backend, op, rc);
    else if (op->kind == NW__OP_POLL || op->kind == NW__OP_WATCH || nw__op_is_transfer(op))
        wait_for_it(epoll, op);
    else
        nw__engine_to_pool(backend, op);
}

/* The last watch has gone. Without it, the next event would find nobody, and so would all those after it. */
static void stop_watching(struct epoll *epoll, int fd)
{
    struct watch *watch = &epoll->watches[fd];

    if (!nw__op_queue_empty(&watch->ops)) {
        int rc = arm(epoll, fd, wanted_of(watch));
        if (rc < 0)
            give_up(epoll, watch, rc);
        return;
    }
    epoll_ctl(epoll->fd, EPOLL_CTL_DEL, fd, NULL); /* fails when the descriptor has gone already */
    watch->known = false;
}

static void epoll_cancel(struct nw__backend *backend, nw_op *op)
{
    struct epoll *epoll = epoll_of(backend);

    if (op->state != NW__OP_SUBMITTED || op->flags & NW__OP_CANCELLING)
        return;
    op->flags |= NW__OP_CANCELLING;
    if (nw__op_place(op) == NW__PLACE_WATCHED) {
        unwatch(epoll, op); /* it stays armed: at worst one event finds nobody */
        nw__engine_settle(backend, op, -ECANCELED);
        if (op->kind == NW__OP_WATCH && !epoll->watches[op->fd].standing)
            stop_watching(epoll, op->fd);
    } else if (nw__op_place(op) == NW__PLACE_POOL || nw__op_place(op) == NW__PLACE_LEAVING) {
        nw__engine_cancel_pool(backend, op);
    }
}

/* A terminal cannot try. What it has, it gives; but an op before this one may just have had it all. */
static int read_if_ready(nw_op *op)
{
    struct pollfd entry = {.fd = op->fd, .events = POLLIN};

    return poll(&entry, 1, 0) > 0 ? nw__op_perform(op) : -EAGAIN;
}

/* The descriptor is ready, says epoll. Do what waited for it; -EAGAIN: somebody else was faster. */
static void proceed(struct epoll *epoll, nw_op *op, uint32_t events)
{
    if (op->kind == NW__OP_WATCH) {
        nw__op_tell(op, (int)events);
        return;
    }
    int rc = op->kind == NW__OP_POLL ? (int)events : nw__op_try_raw(op);

    if (rc == -EOPNOTSUPP && nw__op_is_read(op))
        rc = read_if_ready(op);
    if (rc == -EAGAIN)
        return;
    unwatch(epoll, op);
    if (rc == -EOPNOTSUPP)
        nw__engine_to_pool(&epoll->base, op);
    else
        nw__engine_settle(&epoll->base, op, rc);
}

static void ready(struct epoll *epoll, int fd, uint32_t events)
{
    struct watch *watch = &epoll->watches[fd];
    nw_op *next;

    for (nw_op *op = watch->ops.head; op; op = next) {
        uint32_t found = events & (interest(op) | EPOLLERR | EPOLLHUP);
        next = nw__op_next(op);
        if (found)
            proceed(epoll, op, found);
    }
    if (nw__op_queue_empty(&watch->ops) || watch->standing)
        return;
    int rc = arm(epoll, fd, wanted_of(watch));
    if (rc < 0)
        give_up(epoll, watch, rc);
}

static int wait_events(struct epoll *epoll, struct epoll_event *events, int64_t timeout_ns)
{
    const struct timespec limit = {.tv_sec = timeout_ns / NW_SEC(1), .tv_nsec = timeout_ns % NW_SEC(1)};
    int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + NW_MS(1) - 1) / NW_MS(1);

#ifdef SYS_epoll_pwait2
    if (!epoll->no_pwait2 && timeout_ns > 0) {
        long rc = syscall(SYS_epoll_pwait2, epoll->fd, events, EVENTS_MAX, &limit, NULL, (size_t)0);
        if (rc >= 0 || (errno != ENOSYS && errno != EPERM))
            return rc < 0 ? -errno : (int)rc;
        epoll->no_pwait2 = true;
    }
#endif
    int rc = epoll_wait(epoll->fd, events, EVENTS_MAX, ms > INT_MAX ? INT_MAX : (int)ms);
    return rc < 0 ? -errno : rc;
}

static int collect(struct epoll *epoll, int64_t timeout_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int count;

    do {
        count = wait_events(epoll, events, timeout_ns);
        nw__engine_awake(&epoll->base);
        for (int i = 0; i < count; i++)
            if (events[i].data.fd != epoll->base.wake_fd)
                ready(epoll, events[i].data.fd, events[i].events);
        timeout_ns = 0;
    } while (count == EVENTS_MAX); /* there may be more */
    return count == -EINTR || count >= 0 ? 0 : count;
}

static int epoll_engine_wait(struct nw__backend *backend, int64_t timeout_ns)
{
    struct epoll *epoll = epoll_of(backend);
    int rc = 0;

    nw__engine_flush(backend);
    if (nw__engine_has_local(backend) || nw__engine_linger(backend, timeout_ns))
        timeout_ns = 0;
    if (timeout_ns != 0 && !nw__engine_may_sleep(backend))
        timeout_ns = 0;
    if (timeout_ns != 0 || epoll->watched > 0 || backend->embedded)
        rc = collect(epoll, timeout_ns);
    nw__engine_awake(backend);
    nw__engine_run_local(backend);
    nw__engine_end_turn(backend);
    return rc;
}

static int epoll_fd(struct nw__backend *backend)
{
    return epoll_of(backend)->fd;
}

static void epoll_destroy(struct nw__backend *backend, bool forked)
{
    struct epoll *epoll = epoll_of(backend);

    close(epoll->fd);
    nw__engine_finish(backend, forked);
    free(epoll->watches);
    free(epoll);
}

static const struct nw__backend_vtable epoll_vtable = {
    .name = "epoll",
    .submit = epoll_submit,
    .cancel = epoll_cancel,
    .wait = epoll_engine_wait,
    .fd = epoll_fd,
    .wake = nw__engine_wake,
    .destroy = epoll_destroy,
};

int nw__epoll_create(const struct nw__backend_options *options, struct nw__backend **backend_out)
{
    struct epoll *epoll = calloc(1, sizeof *epoll);
    int rc;

    if (!epoll)
        return -ENOMEM;
    rc = nw__engine_init(&epoll->base, &epoll_vtable, options);
    if (rc < 0)
        goto fail;
    epoll->fd = nw__engine_fd(epoll_create1(EPOLL_CLOEXEC));
    /* Edge-triggered: each write is an event of its own, and nobody has to read the counter. */
    struct epoll_event wake = {.events = EPOLLIN | EPOLLET, .data.fd = epoll->base.wake_fd};
    if (epoll->fd < 0 || epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->base.wake_fd, &wake) < 0) {
        rc = -errno;
        if (epoll->fd >= 0)
            close(epoll->fd);
        nw__engine_finish(&epoll->base, false);
        goto fail;
    }
    *backend_out = &epoll->base;
    return 0;
fail:
    free(epoll);
    return rc;
}
