/* SPDX-License-Identifier: MIT */
/*
 * Opening a FIFO: waiting for the other end without blocking the loop, in a way that can be cancelled.
 * Owns the descriptor that it is given until it returns one. A worker blocks in open(2); nothing can
 * interrupt it there, but opening the FIFO for reading and writing (which never waits) gives it the peer it
 * waits for.
 */
#include <nowait/op.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "io/io.h"

struct fifo {
    char path[sizeof "/proc/self/fd/2147483647"];
    int flags;
};

static int open_blocking(void *arg)
{
    const struct fifo *fifo = arg;
    int fd;

    do {
        fd = open(fifo->path, fifo->flags);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/*
 * End whatever is still under way. Where we may not both read and write the FIFO, only a true peer can free
 * the worker; that a FIFO is made for one direction only is rare enough.
 */
static void end_waiting(const struct fifo *fifo, nw_op *const *ops, size_t count)
{
    nw_shield shield;
    int both = nw_op_done(ops[0]) ? -1 : open(fifo->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    nw_shield_begin(&shield);
    for (size_t i = 0; i < count; i++)
        nw_op_cancel(ops[i]);
    nw_wait_all(ops, count);
    nw_shield_end(&shield);
    if (both >= 0)
        close(both);
}

/*
 * For a reader two things end the wait: the worker's open, and something to be seen through the descriptor
 * that it has already (a writer may have come, written and left before the worker got to wait). A writer has
 * only an O_PATH descriptor, which cannot be polled: there the worker alone counts.
 */
static int wait_for_peer(int fd, struct fifo *fifo)
{
    bool reads = (fifo->flags & O_ACCMODE) == O_RDONLY;
    nw_op opened, seen;
    nw_op *const ops[2] = {&opened, &seen};
    size_t count = 0, first = 0;
    int rc;

    nw_op_work(&opened, open_blocking, fifo);
    nw_op_poll(&seen, fd, POLLIN);
    do {
        rc = nw_op_submit(NULL, ops[count]);
        count += rc == 0;
    } while (rc == 0 && reads && count < 2);
    if (rc == 0)
        rc = nw_wait_any(ops, count, &first);
    if (count > 0)
        end_waiting(fifo, ops, count);
    if (rc == 0 && first == 0 && opened.result < 0)
        rc = opened.result;
    if (rc == 0 && !reads)
        return opened.result;
    if (count > 0 && opened.result >= 0)
        close(opened.result); /* a reader goes on with the descriptor that saw the peer come */
    return rc < 0 ? rc : fd;
}

int nw__fifo_open(int fd, int flags)
{
    int saved_errno = errno;
    struct fifo fifo = {.flags = (flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW)) | O_CLOEXEC};
    nw_task *self;
    int result = nw__task_enter(&self);

    snprintf(fifo.path, sizeof fifo.path, "/proc/self/fd/%d", fd);
    if (result == 0)
        result = wait_for_peer(fd, &fifo);
    if (result != fd)
        close(fd);
    errno = saved_errno;
    return result;
}
