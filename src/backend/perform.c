/* SPDX-License-Identifier: MIT */
/*
 * Every op as the blocking system call that it stands for: what a worker runs.
 * Owns nothing. Must not read op->flags: those belong to the loop's thread, which may be changing them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backend/fifo.h"
#include "backend/hint.h"
#include "base/syscall.h"

static int transfer(const nw_op *op)
{
    const struct iovec one = {.iov_base = (void *)(uintptr_t)op->address, .iov_len = nw__op_span(op)};
    const struct iovec *vectors = &one;
    int count = 1;

    if (op->kind == NW__OP_READV || op->kind == NW__OP_WRITEV) {
        vectors = op->address;
        count = (int)op->length;
    }
    if (op->kind == NW__OP_READ || op->kind == NW__OP_READV)
        return nw__syscall_result(preadv2(op->fd, vectors, count, op->offset, 0));
    return nw__syscall_result(pwritev2(op->fd, vectors, count, op->offset, 0));
}

static int close_once(int fd)
{
    nw__hint_closing(fd);
    int rc = nw__syscall_result(close(fd));
    return rc == -EINTR ? 0 : rc; /* the descriptor is gone all the same: retrying could close another's */
}

static int wait_ready(const nw_op *op)
{
    struct pollfd entry = {.fd = op->fd, .events = (short)op->op_flags};
    int rc = nw__syscall_result(poll(&entry, 1, -1));

    if (rc < 0)
        return rc;
    return entry.revents & POLLNVAL ? -EBADF : entry.revents;
}

static int work(const nw_op *op)
{
    nw_task_fn *fn = (nw_task_fn *)(uintptr_t)op->address;

    return fn((void *)(uintptr_t)op->address2);
}

/* The C library's functions may assume that a path is there. */
static bool lacks_path(const nw_op *op)
{
    switch (op->kind) {
    case NW__OP_OPEN:
    case NW__OP_STATX:
    case NW__OP_UNLINK:
    case NW__OP_MKDIR:
        return !op->address;
    case NW__OP_RENAME:
    case NW__OP_SYMLINK:
    case NW__OP_LINK:
        return !op->address || !op->address2;
    default:
        return false;
    }
}

static int once(nw_op *op)
{
    int flags = (int)op->op_flags;

    switch ((enum nw__op_kind)op->kind) {
    case NW__OP_READ:
    case NW__OP_WRITE:
    case NW__OP_READV:
    case NW__OP_WRITEV:
        return transfer(op);
    case NW__OP_OPEN:
        return nw__fifo_aware_open(op);
    case NW__OP_CLOSE:
        return close_once(op->fd);
    case NW__OP_SYNC:
        return nw__syscall_result(flags ? fdatasync(op->fd) : fsync(op->fd));
    case NW__OP_STATX:
        return nw__syscall_result(
            statx(op->fd, op->address, flags, op->mode, (struct statx *)(uintptr_t)op->address2));
    case NW__OP_FALLOCATE:
        return nw__syscall_result(fallocate(op->fd, (int)op->mode, op->offset, (off_t)op->length));
    case NW__OP_TRUNCATE:
        return nw__syscall_result(ftruncate(op->fd, (off_t)op->length));
    case NW__OP_RENAME:
        return nw__syscall_result(renameat2(op->fd, op->address, op->fd2, op->address2, op->op_flags));
    case NW__OP_UNLINK:
        return nw__syscall_result(unlinkat(op->fd, op->address, flags));
    case NW__OP_MKDIR:
        return nw__syscall_result(mkdirat(op->fd, op->address, (mode_t)op->mode));
    case NW__OP_SYMLINK:
        return nw__syscall_result(symlinkat(op->address, op->fd2, op->address2));
    case NW__OP_LINK:
        return nw__syscall_result(linkat(op->fd, op->address, op->fd2, op->address2, flags));
    case NW__OP_FADVISE:
        return -posix_fadvise(op->fd, op->offset, (off_t)op->length, (int)op->mode);
    case NW__OP_POLL:
        return wait_ready(op);
    case NW__OP_WORK:
        return work(op);
    case NW__OP_NONE:
    case NW__OP_WATCH:
    case NW__OP_ACCEPT:
    case NW__OP_RECEIVE:
    case NW__OP_TIMER:
    case NW__OP_KINDS:
        break;
    }
    return -EINVAL;
}

int nw__op_perform(nw_op *op)
{
    int rc;

    if (lacks_path(op))
        return -EFAULT;
    do
        rc = once(op);
    while (rc == -EINTR && op->kind != NW__OP_WORK); /* a function's -EINTR is its own business */
    return rc;
}
