/* SPDX-License-Identifier: MIT */
/*
 * A whole file written at once, in place: one job that opens, writes and closes, in pieces that can be
 * cancelled. Owns the descriptor. Anything that is not a regular file could block a worker for ever, and is
 * written through the descriptor calls instead.
 */
#include <stdlib.h>
#include <unistd.h>

#include "io/io.h"

struct write_job {
    const char *path;
    const char *data;
    size_t left_bytes;
    unsigned flags;
    int fd;         /* -1: not open */
    bool irregular; /* a device, a FIFO: left to others; still open when fd says so */
    bool removes;   /* clean-up: we made the file */
};

static int open_target(struct write_job *job)
{
    int how = job->flags & NW_APPEND ? O_APPEND : O_TRUNC;
    struct stat status;

    if (job->flags & NW_EXCL)
        how |= O_EXCL;
    /* Non-blocking, because a FIFO would wait for its reader. */
    job->fd = open(job->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | how, 0666);
    if (job->fd < 0) {
        job->irregular = errno == ENXIO;
        return -errno;
    }
    job->removes = job->flags & NW_EXCL;
    if (fstat(job->fd, &status) < 0)
        return -errno;
    job->irregular = !S_ISREG(status.st_mode);
    return 0;
}

static int close_target(struct write_job *job)
{
    int rc = 0;

    if (job->flags & NW_SYNC && fsync(job->fd) < 0)
        return -errno;
    if (close(job->fd) < 0 && errno != EINTR)
        rc = -errno;
    job->fd = -1;
    return rc;
}

/* The name is to be on disk too, and it is where the symbolic links lead. */
static int sync_name(const char *path)
{
    char *resolved;
    int rc = nw__path_resolve(path, &resolved);

    if (rc < 0)
        return rc;
    rc = nw__path_sync_folder(resolved);
    free(resolved);
    return rc;
}

static int write_step(void *arg)
{
    struct write_job *job = arg;
    size_t piece = job->left_bytes < NW__OP_PIECE_BYTES ? job->left_bytes : NW__OP_PIECE_BYTES;
    int rc = job->fd < 0 ? open_target(job) : 0;

    if (rc < 0 || job->irregular)
        return rc;
    rc = nw__write_fully(job->fd, job->data, piece);
    if (rc < 0)
        return rc;
    job->data += piece;
    job->left_bytes -= piece;
    if (job->left_bytes > 0)
        return NW__JOB_GOES_ON;
    rc = close_target(job);
    return rc == 0 && job->flags & NW_SYNC ? sync_name(job->path) : rc;
}

static int write_undo(void *arg)
{
    struct write_job *job = arg;

    if (job->removes)
        unlink(job->path);
    return job->fd >= 0 ? close(job->fd) : 0;
}

/* What is there is no regular file: no size, nothing to truncate, and it may make us wait. */
static int write_irregular(struct write_job *job)
{
    ssize_t n;
    int rc;

    if (job->fd < 0)
        job->fd = nw_fd_open(job->path, O_WRONLY | O_NOCTTY, 0);
    if (job->fd < 0)
        return job->fd;
    n = nw_fd_write(job->fd, job->data, job->left_bytes);
    if (n >= 0 && (size_t)n < job->left_bytes) { /* progress is no success here: ask for the reason */
        job->data += n;
        job->left_bytes -= (size_t)n;
        n = nw_fd_write(job->fd, job->data, job->left_bytes);
    }
    rc = nw_fd_close(job->fd);
    return n < 0 ? (int)n : (size_t)n < job->left_bytes ? -EIO : rc;
}

int nw_write_file(const char *path, const void *data, size_t size_bytes, unsigned flags)
{
    struct write_job job = {.path = path, .data = data, .left_bytes = size_bytes, .flags = flags, .fd = -1};
    int rc;

    if (!path || (!data && size_bytes) || flags & ~(NW_APPEND | NW_ATOMIC | NW_SYNC | NW_EXCL) ||
        (flags & NW_APPEND && flags & (NW_ATOMIC | NW_EXCL)))
        return -EINVAL;
    if (flags & NW_ATOMIC)
        return nw__replace_file(path, data, size_bytes, flags);
    rc = nw__io_job("write file", write_step, &job);
    if (job.irregular)
        return write_irregular(&job);
    if (rc < 0 && (job.fd >= 0 || job.removes))
        nw__io_cleanup("write file", write_undo, &job);
    return rc;
}
