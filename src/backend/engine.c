/* SPDX-License-Identifier: MIT */
/*
 * The common part of the engines: counting ops, completing those that need no kernel, and the way back to the
 * loop from other threads: a stack of posts, a stack of ops, and an eventfd that is written only when the
 * loop sleeps. Must not know how an engine waits.
 */
#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/fifo.h"
#include "backend/hint.h"
#include "backend/sigpipe.h"
#include "base/clock.h"

#define LINGER_NS     15000 /* looking for a result costs a processor: about what falling asleep costs */
#define LINGER_CREDIT 4
#define LINGER_RETRY  16

int nw__engine_fd(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return moved;
}

int nw__engine_init(struct nw__backend *backend, const struct nw__backend_vtable *vtable,
                    const struct nw__backend_options *options)
{
    int fd = nw__engine_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

    if (fd < 0)
        return -errno;
    backend->vtable = vtable;
    backend->wake_fd = fd;
    backend->embedded = options->embedded;
    if (backend->embedded) /* what is posted before the first wait() must reach the host as well */
        atomic_init(&backend->wakefulness, NW__ASLEEP);
    backend->pool = options->pool;
    backend->linger = options->pool && nw__pool_lingers(options->pool);
    nw__pool_retain(backend->pool);
    backend->sigpipe_blocked = nw__sigpipe_block();
    return 0;
}

void nw__engine_finish(struct nw__backend *backend, bool forked)
{
    /* Whoever made the last post or finished the last op may not have left our memory yet. */
    while (!forked && atomic_load_explicit(&backend->posters, memory_order_acquire) > 0)
        sched_yield();
    close(backend->wake_fd);
    if (backend->sigpipe_blocked)
        nw__sigpipe_unblock();
    if (!forked)
        nw__pool_release(backend->pool);
}

void nw__engine_wake(struct nw__backend *backend)
{
    const uint64_t one = 1;

    if (atomic_exchange(&backend->wakefulness, NW__WOKEN) != NW__ASLEEP)
        return;
    int error = errno; /* an interrupted signal handler's caller must not see it change */
    ssize_t written = write(backend->wake_fd, &one, sizeof one);
    (void)written; /* it can only fail when the counter is full: then it is readable as well */
    errno = error;
}

bool nw__engine_has_local(const struct nw__backend *backend)
{
    return !nw__op_queue_empty(&backend->settled) ||
           atomic_load_explicit(&backend->posts, memory_order_relaxed) ||
           atomic_load_explicit(&backend->returned, memory_order_relaxed);
}

/*
 * Only for a while after it has helped: work that takes long is not worth looking for. A miss costs one of
 * the attempts that a hit earns; now and then one is made for free, to notice that the work has changed.
 */
bool nw__engine_linger(struct nw__backend *backend, int64_t timeout_ns)
{
    if (backend->at_pool == 0 || backend->at_pool != backend->in_flight - backend->standing ||
        !backend->linger)
        return false;
    if (timeout_ns >= 0 && timeout_ns <= LINGER_NS)
        return false;
    if (backend->linger_credit == 0 && ++backend->linger_misses % LINGER_RETRY != 0)
        return false;
    int64_t end_ns = nw__clock_ns() + LINGER_NS;
    do {
        for (int i = 0; i < 16; i++)
            nw__relax();
        if (nw__engine_has_local(backend)) {
            backend->linger_credit = LINGER_CREDIT;
            return true;
        }
    } while (nw__clock_ns() < end_ns);
    backend->linger_credit -= backend->linger_credit > 0;
    return false;
}

/*
 * Posters push first and wake second; we declare ourselves asleep first and look at the stacks second
 * (has_local, or run_local after the wait). Whatever is pushed after that look finds us asleep.
 */
bool nw__engine_may_sleep(struct nw__backend *backend)
{
    int state = NW__AWAKE;

    return atomic_compare_exchange_strong(&backend->wakefulness, &state, NW__ASLEEP) &&
           !nw__engine_has_local(backend);
}

void nw__engine_awake(struct nw__backend *backend)
{
    if (atomic_load_explicit(&backend->wakefulness, memory_order_relaxed) != NW__AWAKE)
        atomic_exchange(&backend->wakefulness, NW__AWAKE);
}

void nw__engine_end_turn(struct nw__backend *backend)
{
    nw__engine_flush(backend); /* an embedded loop's next turn may be far away */
    if (!backend->embedded || nw__engine_may_sleep(backend))
        return;
    /* Something came while we were at it: the host has to call again. */
    atomic_store(&backend->wakefulness, NW__ASLEEP);
    nw__engine_wake(backend);
}

void nw__op_complete(struct nw__backend *backend, nw_op *op, int result)
{
    assert(op->state == NW__OP_SUBMITTED);
    op->result = result;
    op->state = NW__OP_DONE;
    if (op->kind == NW__OP_OPEN && result >= 0 && nw__op_place(op) != NW__PLACE_SETTLED)
        nw__hint_opened(result, (int)op->op_flags, 0); /* settled: nw__try_open() has said more */
    nw__op_set_place(op, NW__PLACE_NONE);
    backend->in_flight--;
    backend->standing -= nw__op_stands(op);
    if (op->siblings[0])
        nw__list_remove(nw__op_siblings(op));
    if (op->done)
        op->done(op);
}

static void run_settled(struct nw__backend *backend)
{
    struct nw__op_queue batch = backend->settled; /* what is settled meanwhile is for the next turn */
    nw_op *op;

    backend->settled = (struct nw__op_queue){0};
    while ((op = nw__op_queue_pop(&batch)))
        nw__op_complete(backend, op, op->result);
}

static bool uses_position(const nw_op *op)
{
    return nw__op_is_transfer(op) && op->offset == -1;
}

/* True: op->result is the op's. */
static bool leave_pool(struct nw__backend *backend, nw_op *op)
{
    backend->at_pool--;
    if (op->kind == NW__OP_OPEN)
        return nw__fifo_finish(op);
    if (uses_position(op))
        nw__hint_position_end(op->fd);
    return true;
}

static void run_returned(struct nw__backend *backend)
{
    nw_op *op, *newest = atomic_exchange_explicit(&backend->returned, NULL, memory_order_acquire);
    nw_op *oldest = NULL;

    while ((op = newest)) {
        newest = op->links[0];
        op->links[0] = oldest;
        oldest = op;
    }
    while ((op = oldest)) {
        oldest = op->links[0];
        if (leave_pool(backend, op))
            nw__op_complete(backend, op, op->result);
    }
}

static void run_posts(struct nw__backend *backend)
{
    struct nw__post *post, *newest = atomic_exchange_explicit(&backend->posts, NULL, memory_order_acquire);
    struct nw__post *oldest = NULL;

    while ((post = newest)) {
        newest = post->next;
        post->next = oldest;
        oldest = post;
    }
    while ((post = oldest)) {
        oldest = post->next;
        post->run(post);
    }
}

void nw__engine_run_local(struct nw__backend *backend)
{
    if (!nw__op_queue_empty(&backend->settled))
        run_settled(backend);
    if (atomic_load_explicit(&backend->returned, memory_order_relaxed))
        run_returned(backend);
    if (atomic_load_explicit(&backend->posts, memory_order_relaxed))
        run_posts(backend);
}

void nw__engine_accept(struct nw__backend *backend, nw_op *op)
{
    op->state = NW__OP_SUBMITTED;
    op->flags &= NW__OP_NO_INLINE;
    op->reserved[0] = op->reserved[1] = 0;
    backend->in_flight++;
    backend->standing += nw__op_stands(op);
    backend->ops_submitted++;
    if (backend->embedded) /* between two turns: the host must call for it to go anywhere */
        nw__engine_wake(backend);
}

void nw__engine_settle(struct nw__backend *backend, nw_op *op, int result)
{
    op->result = result;
    nw__op_set_place(op, NW__PLACE_SETTLED);
    nw__op_queue_push(&backend->settled, op);
    if (backend->embedded)
        nw__engine_wake(backend);
}

/*
 * The first one goes at once, so that a worker looks at it while the turn goes on; those after it are handed
 * over together, which costs the lock and the wake once.
 */
void nw__engine_to_pool(struct nw__backend *backend, nw_op *op)
{
    int rc = op->kind == NW__OP_OPEN ? nw__fifo_begin(backend, op) : 0;

    if (rc < 0) {
        nw__engine_settle(backend, op, rc);
        return;
    }
    nw__op_set_place(op, NW__PLACE_LEAVING);
    nw__op_queue_push(&backend->leaving, op);
    backend->ops_pool++;
    if (uses_position(op))
        nw__hint_position_begin(op->fd);
    if (backend->at_pool++ == 0)
        nw__engine_flush(backend);
}

void nw__engine_flush(struct nw__backend *backend)
{
    if (nw__op_queue_empty(&backend->leaving))
        return;
    for (nw_op *op = backend->leaving.head; op; op = nw__op_next(op))
        nw__op_set_place(op, NW__PLACE_POOL);
    nw__pool_submit(backend->pool, backend, &backend->leaving);
}

void nw__engine_cancel_pool(struct nw__backend *backend, nw_op *op)
{
    bool leaving = nw__op_place(op) == NW__PLACE_LEAVING;

    if (leaving)
        nw__op_queue_remove(&backend->leaving, op);
    if (leaving || nw__pool_cancel(backend->pool, op)) {
        op->result = -ECANCELED;
        if (leave_pool(backend, op))
            nw__engine_settle(backend, op, op->result);
    } else if (op->kind == NW__OP_OPEN) {
        nw__fifo_cancel(op);
    }
}

/*
 * Both stacks: whoever finds the stack empty wakes the loop; those who come after ride along, because the
 * loop takes the whole stack after it has woken.
 */
void nw__engine_return(struct nw__backend *backend, nw_op *op)
{
    nw_op *newest = atomic_load_explicit(&backend->returned, memory_order_relaxed);

    atomic_fetch_add_explicit(&backend->posters, 1, memory_order_relaxed);
    do
        op->links[0] = newest;
    while (!atomic_compare_exchange_weak(&backend->returned, &newest, op));
    if (!newest)
        nw__engine_wake(backend);
    atomic_fetch_sub_explicit(&backend->posters, 1, memory_order_release);
}

void nw__backend_post(struct nw__backend *backend, struct nw__post *post)
{
    struct nw__post *newest = atomic_load_explicit(&backend->posts, memory_order_relaxed);

    atomic_fetch_add_explicit(&backend->posters, 1, memory_order_relaxed);
    do
        post->next = newest;
    while (!atomic_compare_exchange_weak(&backend->posts, &newest, post));
    if (!newest)
        nw__engine_wake(backend);
    atomic_fetch_sub_explicit(&backend->posters, 1, memory_order_release);
}
