/* SPDX-License-Identifier: MIT */
/*
 * The io_uring engine: ops go into the ring, completions come out, one system call a turn.
 * Owns the ring and, until they are done, the ops in it. Must not block anywhere but in enter().
 *
 *     submit -> queued -> (fill) submission queue -> (enter) kernel -> (reap) done
 *     cancel ->           queued: settled at once    kernel: doomed -> (fill) a cancel entry -> ... -> done
 *
 * An op waits in `queued` until the turn's one submission, so that a full submission queue is nothing
 * special, and so that an op that is cancelled in the turn in which it was made never reaches the kernel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/engine.h"
#include "backend/hint.h"
#include "backend/uring_buffers.h"
#include "backend/uring_prep.h"

#define ENTRIES_DEFAULT  256
#define COMPLETION_RATIO 8  /* completion queue entries for each of the submission queue */
#define WORKERS_BOUNDED  32 /* kernel threads a ring may have for work on files... */
#define WORKERS_OTHER    32 /* ...and for the rest */

#define FEATURES_NEEDED                                                                                      \
    (IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL |       \
     IORING_FEAT_EXT_ARG)

/* The user_data of entries that are not ops: no op lies at such an address. */
#define TAG_CANCEL 1
#define TAG_WAKE   2

/* In op->flags: the entry in the ring only waits until the descriptor is ready for the op. */
#define FLAG_READYING 0x0800

/* The kernel's own codes for an interrupted call, which a completion can carry. */
#define ERESTARTSYS_           512
#define ERESTART_RESTARTBLOCK_ 516

struct uring {
    struct nw__backend base;
    struct io_uring ring;
    uint32_t kinds; /* what the kernel's io_uring can do: 1 << kind */
    struct nw__op_queue queued;
    struct nw__op_queue doomed;
    struct nw__uring_buffers *buffers; /* for datagrams; NULL: not needed so far */
    bool wake_armed;                   /* the ring watches wake_fd */
    bool wake_once; /* ...for one wake at a time: multishot is missing (before Linux 5.13) */
};

static struct uring *uring_of(struct nw__backend *backend)
{
    return (struct uring *)(void *)backend;
}

static void enqueue(struct uring *uring, nw_op *op)
{
    nw__op_set_place(op, NW__PLACE_QUEUED);
    nw__op_queue_push(&uring->queued, op);
}

/* Can its readiness be waited for? Files and disks are always "ready". */
static bool has_readiness(int fd)
{
    struct statx status;

    return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) == 0 &&
           !S_ISREG(status.stx_mode) && !S_ISBLK(status.stx_mode);
}

/*
 * A transfer at the file's own position. The ring looks the position up and moves it without the lock that
 * read(2) and write(2) take: processes that share the descriptor, as a shell's redirections do, would write
 * over each other. Nor does it move it when an error comes behind a part that was transferred (a disk that
 * becomes full; both seen with Linux 6.18).
 */
static bool moves_position(const nw_op *op)
{
    return nw__op_is_transfer(op) && op->offset == -1 && !has_readiness(op->fd);
}

/*
 * A buffered write never completes in the ring itself: a kernel worker does it, and waking one from its sleep
 * takes longer than the write. The pool's worker lingers. With more ops under way the kernel's stays awake
 * too.
 */
static bool better_in_pool(const struct uring *uring, const nw_op *op)
{
    bool writes_file = (op->kind == NW__OP_WRITE || op->kind == NW__OP_WRITEV) && op->offset >= 0;

    return writes_file && uring->base.in_flight - uring->base.standing == 1 && !nw__hint_is_direct(op->fd);
}

/* The first one brings the buffers about. */
static void submit_receive(struct uring *uring, nw_op *op)
{
    if (uring->buffers || nw__uring_buffers_create(&uring->ring, &uring->buffers) == 0)
        enqueue(uring, op);
    else
        nw__engine_settle(&uring->base, op, -EOPNOTSUPP);
}

static void uring_give_back(struct nw__backend *backend, struct nw__datagram *datagram)
{
    nw__uring_buffers_give(uring_of(backend)->buffers, datagram);
}

static void uring_submit(struct nw__backend *backend, nw_op *op)
{
    struct uring *uring = uring_of(backend);

    nw__engine_accept(backend, op);
    if (op->kind == NW__OP_CLOSE)
        nw__hint_closing(op->fd);
    if (op->kind == NW__OP_POLL && !nw__hint_is_pollable(op->fd))
        nw__engine_settle(backend, op, nw__op_always_ready(op));
    else if (op->kind == NW__OP_WATCH && !nw__hint_is_pollable(op->fd))
        nw__engine_settle(backend, op, -EPERM);
    else if (op->kind == NW__OP_RECEIVE)
        submit_receive(uring, op);
    else if ((uring->kinds & (1u << op->kind)) && !nw__uring_refuses(op) && !better_in_pool(uring, op) &&
             !moves_position(op))
        enqueue(uring, op);
    else
        nw__engine_to_pool(backend, op);
}

static void uring_cancel(struct nw__backend *backend, nw_op *op)
{
    struct uring *uring = uring_of(backend);

    if (op->state != NW__OP_SUBMITTED || op->flags & NW__OP_CANCELLING)
        return;
    op->flags |= NW__OP_CANCELLING;
    switch (nw__op_place(op)) {
    case NW__PLACE_QUEUED:
        nw__op_queue_remove(&uring->queued, op);
        nw__engine_settle(backend, op, -ECANCELED);
        break;
    case NW__PLACE_KERNEL:
        nw__op_set_place(op, NW__PLACE_DOOMED);
        nw__op_queue_push(&uring->doomed, op);
        if (backend->embedded)
            nw__engine_wake(backend);
        break;
    case NW__PLACE_LEAVING:
    case NW__PLACE_POOL:
        nw__engine_cancel_pool(backend, op);
        break;
    default:
        break; /* its result is on the way */
    }
}

/*
 * The eventfd is never read: each write to it is an event of its own for a multishot poll. An embedded ring
 * needs no poll: there the eventfd is what the host watches.
 */
static void prep_wake(struct uring *uring, struct io_uring_sqe *sqe)
{
    uint64_t count;

    if (uring->wake_once) {
        ssize_t drained = read(uring->base.wake_fd, &count, sizeof count);
        (void)drained; /* EAGAIN: there was nothing to drain */
        io_uring_prep_poll_add(sqe, uring->base.wake_fd, POLLIN);
    } else {
        io_uring_prep_poll_multishot(sqe, uring->base.wake_fd, POLLIN);
    }
    io_uring_sqe_set_data64(sqe, TAG_WAKE);
    uring->wake_armed = true;
}

static void prep_receive(const struct uring *uring, struct io_uring_sqe *sqe, nw_op *op)
{
    nw__uring_buffers_prep(uring->buffers, sqe, op->fd);
    io_uring_sqe_set_data(sqe, op);
}

static void prep_next(struct uring *uring, struct io_uring_sqe *sqe)
{
    nw_op *op;

    if (!uring->wake_armed && !uring->base.embedded) {
        prep_wake(uring, sqe);
    } else if ((op = nw__op_queue_pop(&uring->doomed))) {
        nw__op_set_place(op, NW__PLACE_KERNEL);
        io_uring_prep_cancel(sqe, op, 0);
        io_uring_sqe_set_data64(sqe, TAG_CANCEL);
    } else if ((op = nw__op_queue_pop(&uring->queued))) {
        nw__op_set_place(op, NW__PLACE_KERNEL);
        if (op->flags & FLAG_READYING)
            nw__uring_prep_ready(sqe, op);
        else if (op->kind == NW__OP_RECEIVE)
            prep_receive(uring, sqe, op);
        else
            nw__uring_prep(sqe, op);
    }
}

static bool has_unsent(const struct uring *uring)
{
    return !nw__op_queue_empty(&uring->queued) || !nw__op_queue_empty(&uring->doomed) ||
           (!uring->wake_armed && !uring->base.embedded);
}

/*
 * Move everything into the submission queue, passing full queues to the kernel on the way; the last, partly
 * filled one is left for enter(). False: the kernel takes no more before completions are reaped.
 */
static bool fill(struct uring *uring)
{
    struct io_uring_sqe *sqe;

    while (has_unsent(uring)) {
        while (!(sqe = io_uring_get_sqe(&uring->ring)))
            if (io_uring_submit(&uring->ring) <= 0)
                return false;
        prep_next(uring, sqe);
    }
    return true;
}

/* Has the kernel completions that it puts into the queue only when asked? */
static bool kernel_holds_back(const struct io_uring *ring)
{
    return __atomic_load_n(ring->sq.kflags, __ATOMIC_RELAXED) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN);
}

/* An embedded ring is not waited in: its host's wakes reach the eventfd, which the ring signals too. */
static int wait_embedded(struct uring *uring, int64_t timeout_ns)
{
    const struct timespec limit = {.tv_sec = timeout_ns / NW_SEC(1), .tv_nsec = timeout_ns % NW_SEC(1)};
    struct pollfd entry = {.fd = uring->base.wake_fd, .events = POLLIN};
    uint64_t count;
    int rc = io_uring_submit_and_get_events(&uring->ring);

    if (rc >= 0 && timeout_ns != 0 && io_uring_cq_ready(&uring->ring) == 0) {
        ppoll(&entry, 1, timeout_ns < 0 ? NULL : &limit, NULL);
        rc = io_uring_get_events(&uring->ring);
    }
    /* Before reaping: what comes after is signalled anew. */
    ssize_t drained = read(uring->base.wake_fd, &count, sizeof count);
    (void)drained;
    return rc;
}

static int enter(struct uring *uring, int64_t timeout_ns)
{
    struct io_uring *ring = &uring->ring;

    if (uring->base.embedded)
        return wait_embedded(uring, timeout_ns);
    if (timeout_ns == 0) {
        if (io_uring_sq_ready(ring) == 0 && !kernel_holds_back(ring))
            return 0;
        return io_uring_submit_and_get_events(ring);
    }
    if (timeout_ns < 0)
        return io_uring_submit_and_wait(ring, 1);

    struct __kernel_timespec limit = {.tv_sec = timeout_ns / NW_SEC(1), .tv_nsec = timeout_ns % NW_SEC(1)};
    struct io_uring_cqe *cqe;
    return io_uring_submit_and_wait_timeout(ring, &cqe, 1, &limit, NULL);
}

static bool interrupted(int result)
{
    return result == -EINTR || (result <= -ERESTARTSYS_ && result >= -ERESTART_RESTARTBLOCK_);
}

/* -EAGAIN: the descriptor is in non-blocking mode, which makes the kernel give up instead of waiting. */
static void wait_for_it(struct uring *uring, nw_op *op)
{
    if (!has_readiness(op->fd)) {
        nw__engine_to_pool(&uring->base, op);
        return;
    }
    op->flags |= FLAG_READYING;
    enqueue(uring, op);
}

static void finish(struct uring *uring, nw_op *op, int result)
{
    bool readying = op->flags & FLAG_READYING;

    if (op->kind == NW__OP_CLOSE && interrupted(result))
        result = 0; /* it is closed all the same: once more could hit another's descriptor */
    if (nw__op_place(op) == NW__PLACE_DOOMED)
        nw__op_queue_remove(&uring->doomed, op);
    op->flags &= (uint16_t)~FLAG_READYING;
    if (interrupted(result) || (readying && result >= 0) || (result == -EAGAIN && nw__op_is_transfer(op))) {
        if (op->flags & NW__OP_CANCELLING)
            nw__op_complete(&uring->base, op, -ECANCELED);
        else if (result == -EAGAIN)
            wait_for_it(uring, op);
        else
            enqueue(uring, op); /* once more */
        return;
    }
    nw__op_complete(&uring->base, op, result);
}

/* Of a watch. The kernel ends it when the completion queue is full: it begins anew, which tells what was
 * missed. */
static void tell(struct uring *uring, nw_op *op, const struct io_uring_cqe *cqe)
{
    if (cqe->res < 0 || (!(cqe->flags & IORING_CQE_F_MORE) && op->flags & NW__OP_CANCELLING)) {
        finish(uring, op, cqe->res < 0 ? cqe->res : -ECANCELED);
        return;
    }
    nw__op_tell(op, cqe->res);
    if (!(cqe->flags & IORING_CQE_F_MORE))
        enqueue(uring, op);
}

/*
 * Of a NW__OP_ACCEPT or NW__OP_RECEIVE. With a full completion queue, or after an empty datagram, the last
 * one comes without F_MORE: it begins anew.
 */
static void arrive(struct uring *uring, nw_op *op, const struct io_uring_cqe *cqe)
{
    if (cqe->res >= 0 && op->kind == NW__OP_ACCEPT) /* who is told may cancel it */
        nw__op_tell(op, cqe->res);
    else if (cqe->res >= 0 && cqe->flags & IORING_CQE_F_BUFFER)
        nw__op_tell_datagram(op, nw__uring_buffers_take(uring->buffers, cqe));
    if (cqe->flags & IORING_CQE_F_MORE)
        return;
    if (cqe->res < 0 || op->flags & NW__OP_CANCELLING)
        finish(uring, op, cqe->res < 0 ? cqe->res : -ECANCELED);
    else
        enqueue(uring, op);
}

static void dispatch(struct uring *uring, const struct io_uring_cqe *cqe)
{
    nw_op *op;

    switch (cqe->user_data) {
    case TAG_CANCEL:
        break; /* whatever it met, the target completes by itself */
    case TAG_WAKE:
        uring->wake_armed = cqe->flags & IORING_CQE_F_MORE;
        uring->wake_once |= cqe->res == -EINVAL;
        break;
    default:
        op = io_uring_cqe_get_data(cqe);
        if (op->kind == NW__OP_WATCH)
            tell(uring, op, cqe);
        else if (nw__op_stands(op))
            arrive(uring, op, cqe);
        else
            finish(uring, op, cqe->res);
    }
}

/* Everything that has completed, also what did not fit into the completion queue. */
static int reap(struct uring *uring)
{
    struct io_uring_cqe *cqe;
    unsigned head;
    int rc = 0;

    for (;;) {
        unsigned count = 0;
        io_uring_for_each_cqe(&uring->ring, head, cqe)
        {
            dispatch(uring, cqe);
            count++;
        }
        io_uring_cq_advance(&uring->ring, count);
        if (rc < 0 || !io_uring_cq_has_overflow(&uring->ring))
            return rc;
        rc = io_uring_get_events(&uring->ring);
    }
}

/* What enter() says, as a failure of the engine: waking early and being full are not. */
static int fatal(int rc)
{
    switch (rc) {
    case -ETIME:
    case -EINTR:
    case -EBUSY:
    case -EAGAIN:
        return 0;
    default:
        return rc < 0 ? rc : 0;
    }
}

static int uring_wait(struct nw__backend *backend, int64_t timeout_ns)
{
    struct uring *uring = uring_of(backend);

    nw__engine_flush(backend);
    if (nw__engine_has_local(backend) || !fill(uring) || io_uring_cq_ready(&uring->ring) > 0 ||
        nw__engine_linger(backend, timeout_ns))
        timeout_ns = 0;
    if (timeout_ns != 0 && !nw__engine_may_sleep(backend))
        timeout_ns = 0;
    int rc = fatal(enter(uring, timeout_ns));
    nw__engine_awake(backend);
    if (rc == 0)
        rc = fatal(reap(uring));
    nw__engine_run_local(backend);
    nw__engine_end_turn(backend);
    /*
     * What the kernel has announced since enter() was drained with the rest, and what has to go into the ring
     * once more was found after it: the host has to call again.
     */
    if (backend->embedded && (kernel_holds_back(&uring->ring) || has_unsent(uring)))
        nw__engine_wake(backend);
    return rc;
}

static int uring_fd(struct nw__backend *backend)
{
    return backend->embedded ? backend->wake_fd : uring_of(backend)->ring.ring_fd;
}

static void uring_destroy(struct nw__backend *backend, bool forked)
{
    struct uring *uring = uring_of(backend);

    if (forked)
        close(uring->ring.ring_fd); /* its memory was not inherited: something else may lie there now */
    else
        io_uring_queue_exit(&uring->ring);
    nw__uring_buffers_destroy(uring->buffers, forked);
    nw__engine_finish(backend, forked);
    free(uring);
}

static const struct nw__backend_vtable uring_vtable = {
    .name = "uring",
    .submit = uring_submit,
    .cancel = uring_cancel,
    .wait = uring_wait,
    .give_back = uring_give_back,
    .fd = uring_fd,
    .wake = nw__engine_wake,
    .destroy = uring_destroy,
};

/* The best ring that this kernel makes: -EINVAL means that it does not know one of the flags. */
static int create_ring(struct io_uring *ring, unsigned entries)
{
    static const unsigned attempts[] = {
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
            IORING_SETUP_TASKRUN_FLAG,                                                   /* Linux 6.1 */
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, /* Linux 5.19 */
        0,
    };
    int rc = -EINVAL;

    for (size_t i = 0; i < sizeof attempts / sizeof *attempts && rc == -EINVAL; i++) {
        struct io_uring_params params = {
            .flags = attempts[i] | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE,
            .cq_entries = entries * COMPLETION_RATIO,
        };
        rc = io_uring_queue_init_params(entries, ring, &params);
    }
    if (rc == 0 && (ring->features & FEATURES_NEEDED) != FEATURES_NEEDED) {
        io_uring_queue_exit(ring);
        rc = -ENOSYS;
    }
    return rc;
}

/* See nw__engine_fd(). Here the old one is closed only when there is a new one: to clean up, it is needed. */
static int move_ring(struct io_uring *ring)
{
    int fd;

    if (ring->ring_fd > STDERR_FILENO)
        return 0;
    fd = fcntl(ring->ring_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd < 0)
        return -errno;
    close(ring->ring_fd);
    ring->ring_fd = ring->enter_ring_fd = fd;
    return 0;
}

static int set_up_ring(struct uring *uring, unsigned entries)
{
    struct io_uring *ring = &uring->ring;
    unsigned workers[2] = {WORKERS_BOUNDED, WORKERS_OTHER};
    int rc = create_ring(ring, entries);

    if (rc < 0)
        return rc;
    rc = move_ring(ring);
    if (rc == 0)
        rc = io_uring_ring_dontfork(ring);
    if (rc == 0 && uring->base.embedded)
        rc = io_uring_register_eventfd(ring, uring->base.wake_fd);
    uring->kinds = nw__uring_probe(ring);
    if (rc == 0 && !(uring->kinds & (1u << NW__OP_READ)))
        rc = -ENOSYS;
    if (uring->kinds & (1u << NW__OP_ACCEPT))
        uring->base.accepts_max = ring->cq.ring_entries + 1;
    uring->base.receives = uring->kinds & (1u << NW__OP_RECEIVE);
    if (rc < 0) {
        io_uring_queue_exit(ring);
        return rc;
    }
    /* Both make things better where the kernel has them, and their absence does no harm. */
    io_uring_register_iowq_max_workers(ring, workers);
    io_uring_register_ring_fd(ring);
    return 0;
}

int nw__uring_create(const struct nw__backend_options *options, struct nw__backend **backend_out)
{
    unsigned entries = options->queue_entries ? options->queue_entries : ENTRIES_DEFAULT;
    struct uring *uring = calloc(1, sizeof *uring);
    int rc;

    if (!uring)
        return -ENOMEM;
    rc = nw__engine_init(&uring->base, &uring_vtable, options);
    if (rc < 0)
        goto fail;
    rc = set_up_ring(uring, entries);
    if (rc < 0) {
        nw__engine_finish(&uring->base, false);
        goto fail;
    }
    *backend_out = &uring->base;
    return 0;
fail:
    free(uring);
    return rc;
}
