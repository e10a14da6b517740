/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing through descriptors: the eight calls are one loop over what is left of a list of
 * buffers. Owns nothing; the caller's buffers are borrowed and its vectors are not changed. Must not buffer,
 * and must not wait for more than one read(2) would where data comes as it comes.
 */
#include <assert.h>
#include <nowait/op.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backend/hint.h"
#include "io/io.h"

#define SECTOR_BYTES 512 /* of the smallest disk: no read of a part of a file stops within one */

struct transfer {
    int fd;
    bool writes;
    int64_t offset_bytes; /* of the next byte; -1: at the file's own position */
    const struct iovec *vectors;
    int count;
    size_t skip_bytes; /* of the first vector: transferred already */
    size_t left_bytes;
    size_t done_bytes;
    size_t asked_bytes; /* by the piece that was prepared last */
};

/* How many of the vectors make a piece of at most `limit_bytes`; 0 when the first alone is too long. */
static int vectors_within(const struct transfer *t, size_t limit_bytes, size_t *sum_out)
{
    size_t sum = 0;
    int i;

    for (i = 0; i < t->count && i < IOV_MAX; i++) {
        if (t->vectors[i].iov_len > limit_bytes - sum)
            break;
        sum += t->vectors[i].iov_len;
    }
    *sum_out = sum;
    return i;
}

/* The next piece as an op. What is left of a vector that was cut goes alone, so that no vector must be
 * copied. */
static void prepare(struct transfer *t, size_t limit_bytes, nw_op *op)
{
    char *data = (char *)t->vectors[0].iov_base + t->skip_bytes;
    size_t first = t->vectors[0].iov_len - t->skip_bytes;
    size_t sum = 0;
    int whole = t->skip_bytes ? 0 : vectors_within(t, limit_bytes, &sum);

    if (whole > 1) {
        t->asked_bytes = sum;
        if (t->writes)
            nw_op_writev(op, t->fd, t->vectors, (unsigned)whole, t->offset_bytes);
        else
            nw_op_readv(op, t->fd, t->vectors, (unsigned)whole, t->offset_bytes);
        return;
    }
    t->asked_bytes = first < limit_bytes ? first : limit_bytes;
    if (t->writes)
        nw_op_write(op, t->fd, data, t->asked_bytes, t->offset_bytes);
    else
        nw_op_read(op, t->fd, data, t->asked_bytes, t->offset_bytes);
}

/* Afterwards the first vector has something left, unless nothing is left at all. */
static void advance(struct transfer *t, size_t bytes)
{
    assert(bytes <= t->asked_bytes && bytes <= t->left_bytes);
    if (t->offset_bytes >= 0)
        t->offset_bytes += (int64_t)bytes;
    t->done_bytes += bytes;
    t->left_bytes -= bytes;
    t->skip_bytes += bytes;
    while (t->count > 1 && t->skip_bytes >= t->vectors[0].iov_len) {
        t->skip_bytes -= t->vectors[0].iov_len;
        t->vectors++;
        t->count--;
    }
}

static ssize_t try_piece(nw_task *self, struct transfer *t)
{
    nw_op op;
    int rc;

    prepare(t, NW__INLINE_PIECE_BYTES, &op);
    rc = nw__op_try(&op);
    if (rc != -EAGAIN) /* errors count, too: a task may well go on after them */
        nw__task_spend(self, rc > 0 ? (size_t)rc : 0);
    return rc;
}

/* Through the engine. -EAGAIN there means that the descriptor is in non-blocking mode: wait until it is
 * ready. */
static ssize_t await_piece(struct transfer *t)
{
    nw_op op;
    int rc;

    for (;;) {
        prepare(t, NW__OP_PIECE_BYTES, &op);
        op.flags |= NW__OP_NO_INLINE;
        rc = nw__op_await(&op);
        if (rc != -EAGAIN)
            return rc;
        nw_op_poll(&op, t->fd, t->writes ? POLLOUT : POLLIN);
        rc = nw__op_await(&op);
        if (rc < 0)
            return rc;
    }
}

/*
 * What came short ends where only a file's end can be: the page cache and disks stop at whole sectors, and
 * what has no position (a pipe, a socket) has given all that there is now.
 */
static bool ends_for_good(const struct transfer *t)
{
    int saved_errno = errno;
    int64_t end = t->offset_bytes;

    if (end < 0 && nw__hint_position_taken(t->fd))
        return false;
    if (end < 0)
        end = lseek(t->fd, 0, SEEK_CUR);
    errno = saved_errno;
    return end < 0 || end % SECTOR_BYTES != 0;
}

/*
 * Fewer bytes came than were asked for, or more could only be waited for. Of a file with a size that is an
 * accident (part of it was cached) unless the end was reached; of anything else it is all that there is now,
 * and asking again could wait for ever: that holds also for regular files that are none, such as /proc/kmsg,
 * whose size is 0.
 */
static bool read_goes_on(const struct transfer *t)
{
    struct stat status;

    if (nw__fd_peek(t->fd, &status) < 0)
        return false;
    if (S_ISBLK(status.st_mode))
        return true;
    if (!S_ISREG(status.st_mode) || status.st_size == 0)
        return false;
    return t->offset_bytes < 0 || t->offset_bytes < status.st_size;
}

/* Everything after the first attempt, whose outcome is `n`. Progress, once made, is what is returned. */
static ssize_t transfer_rest(nw_task *self, struct transfer *t, ssize_t n)
{
    for (;;) {
        bool was_short;

        if (n == -EAGAIN && t->done_bytes && !t->writes && !read_goes_on(t))
            return (ssize_t)t->done_bytes;
        if (n == -EAGAIN)
            n = await_piece(t);
        if (n <= 0)
            return t->done_bytes ? (ssize_t)t->done_bytes : n;
        was_short = (size_t)n < t->asked_bytes;
        advance(t, (size_t)n);
        if (t->left_bytes == 0 || self->interrupt)
            return (ssize_t)t->done_bytes;
        if (was_short && !t->writes && (ends_for_good(t) || !read_goes_on(t)))
            return (ssize_t)t->done_bytes;
        n = was_short && t->writes ? -EAGAIN : try_piece(self, t);
    }
}

/* `offset_bytes` -1: at the file's own position. */
static ssize_t read_plain(int fd, void *data, size_t size_bytes, int64_t offset_bytes)
{
    struct transfer t;
    struct iovec vector;
    nw_task *self;
    ssize_t n;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (size_bytes > SSIZE_MAX)
        return -EINVAL;
    n = -EAGAIN;
    if (size_bytes <= NW__INLINE_PIECE_BYTES) {
        n = nw__try_read(fd, data, size_bytes, offset_bytes);
        if (n != -EAGAIN)
            nw__task_spend(self, n > 0 ? (size_t)n : 0);
        if (n == (ssize_t)size_bytes || n == 0) /* the hot path: nothing of the rest was set up */
            return n;
    }
    vector = (struct iovec){data, size_bytes};
    t = (struct transfer){fd, false, offset_bytes, &vector, 1, 0, size_bytes, 0, size_bytes};
    if (size_bytes > NW__INLINE_PIECE_BYTES)
        n = try_piece(self, &t);
    return transfer_rest(self, &t, n);
}

ssize_t nw__fd_read_some(int fd, void *data, size_t size_bytes)
{
    struct iovec vector = {data, size_bytes};
    struct transfer t = {fd, false, -1, &vector, 1, 0, size_bytes, 0, size_bytes};
    nw_task *self;
    ssize_t n;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    n = try_piece(self, &t);
    return n == -EAGAIN ? await_piece(&t) : n;
}

static ssize_t vectored(int fd, bool writes, const struct iovec *vectors, int count, int64_t offset_bytes)
{
    static const struct iovec nothing;
    struct transfer t = {fd, writes, offset_bytes, vectors, count, 0, 0, 0, 0};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (count < 0 || (count > 0 && !vectors))
        return -EINVAL;
    for (int i = 0; i < count; i++) {
        if (vectors[i].iov_len > (size_t)SSIZE_MAX - t.left_bytes)
            return -EINVAL;
        t.left_bytes += vectors[i].iov_len;
    }
    if (count == 0) {
        t.vectors = &nothing; /* the kernel still says whether the descriptor is a good one */
        t.count = 1;
    }
    advance(&t, 0);
    return transfer_rest(self, &t, try_piece(self, &t));
}

ssize_t nw_fd_read(int fd, void *data, size_t size_bytes)
{
    return read_plain(fd, data, size_bytes, -1);
}

ssize_t nw_fd_pread(int fd, void *data, size_t size_bytes, int64_t offset_bytes)
{
    return offset_bytes < 0 ? -EINVAL : read_plain(fd, data, size_bytes, offset_bytes);
}

ssize_t nw_fd_write(int fd, const void *data, size_t size_bytes)
{
    struct iovec vector = {(void *)(uintptr_t)data, size_bytes};

    return vectored(fd, true, &vector, 1, -1);
}

ssize_t nw_fd_pwrite(int fd, const void *data, size_t size_bytes, int64_t offset_bytes)
{
    struct iovec vector = {(void *)(uintptr_t)data, size_bytes};

    return offset_bytes < 0 ? -EINVAL : vectored(fd, true, &vector, 1, offset_bytes);
}

ssize_t nw_fd_readv(int fd, const struct iovec *vectors, int count)
{
    return vectored(fd, false, vectors, count, -1);
}

ssize_t nw_fd_writev(int fd, const struct iovec *vectors, int count)
{
    return vectored(fd, true, vectors, count, -1);
}

ssize_t nw_fd_preadv(int fd, const struct iovec *vectors, int count, int64_t offset_bytes)
{
    return offset_bytes < 0 ? -EINVAL : vectored(fd, false, vectors, count, offset_bytes);
}

ssize_t nw_fd_pwritev(int fd, const struct iovec *vectors, int count, int64_t offset_bytes)
{
    return offset_bytes < 0 ? -EINVAL : vectored(fd, true, vectors, count, offset_bytes);
}
