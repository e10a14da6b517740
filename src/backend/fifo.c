/* SPDX-License-Identifier: MIT */
/*
 * Opening on a worker. A FIFO blocks until somebody opens its other end; when the open is cancelled, the loop
 * does so itself, through a descriptor of the FIFO that was taken before. Owns these two descriptors.
 *
 * op->reserved[0] says who has the word: 0 nobody; (fd + 1) the worker, blocked, with `fd` to reach it by;
 * CANCELLED the loop, and then the worker's result does not count. op->reserved[1] holds what the loop has to
 * close when the worker is back, each + 1: the FIFO's descriptor in the lower half, the other end above.
 *
 * When op->fd2 is set, nw__try_open() has opened the FIFO for reading already, without waiting. From then on
 * a writer does not wait, either, and may have come, written and gone before the worker's open begins to
 * wait, which would be in vain. That descriptor tells, by being ready, so the loop polls it meanwhile, and
 * then it is the result. A writer that opens and does nothing else makes nothing ready, but the worker
 * return. reserved[1] is the watch then, and the op is over when both are, the worker and the poll.
 */
#define _GNU_SOURCE
#include "backend/fifo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/hint.h"

#define CANCELLED UINT64_MAX

struct watch {
    nw_op poll; /* first: its callback finds the watch by it */
    struct nw__backend *backend;
    nw_op *open;
    int other_end;    /* opened to make the worker return; -1 */
    bool has_come;    /* somebody has written, or was there and has gone */
    bool worker_over; /* the worker is back, or will never begin */
};

static int open_again(int fd, int flags)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, flags | O_CLOEXEC);
    return again < 0 ? -errno : again;
}

static struct watch *watch_of(const nw_op *op)
{
    return op->fd2 >= 0 ? (struct watch *)(uintptr_t)op->reserved[1] : NULL;
}

/* A descriptor by which to reach the FIFO that the path names; < 0 when it is none, or does not block. */
static int reach_fifo(const nw_op *op)
{
    int flags = (int)op->op_flags;
    struct stat status;

    if (op->fd2 >= 0)
        return op->fd2;
    if ((flags & (O_NONBLOCK | O_PATH | O_DIRECTORY)) || (flags & O_ACCMODE) == O_RDWR)
        return -1;
    if (fstatat(op->fd, op->address, &status, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0) < 0 ||
        !S_ISFIFO(status.st_mode) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -1;
    return openat(op->fd, op->address, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
}

static void let_go(const nw_op *op, int reach)
{
    if (reach != op->fd2) /* else it is the watch's */
        close(reach);
}

static int open_fifo(nw_op *op, int reach)
{
    struct nw__backend *backend = op->links[3];
    uint64_t mine = (uint64_t)reach + 1, nobody = 0;
    int fd;

    if (!__atomic_compare_exchange_n(&op->reserved[0], &nobody, mine, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        let_go(op, reach);
        return -ECANCELED;
    }
    nw__pool_step_aside(backend->pool); /* the other end may be a task whose work is in the same queue */
    do
        fd = open_again(reach, (int)op->op_flags & ~(O_NOFOLLOW | O_CREAT | O_TRUNC));
    while (fd == -EINTR);
    nw__pool_step_back(backend->pool);
    if (__atomic_compare_exchange_n(&op->reserved[0], &mine, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        let_go(op, reach);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -ECANCELED;
}

int nw__fifo_aware_open(nw_op *op)
{
    int reach = reach_fifo(op);

    if (reach >= 0)
        return open_fifo(op, reach);
    int fd = openat(op->fd, op->address, (int)op->op_flags | O_CLOEXEC, (mode_t)op->mode);
    return fd < 0 ? -errno : fd;
}

void nw__fifo_cancel(nw_op *op)
{
    uint64_t before = __atomic_exchange_n(&op->reserved[0], CANCELLED, __ATOMIC_ACQ_REL);

    if (before == 0 || before == CANCELLED)
        return; /* it has not begun, is no FIFO, or is over */
    int reach = (int)(before - 1);
    int other_end = open_again(reach, O_RDWR | O_NONBLOCK); /* O_RDWR never waits */
    if (watch_of(op))
        watch_of(op)->other_end = other_end;
    else
        op->reserved[1] = (uint64_t)(reach + 1) | (other_end >= 0 ? (uint64_t)(other_end + 1) << 32 : 0);
}

/* Both are over. The worker's own descriptor is as good as ours, which is the same FIFO. */
static void conclude(struct watch *watch)
{
    nw_op *op = watch->open;
    int fd = op->fd2;

    op->fd2 = -1;
    op->reserved[1] = 0;
    if (op->result < 0 && watch->has_come && watch->poll.result >= 0) {
        fcntl(fd, F_SETFL, (int)op->op_flags & ~O_NONBLOCK);
        op->result = fd;
    } else {
        nw__hint_closing(fd);
        close(fd);
        if (op->result < 0 && watch->has_come)
            op->result = watch->poll.result; /* it could not be polled */
    }
    if (watch->other_end >= 0)
        close(watch->other_end);
    free(watch);
}

/* The poll has ended: by itself, which ends the worker's wait, or because the worker's has ended. */
static void poll_done(nw_op *poll)
{
    struct watch *watch = (struct watch *)(void *)poll;
    nw_op *op = watch->open;

    if (watch->worker_over) {
        struct nw__backend *backend = watch->backend;
        conclude(watch);
        nw__engine_settle(backend, op, op->result);
    } else if (!(op->flags & NW__OP_CANCELLING)) {
        watch->has_come = true;
        nw__engine_cancel_pool(watch->backend, op);
    }
}

int nw__fifo_begin(struct nw__backend *backend, nw_op *op)
{
    if (op->fd2 < 0)
        return 0;
    struct watch *watch = malloc(sizeof *watch);
    if (!watch) {
        close(op->fd2);
        op->fd2 = -1;
        return -ENOMEM;
    }
    *watch = (struct watch){.backend = backend, .open = op, .other_end = -1};
    op->reserved[1] = (uintptr_t)watch;
    nw__hint_opened(op->fd2, (int)op->op_flags, 0);
    nw_op_poll(&watch->poll, op->fd2, POLLIN);
    watch->poll.done = poll_done;
    backend->vtable->submit(backend, &watch->poll);
    return 0;
}

static bool finish_watched(struct watch *watch)
{
    watch->worker_over = true;
    if (watch->poll.state == NW__OP_DONE) {
        conclude(watch);
        return true;
    }
    nw__op_set_place(watch->open, NW__PLACE_SETTLED); /* nothing is left to be cancelled */
    watch->backend->vtable->cancel(watch->backend, &watch->poll);
    return false;
}

bool nw__fifo_finish(nw_op *op)
{
    int reach = (int)(op->reserved[1] & UINT32_MAX) - 1, other_end = (int)(op->reserved[1] >> 32) - 1;

    if (watch_of(op))
        return finish_watched(watch_of(op));
    if (reach >= 0)
        close(reach);
    if (other_end >= 0)
        close(other_end);
    op->reserved[1] = 0;
    return true;
}
