/* SPDX-License-Identifier: MIT */
/*
 * Opening on a worker. A FIFO blocks until somebody opens its other end; when the open is cancelled, the loop
 * does so itself, through a descriptor of the FIFO that the worker took before. Owns these two descriptors.
 *
 * op->reserved[0] says who has the word: 0 nobody; (fd + 1) the worker, blocked, with `fd` to reach it by;
 * CANCELLED the loop, and then the worker's result does not count. op->reserved[1] holds what the loop has to
 * close when the worker is back, each + 1: the FIFO's descriptor in the lower half, the other end above.
 */
#define _GNU_SOURCE
#include "backend/fifo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANCELLED UINT64_MAX

static int open_again(int fd, int flags)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, flags | O_CLOEXEC);
    return again < 0 ? -errno : again;
}

/* A descriptor by which to reach the FIFO that the path names; < 0 when it is none, or does not block. */
static int reach_fifo(const nw_op *op)
{
    int flags = (int)op->op_flags;
    struct stat status;

    if (op->fd2 >= 0)
        return op->fd2; /* nw__try_open() had it in its hands already */
    if ((flags & (O_NONBLOCK | O_PATH | O_DIRECTORY)) || (flags & O_ACCMODE) == O_RDWR)
        return -1;
    if (fstatat(op->fd, op->address, &status, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0) < 0 ||
        !S_ISFIFO(status.st_mode) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -1;
    return openat(op->fd, op->address, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
}

static int open_fifo(nw_op *op, int reach)
{
    struct nw__backend *backend = op->links[3];
    uint64_t mine = (uint64_t)reach + 1, nobody = 0;
    int fd;

    op->fd2 = -1;
    if (!__atomic_compare_exchange_n(&op->reserved[0], &nobody, mine, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        close(reach);
        return -ECANCELED;
    }
    nw__pool_step_aside(backend->pool); /* the other end may be a task whose work is in the same queue */
    do
        fd = open_again(reach, (int)op->op_flags & ~(O_NOFOLLOW | O_CREAT | O_TRUNC));
    while (fd == -EINTR);
    nw__pool_step_back(backend->pool);
    if (__atomic_compare_exchange_n(&op->reserved[0], &mine, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        close(reach);
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
    op->reserved[1] = (uint64_t)(reach + 1) | (other_end >= 0 ? (uint64_t)(other_end + 1) << 32 : 0);
}

void nw__fifo_finish(nw_op *op)
{
    int reach = (int)(op->reserved[1] & UINT32_MAX) - 1, other_end = (int)(op->reserved[1] >> 32) - 1;

    if (reach >= 0)
        close(reach);
    if (other_end >= 0)
        close(other_end);
    if (op->fd2 >= 0)
        close(op->fd2);
    op->reserved[1] = 0;
    op->fd2 = -1;
}
