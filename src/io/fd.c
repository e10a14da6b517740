/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: closed, synced, sized, waited for.
 * Owns nothing. Opening is in open.c, moving data in transfer.c.
 */
#include <nowait/op.h>
#include <unistd.h>

#include "backend/hint.h"
#include "io/io.h"

/* -- closing -- */

/*
 * close(2) takes a moment, except where it has something to finish: data to be written back by a file that
 * was written, a server or process to be told, the blocks of a file without a name to be freed. io_uring
 * would run the last on the loop's thread too, so these go to a worker.
 */
static bool close_is_quick(int fd, int flags, const struct stat *stat)
{
    if (flags & O_PATH)
        return true;
    if (S_ISDIR(stat->st_mode) || S_ISREG(stat->st_mode))
        return (flags & O_ACCMODE) == O_RDONLY && stat->st_nlink > 0 && nw__fs_is_local(fd, stat->st_dev);
    return S_ISFIFO(stat->st_mode);
}

/*
 * Descriptors of this thread that can be closed without a look at them: also if the last name of so small a
 * file is gone by then, little is to be freed. A number that was closed and used again behind our back can
 * cost a stall, never more.
 */
#define SMALL_FILE_BYTES (1024 * 1024)
#define QUICK_FDS        256
static _Thread_local int quick_fds[QUICK_FDS]; /* fd + 1, at its place modulo the size */

static int *quick_place(int fd)
{
    return &quick_fds[(unsigned)fd % QUICK_FDS];
}

void nw__fd_remember(int fd, int flags, const struct stat *stat)
{
    bool quick =
        S_ISREG(stat->st_mode) && stat->st_size <= SMALL_FILE_BYTES && close_is_quick(fd, flags, stat);

    *quick_place(fd) = quick ? fd + 1 : 0;
    nw__hint_opened(fd, flags, false);
}

/* About to be closed: the next file under this number is another one. */
static void forget(int fd)
{
    *quick_place(fd) = 0;
    nw__hint_closing(fd);
}

static int close_step(void *arg)
{
    return close(*(int *)arg) < 0 && errno != EINTR ? -errno
                                                    : 0; /* EINTR: Linux has closed it all the same */
}

static int close_now(int fd)
{
    int saved_errno = errno;
    int rc = close_step(&fd);

    errno = saved_errno;
    nw__task_spend(nw__task_self(), 0);
    return rc;
}

int nw__fd_close(int fd, int flags, const struct stat *stat)
{
    bool quick = close_is_quick(fd, flags, stat);

    forget(fd);
    return quick ? close_now(fd) : nw__io_cleanup("close", close_step, &fd);
}

int nw_fd_close(int fd)
{
    struct stat status;
    nw_shield shield;
    int flags, rc, saved_errno = errno;

    if (!nw__task_self())
        return NW_ENOTASK;
    if (*quick_place(fd) == fd + 1 && fd >= 0) {
        forget(fd);
        return close_now(fd);
    }
    flags = fcntl(fd, F_GETFL);
    errno = saved_errno;
    if (flags < 0) {
        nw__task_spend(nw__task_self(), 0);
        return -EBADF;
    }
    nw_shield_begin(&shield); /* it will be closed, whatever has happened to the task */
    rc = nw__stat_fd(fd, &status);
    if (rc < 0)
        status = (struct stat){0};
    rc = nw__fd_close(fd, flags, &status);
    nw_shield_end(&shield);
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

int nw_fd_stat(int fd, struct stat *stat_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!stat_out)
        return -EINVAL;
    rc = nw__stat_fd(fd, stat_out);
    nw__task_spend(self, 0);
    return rc;
}
