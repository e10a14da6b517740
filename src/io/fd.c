/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: opened, closed, synced, sized, waited for.
 * Owns nothing: what is opened belongs to the caller. Must not move data (transfer.c).
 */
#include <nowait/op.h>
#include <unistd.h>

#include "backend/hint.h"
#include "io/io.h"

int nw_fd_openat(int directory_fd, const char *path, int flags, mode_t mode)
{
    nw_op op;

    if (!path)
        return -EINVAL;
    nw_op_open(&op, directory_fd, path, flags, mode);
    return nw__io_call(&op);
}

int nw_fd_open(const char *path, int flags, mode_t mode)
{
    return nw_fd_openat(AT_FDCWD, path, flags, mode);
}

/* -- closing -- */

/*
 * A pipe, a socket, an eventfd is closed in a moment. A file may have data to be written back, a server or
 * process to be told, or, its name being gone, blocks to be freed; a terminal waits until its output has
 * drained. The ring would do some of that on the loop's thread, when it lets go of the file; a worker does it
 * on its own.
 */
static bool closes_at_once(const struct stat *stat)
{
    mode_t type = stat->st_mode & S_IFMT;

    return type == 0 || type == S_IFIFO || type == S_IFSOCK;
}

/* After EINTR, Linux has closed it all the same. */
static int close_step(void *arg)
{
    return close(*(int *)arg) < 0 && errno != EINTR ? -errno : 0;
}

static int close_somehow(nw_task *self, int fd)
{
    struct stat status;
    int rc = nw__fd_peek(fd, &status);

    if (rc < 0) {
        nw__task_spend(self, 0); /* errors count, too */
        return rc;
    }
    nw__hint_closing(fd);
    if (!closes_at_once(&status))
        return nw__io_cleanup("close", close_step, &fd);
    int saved_errno = errno;
    rc = close_step(&fd);
    errno = saved_errno;
    nw__task_spend(self, 0);
    return rc;
}

int nw_fd_close(int fd)
{
    nw_task *self = nw__task_self();
    nw_op op;
    int rc;

    if (!self)
        return NW_ENOTASK;
    nw_op_close(&op, fd);
    rc = nw__op_try(&op); /* what was opened for reading on a local disk */
    if (rc == -EAGAIN)
        return close_somehow(self, fd);
    nw__task_spend(self, 0);
    return rc;
}

/* -- the rest -- */

static int sync_fd(int fd, bool data_only)
{
    nw_op op;

    nw_op_sync(&op, fd, data_only);
    return nw__io_call(&op);
}

int nw_fd_sync(int fd)
{
    return sync_fd(fd, false);
}

int nw_fd_datasync(int fd)
{
    return sync_fd(fd, true);
}

int nw_fd_truncate(int fd, int64_t size_bytes)
{
    nw_op op;

    if (size_bytes < 0)
        return -EINVAL;
    nw_op_truncate(&op, fd, size_bytes);
    return nw__io_call(&op);
}

int nw_fd_allocate(int fd, int mode, int64_t offset_bytes, int64_t size_bytes)
{
    nw_op op;

    if (offset_bytes < 0 || size_bytes <= 0)
        return -EINVAL;
    nw_op_fallocate(&op, fd, mode, offset_bytes, size_bytes);
    return nw__io_call(&op);
}

int nw_fd_advise(int fd, int64_t offset_bytes, int64_t size_bytes, int advice)
{
    nw_op op;

    if (offset_bytes < 0 || size_bytes < 0)
        return -EINVAL;
    nw_op_fadvise(&op, fd, offset_bytes, size_bytes, advice);
    return nw__io_call(&op);
}

int nw_fd_poll(int fd, unsigned events)
{
    nw_op op;

    nw_op_poll(&op, fd, events);
    return nw__io_call(&op);
}
