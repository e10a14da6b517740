/* SPDX-License-Identifier: MIT */
/*
 * Bytes from one descriptor to another, in slices on a worker: inside the kernel, or what comes from a peer
 * into a file. Owns a buffer, and only where the kernel cannot do it. Must not let a slow peer hold a worker:
 * sendfile(2) is used where it cannot wait for one, and a silent peer is waited for by the task. (The streams
 * of sockets have send_slice.c, which says why.)
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/io.h"

#define SLICE_BYTES  (1024 * 1024)
#define BUFFER_BYTES (128 * 1024)
#define LINGER_MS    1       /* a worker waits that long for a peer that is about to send more, */
#define TRIP_NS      5000000 /* and comes back after that long */

/* How bytes get from the one to the other. */
enum way {
    IN_KERNEL, /* sendfile(2), on a worker */
    ON_WORKER, /* from a pipe or socket into a file: read and written there */
    BY_CALLS,  /* read and written by the task */
};

struct send {
    int out_fd;
    int in_fd;
    int64_t offset_bytes; /* -1: at the file's own position */
    size_t slice_bytes;
    char *buffer;
    off_t back_bytes; /* read, but not written */
    int lost;         /* the error with which bytes were lost that were read from a peer; 0: none were */
};

static int send_step(void *arg)
{
    struct send *s = arg;
    off_t offset = s->offset_bytes;
    ssize_t n;

    do {
        n = sendfile(s->out_fd, s->in_fd, s->offset_bytes < 0 ? NULL : &offset, s->slice_bytes);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : (int)n;
}

static bool is_file(const struct stat *status)
{
    return S_ISREG(status->st_mode) || S_ISBLK(status->st_mode);
}

/*
 * A blocking pipe or socket would hold the worker for as long as its peer likes; and of two that do not
 * block, nobody could tell which one is to be waited for.
 */
static enum way find_way(int out_fd, int in_fd, int64_t offset_bytes)
{
    int saved_errno = errno;
    struct stat in, out;
    int flags;

    if (nw__fd_peek(in_fd, &in) < 0 || nw__fd_peek(out_fd, &out) < 0)
        return BY_CALLS;
    if (is_file(&out) && (S_ISFIFO(in.st_mode) || S_ISSOCK(in.st_mode)))
        return offset_bytes < 0 ? ON_WORKER : BY_CALLS;
    if (!is_file(&in))
        return BY_CALLS;
    flags = is_file(&out) ? O_NONBLOCK : fcntl(out_fd, F_GETFL);
    errno = saved_errno;
    return flags >= 0 && flags & O_NONBLOCK ? IN_KERNEL : BY_CALLS;
}

/* A slice by sendfile(2). -EAGAIN: the reader is slow; wait for it here, not on the worker. */
static ssize_t send_slice(struct send *s)
{
    for (;;) {
        int rc = nw__work_await("sendfile", send_step, s);
        if (rc != -EAGAIN)
            return rc;
        rc = nw_fd_poll(s->out_fd, POLLOUT);
        if (rc < 0)
            return rc;
    }
}

/* What is there, without waiting for more than LINGER_MS. */
static ssize_t read_peer(const struct send *s, size_t size_bytes)
{
    const struct iovec one = {.iov_base = s->buffer, .iov_len = size_bytes};
    struct pollfd poll_fd = {.fd = s->in_fd, .events = POLLIN};
    ssize_t n;

    for (;;) {
        n = preadv2(s->in_fd, &one, 1, -1, RWF_NOWAIT);
        if (n >= 0)
            return n;
        if (errno == ENOSYS || errno == EPERM)
            return -EOPNOTSUPP;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (errno == EAGAIN && poll(&poll_fd, 1, LINGER_MS) == 0)
            return -EAGAIN;
    }
}

/* All of it; `*done_bytes` grows by what was written. */
static int write_out(int fd, const char *data, size_t size_bytes, size_t *done_bytes)
{
    ssize_t n;

    for (size_t done = 0; done < size_bytes; done += (size_t)n) {
        do {
            n = write(fd, data + done, size_bytes - done);
        } while (n < 0 && errno == EINTR);
        if (n < 0)
            return -errno;
        *done_bytes += (size_t)n;
    }
    return 0;
}

/* On a worker: a slice, or as much of it as comes in time. */
static int pump_step(void *arg)
{
    struct send *s = arg;
    int64_t end_ns = nw__clock_ns() + TRIP_NS;
    size_t done = 0;
    ssize_t n;

    do {
        size_t left = s->slice_bytes - done;
        n = read_peer(s, left < BUFFER_BYTES ? left : BUFFER_BYTES);
        if (n <= 0)
            break;
        s->lost = write_out(s->out_fd, s->buffer, (size_t)n, &done);
    } while (s->lost == 0 && done < s->slice_bytes && nw__clock_ns() < end_ns);
    return done ? (int)done : s->lost ? s->lost : (int)n;
}

/* A slice from a peer into a file; a silent peer is waited for here, not on the worker. -EOPNOTSUPP: such a
 * peer cannot be asked without waiting. */
static ssize_t pump_slice(struct send *s)
{
    if (!s->buffer)
        s->buffer = malloc(BUFFER_BYTES);
    if (!s->buffer)
        return -ENOMEM;
    for (;;) {
        int rc = nw__work_await("sendfile", pump_step, s);
        if (rc != -EAGAIN)
            return rc;
        rc = nw_fd_poll(s->in_fd, POLLIN);
        if (rc < 0)
            return rc;
    }
}

/* On a worker: whoever reads at the same position may be waiting for a disk, and keeps the position locked.
 */
static int back_step(void *arg)
{
    const struct send *s = arg;

    return lseek(s->in_fd, -s->back_bytes, SEEK_CUR) < 0 ? -errno : 0;
}

/* A slice through a buffer. What was read is written, or the error is returned: a position may have moved. */
static ssize_t copy_slice(struct send *s)
{
    size_t size = s->slice_bytes < BUFFER_BYTES ? s->slice_bytes : BUFFER_BYTES;
    ssize_t n, m;

    if (!s->buffer)
        s->buffer = malloc(BUFFER_BYTES);
    if (!s->buffer)
        return -ENOMEM;
    n = s->offset_bytes < 0 ? nw_fd_read(s->in_fd, s->buffer, size)
                            : nw_fd_pread(s->in_fd, s->buffer, size, s->offset_bytes);
    if (n <= 0)
        return n;
    m = nw_fd_write(s->out_fd, s->buffer, (size_t)n);
    if (m < n && s->offset_bytes < 0 && m >= 0) { /* what could not be written was not sent */
        s->back_bytes = n - m;
        nw__io_cleanup("lseek", back_step, s);
    }
    return m;
}

/* The first slice finds out whether the kernel has this way between these two; the calls always can. */
static ssize_t next_slice(struct send *s, enum way *way, bool first)
{
    ssize_t n = *way == IN_KERNEL ? send_slice(s) : *way == ON_WORKER ? pump_slice(s) : copy_slice(s);

    if (!first || *way == BY_CALLS || n != (*way == IN_KERNEL ? -EINVAL : -EOPNOTSUPP))
        return n;
    *way = BY_CALLS;
    return copy_slice(s);
}

ssize_t nw_sendfile(int out_fd, int in_fd, int64_t in_offset_bytes, size_t size_bytes)
{
    struct send s = {.out_fd = out_fd, .in_fd = in_fd, .offset_bytes = in_offset_bytes};
    size_t done = 0;
    ssize_t n = 1;
    nw_task *self;
    int rc = nw__task_enter(&self);
    enum way way = rc == 0 ? find_way(out_fd, in_fd, in_offset_bytes) : BY_CALLS;

    if (rc < 0)
        return rc;
    if (in_offset_bytes < -1 || size_bytes > SSIZE_MAX)
        return -EINVAL;
    while (done < size_bytes && n > 0 && s.lost == 0) {
        size_t slice = way == ON_WORKER ? NW__OP_PIECE_BYTES : SLICE_BYTES;
        s.slice_bytes = size_bytes - done < slice ? size_bytes - done : slice;
        n = next_slice(&s, &way, done == 0);
        if (n > 0)
            done += (size_t)n;
        if (n > 0 && s.offset_bytes >= 0)
            s.offset_bytes += n;
    }
    free(s.buffer);
    if (s.lost)
        return s.lost;
    return done ? (ssize_t)done : size_bytes ? n : 0;
}
