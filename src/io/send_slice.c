/* SPDX-License-Identifier: MIT */
/*
 * sendfile(2) to sockets that do not block, a slice at a time, for their streams. Owns nothing. Must not wait
 * for a disk on the loop's thread: it asks first whether the page cache has the slice, and a worker sends
 * what it has not.
 *
 * Why nw_sendfile() (sendfile.c) is another: that is between descriptors of any kind, and sends inline to
 * none. To a file it would wait for a disk, and how a stranger's descriptor is used elsewhere, nobody here
 * knows. This one has a socket that is its stream's own, in non-blocking mode for sure, and the page cache to
 * ask; and it is called for every reply of a server, each too short for a trip to a worker to be lost in it.
 */
#define _GNU_SOURCE
#include "io/send_slice.h"

#include <poll.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CACHESTAT_NUMBER 451 /* on all architectures; Linux 6.5 */
#define PAGE_MASK_BYTES  ((int64_t)4095)

struct slice {
    int socket_fd;
    int file_fd;
    int64_t offset;
    size_t size_bytes;
};

/* -- is it in the page cache? -- */

struct cachestat_range {
    uint64_t offset;
    uint64_t length;
};

struct cachestat_answer {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

/* Whether a byte can be had at once. */
static bool has_byte(const struct slice *s, int64_t offset)
{
    char byte;
    const struct iovec one = {.iov_base = &byte, .iov_len = 1};

    return preadv2(s->file_fd, &one, 1, offset, RWF_NOWAIT) >= 0;
}

/* Pages that are cached count also when they are being read just now: the first one must be whole. */
static bool is_cached(const struct slice *s)
{
    static _Atomic bool missing;
    int64_t begin = s->offset & ~PAGE_MASK_BYTES, end = s->offset + (int64_t)s->size_bytes;
    struct cachestat_range range = {(uint64_t)begin, (uint64_t)(end - begin)};
    struct cachestat_answer answer;

    if (!has_byte(s, s->offset) || !has_byte(s, end - 1))
        return false;
    if (missing)
        return true; /* both ends are: good enough on older kernels */
    if (syscall(CACHESTAT_NUMBER, s->file_fd, &range, &answer, 0) < 0) {
        missing = errno == ENOSYS || errno == EPERM;
        return missing || errno == EOPNOTSUPP;
    }
    return answer.cached >= (uint64_t)(end - begin + PAGE_MASK_BYTES) / (uint64_t)(PAGE_MASK_BYTES + 1);
}

/* -- sending -- */

/* sendfile(2) knows no MSG_NOSIGNAL. */
static ssize_t send_quietly(const struct slice *s)
{
    const struct timespec now = {0};
    sigset_t pipe_only, before, pending;
    off_t offset = s->offset;
    ssize_t n;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    sigpending(&pending);
    do {
        n = sendfile(s->socket_fd, s->file_fd, &offset, s->size_bytes);
    } while (n < 0 && errno == EINTR);
    n = n < 0 ? -errno : n;
    /* It comes also with a short count: when the peer went in the middle. */
    if (n < (ssize_t)s->size_bytes && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe_only, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

static int send_step(void *arg)
{
    return (int)send_quietly(arg);
}

/* -EAGAIN: the peer is slow. */
static ssize_t send_some(nw_task *self, struct slice *s)
{
    int saved_errno = errno;
    ssize_t n = -EINPROGRESS;

    if (is_cached(s))
        n = send_quietly(s);
    errno = saved_errno;
    if (n == -EINPROGRESS)
        return nw__work_await("sendfile", send_step, s);
    nw__task_spend(self, n > 0 ? (size_t)n : 0);
    return n;
}

ssize_t nw__send_slice(int socket_fd, int file_fd, int64_t offset, size_t size_bytes)
{
    struct slice s = {socket_fd, file_fd, offset, size_bytes};
    nw_task *self;
    ssize_t n = nw__task_enter(&self);

    if (n < 0)
        return n;
    if (s.size_bytes > NW__SEND_SLICE_BYTES)
        s.size_bytes = NW__SEND_SLICE_BYTES;
    for (;;) {
        n = send_some(self, &s);
        if (n != -EAGAIN)
            break;
        n = nw_fd_poll(socket_fd, POLLOUT);
        if (n < 0)
            break;
    }
    return n == -EINVAL || n == -ENOSYS || n == -ESPIPE ? -EOPNOTSUPP : n;
}
