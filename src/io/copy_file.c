/* SPDX-License-Identifier: MIT */
/*
 * A file copied: shared blocks where the file system can, else copied in the kernel, else through a buffer.
 * Owns both descriptors and the buffer; a target that it made and could not complete is removed.
 * Must not block on anything but regular files.
 */
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/io.h"

#define SLICE_BYTES  (8 * 1024 * 1024) /* a worker trip; a cancellation waits for no more */
#define BUFFER_BYTES (256 * 1024)

struct copy {
    const char *from;
    const char *to;
    unsigned flags;
    int from_fd;
    int to_fd;
    bool begun;
    bool made;    /* the target is ours */
    bool cloned;  /* all of it, by sharing blocks */
    bool by_hand; /* copy_file_range(2) has refused */
    struct stat source;
    struct stat target;
    off_t at;          /* copied up to here */
    off_t segment_end; /* of the data segment that `at` is in */
    off_t hole_end;    /* where the source ended when nothing but a hole was left of it */
    char *buffer;
};

static int open_target(struct copy *c)
{
    int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK; /* a FIFO must not make us wait */

    /* Readable by nobody else until it has the mode of its source. */
    c->to_fd = open(c->to, flags | O_CREAT | O_EXCL, c->source.st_mode & 0700);
    c->made = c->to_fd >= 0;
    if (c->to_fd < 0 && errno == EEXIST && !(c->flags & NW_EXCL))
        c->to_fd = open(c->to, flags | O_CREAT, c->source.st_mode & 0700); /* or what a dangling link names */
    if (c->to_fd < 0 || fstat(c->to_fd, &c->target) < 0)
        return -errno;
    if (!S_ISREG(c->target.st_mode))
        return -EINVAL;
    if (c->target.st_dev == c->source.st_dev && c->target.st_ino == c->source.st_ino)
        return -EINVAL;
    return ftruncate(c->to_fd, 0) < 0 ? -errno : 0;
}

static int begin(struct copy *c)
{
    c->begun = true;
    c->from_fd = open(c->from, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (c->from_fd < 0 || fstat(c->from_fd, &c->source) < 0)
        return -errno;
    if (S_ISDIR(c->source.st_mode))
        return -EISDIR;
    if (!S_ISREG(c->source.st_mode))
        return -EINVAL;
    c->by_hand = c->source.st_size == 0; /* empty, or made up as it is read: /proc */
    return open_target(c);
}

static ssize_t copy_by_hand(struct copy *c, size_t size_bytes)
{
    ssize_t n;

    if (!c->buffer)
        c->buffer = malloc(BUFFER_BYTES);
    if (!c->buffer)
        return -ENOMEM;
    n = pread(c->from_fd, c->buffer, size_bytes < BUFFER_BYTES ? size_bytes : BUFFER_BYTES, c->at);
    for (ssize_t done = 0; done < n;) {
        ssize_t m = pwrite(c->to_fd, c->buffer + done, (size_t)(n - done), c->at + done);
        if (m < 0)
            return -errno;
        done += m;
    }
    return n < 0 ? -errno : n;
}

/* Errors by which the kernel says that it cannot do it for these two files, rather than that it failed. */
static bool kernel_refuses(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM ||
           error == ETXTBSY || error == EBADF;
}

static ssize_t copy_some(struct copy *c, size_t size_bytes)
{
    off_t from = c->at, to = c->at;
    ssize_t n;

    if (c->by_hand)
        return copy_by_hand(c, size_bytes);
    n = copy_file_range(c->from_fd, &from, c->to_fd, &to, size_bytes, 0);
    if (n >= 0 || !kernel_refuses(errno))
        return n < 0 ? -errno : n;
    c->by_hand = true;
    return copy_by_hand(c, size_bytes);
}

/*
 * Move `at` over a hole. Returns: whether there is data before the end. The end is looked up first: what is
 * appended meanwhile lies behind it and is no hole.
 */
static bool find_segment(struct copy *c)
{
    off_t end = lseek(c->from_fd, 0, SEEK_END);
    off_t data = lseek(c->from_fd, c->at, SEEK_DATA);

    if (data < 0 && errno == ENXIO) {
        c->hole_end = end;
        return false;
    }
    if (data < 0) { /* a file system that knows of no holes */
        c->segment_end = INT64_MAX;
        return true;
    }
    c->at = data;
    c->segment_end = lseek(c->from_fd, data, SEEK_HOLE);
    if (c->segment_end <= data)
        c->segment_end = INT64_MAX;
    return true;
}

/* Up to a slice. Returns: NW__JOB_GOES_ON, or 0 at the end of the source, wherever that is by now. */
static int copy_slice(struct copy *c)
{
    ssize_t slice = SLICE_BYTES;

    while (slice > 0) {
        if (c->source.st_size > 0 && c->at >= c->segment_end && !find_segment(c))
            return 0;
        off_t left = c->source.st_size > 0 ? c->segment_end - c->at : INT64_MAX;
        ssize_t n = copy_some(c, (size_t)(left < slice ? left : slice));
        if (n <= 0)
            return (int)n;
        c->at += n;
        slice -= n;
    }
    return NW__JOB_GOES_ON;
}

/* A hole at the end is a size without data. */
static int complete(struct copy *c)
{
    if (c->hole_end > c->at && ftruncate(c->to_fd, c->hole_end) < 0)
        return -errno;
    if (fchmod(c->to_fd, c->source.st_mode & 07777) < 0)
        return -errno;
    if (close(c->to_fd) < 0 && errno != EINTR) {
        c->to_fd = -1;
        return -errno;
    }
    c->to_fd = -1;
    c->made = false;
    return 0;
}

/* Remove what we made, unless somebody has put something else in its place. */
static void remove_target(const struct copy *c)
{
    bool known = c->target.st_ino != 0; /* else fstat(2) failed, a moment after we had made it */
    struct stat now;

    if (known && (lstat(c->to, &now) < 0 || now.st_dev != c->target.st_dev || now.st_ino != c->target.st_ino))
        return;
    unlink(c->to);
}

static int finish(void *arg)
{
    struct copy *c = arg;

    if (c->made)
        remove_target(c);
    if (c->to_fd >= 0)
        close(c->to_fd);
    if (c->from_fd >= 0)
        close(c->from_fd);
    free(c->buffer);
    c->begun = false;
    return 0;
}

static int copy_step(void *arg)
{
    struct copy *c = arg;
    int rc = 0;

    if (!c->begun) {
        rc = begin(c);
        c->cloned = rc == 0 && ioctl(c->to_fd, FICLONE, c->from_fd) == 0;
    }
    if (rc == 0 && !c->cloned)
        rc = copy_slice(c);
    if (rc == NW__JOB_GOES_ON)
        return rc;
    if (rc == 0)
        rc = complete(c);
    finish(c);
    return rc;
}

int nw_copy_file(const char *from, const char *to, unsigned flags)
{
    struct copy c = {.from = from, .to = to, .flags = flags, .from_fd = -1, .to_fd = -1};
    int rc;

    if (!from || !to || flags & ~NW_EXCL)
        return -EINVAL;
    rc = nw__io_job("copy file", copy_step, &c);
    if (c.begun)
        nw__io_cleanup("copy file", finish, &c);
    return rc;
}
