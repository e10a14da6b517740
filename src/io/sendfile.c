/* SPDX-License-Identifier: MIT */
/*
 * Bytes from one descriptor to another inside the kernel, in slices on a worker.
 * Owns a buffer, and only where the kernel cannot do it. Must not let a slow reader hold a worker:
 * sendfile(2) is used where it cannot wait for one.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "io/io.h"

#define SLICE_BYTES  (1024 * 1024)
#define BUFFER_BYTES (128 * 1024)

struct send {
    int out_fd;
    int in_fd;
    int64_t offset_bytes; /* -1: at the file's own position */
    size_t slice_bytes;
    char *buffer;
    off_t back_bytes; /* read, but not written */
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

static bool is_file(int fd)
{
    struct stat status;

    return nw__fd_peek(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
}

/*
 * A blocking pipe or socket would hold the worker for as long as its peer likes; and of two that do not
 * block, nobody could tell which one is to be waited for.
 */
static bool never_waits(int out_fd, int in_fd)
{
    int saved_errno = errno;
    bool to_file = is_file(out_fd);
    int flags = to_file ? 0 : fcntl(out_fd, F_GETFL);

    errno = saved_errno;
    return is_file(in_fd) && (to_file || (flags >= 0 && flags & O_NONBLOCK));
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

ssize_t nw_sendfile(int out_fd, int in_fd, int64_t in_offset_bytes, size_t size_bytes)
{
    struct send s = {.out_fd = out_fd, .in_fd = in_fd, .offset_bytes = in_offset_bytes};
    size_t done = 0;
    ssize_t n = 0;
    nw_task *self;
    int rc = nw__task_enter(&self);
    bool in_kernel = rc == 0 && never_waits(out_fd, in_fd);

    if (rc < 0)
        return rc;
    if (in_offset_bytes < -1 || size_bytes > SSIZE_MAX)
        return -EINVAL;
    while (done < size_bytes) {
        s.slice_bytes = size_bytes - done < SLICE_BYTES ? size_bytes - done : SLICE_BYTES;
        n = in_kernel ? send_slice(&s) : copy_slice(&s);
        if (n == -EINVAL && in_kernel && done == 0) { /* not between these two */
            in_kernel = false;
            continue;
        }
        if (n <= 0)
            break;
        done += (size_t)n;
        if (s.offset_bytes >= 0)
            s.offset_bytes += n;
    }
    free(s.buffer);
    return done ? (ssize_t)done : n;
}
