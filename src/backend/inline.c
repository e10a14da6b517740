/* SPDX-License-Identifier: MIT */
/*
 * Ways that cannot block: reads and writes that the page cache, a pipe or a socket can satisfy at once; for
 * opening and closing see inline_open.c. Owns nothing. Must not change errno, which is the calling task's.
 */
#define _GNU_SOURCE
#include <sys/uio.h>

#include "backend/engine.h"
#include "backend/hint.h"
#include "backend/sigpipe.h"

/* The kernel cannot promise not to block: on this file system, this kind of file, or at all. */
static bool no_such_way(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EPERM; /* EPERM: a seccomp filter's ENOSYS */
}

static int raw_answer(ssize_t rc)
{
    if (rc >= 0)
        return (int)rc;
    if (no_such_way(errno))
        return -EOPNOTSUPP;
    return errno == EINTR ? -EAGAIN : -errno;
}

ssize_t nw__try_read(int fd, void *data, size_t size_bytes, int64_t offset_bytes)
{
    const struct iovec one = {.iov_base = data, .iov_len = size_bytes};
    int saved_errno = errno; /* the calling task's */
    int rc = -EAGAIN;

    if (!nw__hint_is_direct(fd) && (offset_bytes >= 0 || !nw__hint_position_taken(fd)))
        rc = raw_answer(preadv2(fd, &one, 1, offset_bytes, RWF_NOWAIT));
    errno = saved_errno;
    return rc == -EOPNOTSUPP ? -EAGAIN : rc;
}

int nw__op_try_raw(const nw_op *op)
{
    const struct iovec one = {.iov_base = (void *)(uintptr_t)op->address, .iov_len = nw__op_span(op)};

    switch (op->kind) {
    case NW__OP_READ:
        return raw_answer(preadv2(op->fd, &one, 1, op->offset, RWF_NOWAIT));
    case NW__OP_READV:
        return raw_answer(preadv2(op->fd, op->address, (int)op->length, op->offset, RWF_NOWAIT));
    case NW__OP_WRITE:
        return raw_answer(pwritev2(op->fd, &one, 1, op->offset, RWF_NOWAIT | nw__sigpipe_flag()));
    case NW__OP_WRITEV:
        return raw_answer(
            pwritev2(op->fd, op->address, (int)op->length, op->offset, RWF_NOWAIT | nw__sigpipe_flag()));
    default:
        return -EOPNOTSUPP;
    }
}

int nw__op_try(nw_op *op)
{
    int saved_errno = errno;
    int rc = -EAGAIN;

    if (op->kind == NW__OP_OPEN)
        rc = nw__try_open(op);
    else if (op->kind == NW__OP_CLOSE)
        rc = nw__try_close(op->fd);
    else if (nw__op_is_transfer(op) && !nw__hint_is_direct(op->fd) &&
             (op->offset >= 0 || !nw__hint_position_taken(op->fd)))
        rc = nw__op_try_raw(op);
    errno = saved_errno;
    return rc == -EOPNOTSUPP ? -EAGAIN : rc;
}
