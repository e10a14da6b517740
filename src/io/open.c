/* SPDX-License-Identifier: MIT */
/*
 * Opening: inline where all of the path is cached on a local file system, else through the engine.
 * Owns no descriptor: what is opened belongs to the caller, and nothing is left behind when a call fails.
 *
 * Everything is opened with O_NONBLOCK, which is taken away again: a FIFO must not wait for its peer on the
 * loop's thread, nor on a worker, where nothing could end its waiting (fifo.c does that part).
 */
#include <linux/openat2.h>
#include <nowait/op.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/io.h"

/* -- inline -- */

#define FOLDER_SETS_BITS 6
#define FOLDER_WAYS      4

/*
 * Folders in which an entry was found to be on a local file system, as hashes of their names. That a folder
 * changes its meaning (a mount, a chdir), or that two have one hash, can cost a stall, never a wrong answer.
 */
static _Thread_local uint64_t folders[1 << FOLDER_SETS_BITS][FOLDER_WAYS];

static uint64_t hash_folder(int directory_fd, const char *path)
{
    size_t length = (size_t)(nw__path_base(path) - path);
    uint64_t hash = 0xcbf29ce484222325u ^ (uint32_t)directory_fd;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

static bool folder_is_local(int directory_fd, const char *path)
{
    uint64_t hash = hash_folder(directory_fd, path);
    uint64_t *set = folders[hash * 0x9e3779b97f4a7c15u >> (64 - FOLDER_SETS_BITS)];
    struct stat status;

    for (int i = 0; i < FOLDER_WAYS; i++)
        if (set[i] == hash)
            return true;
    if (nw__try_stat(directory_fd, path, 0, &status) < 0)
        return false;
    memmove(set + 1, set, (FOLDER_WAYS - 1) * sizeof *set); /* the oldest falls out */
    set[0] = hash;
    return true;
}

/* Final for openat2(2) too? The others may mean "not inline", "not with these flags" or "no such call". */
static bool is_final(int error)
{
    return error != EAGAIN && error != EINVAL && error != ENOSYS && error != EPERM && error != E2BIG &&
           error != EINTR && error != EOPNOTSUPP;
}

/* -EAGAIN: it could block, or it is not known not to. */
static int try_open(int directory_fd, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    int saved_errno = errno;
    int fd;

    if (flags & (O_CREAT | O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE ||
        !folder_is_local(directory_fd, path))
        return -EAGAIN;
    fd = (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof how);
    if (fd < 0)
        fd = is_final(errno) ? -errno : -EAGAIN;
    errno = saved_errno;
    return fd;
}

static int open_somehow(int directory_fd, const char *path, int flags, mode_t mode)
{
    nw_task *self;
    nw_op op;
    int fd, rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    fd = try_open(directory_fd, path, flags);
    if (fd != -EAGAIN) {
        nw__task_spend(self, 0);
        return fd;
    }
    nw_op_open(&op, directory_fd, path, flags, mode);
    op.flags |= NW__OP_NO_INLINE;
    return nw__op_await(&op);
}

/* -- FIFOs -- */

/*
 * ENXIO from a FIFO: nobody reads it yet. Find out whether that is what it means: other things that cannot be
 * opened say the same.
 */
static int open_fifo_for_writing(int directory_fd, const char *path, int flags)
{
    struct stat status;
    int rc, fd = open_somehow(directory_fd, path, O_PATH | (flags & O_NOFOLLOW), 0);

    if (fd < 0)
        return fd;
    rc = nw__stat_fd(fd, &status);
    if (rc == 0 && S_ISFIFO(status.st_mode))
        return nw__fifo_open(fd, flags);
    close(fd);
    return rc < 0 ? rc : -ENXIO;
}

int nw__fd_settle(int fd, int flags, const struct stat *stat)
{
    int saved_errno = errno;

    if (S_ISFIFO(stat->st_mode) && (flags & O_ACCMODE) == O_RDONLY) {
        fd = nw__fifo_open(fd, flags);
        if (fd < 0)
            return fd;
    }
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    errno = saved_errno;
    return fd;
}

/* -- */

int nw__fd_open(int directory_fd, const char *path, int flags, mode_t mode, struct stat *stat_out)
{
    bool settles = !(flags & (O_NONBLOCK | O_PATH));
    struct stat status = {0};
    int fd = open_somehow(directory_fd, path, settles ? flags | O_NONBLOCK : flags, mode);

    if (fd == -EAGAIN && settles) /* somebody has a lease on it (fcntl(2)), and is asked to give it up */
        fd = open_somehow(directory_fd, path, flags, mode);
    if (fd == -ENXIO && settles && (flags & O_ACCMODE) == O_WRONLY)
        fd = open_fifo_for_writing(directory_fd, path, flags);
    if (fd < 0)
        return fd;
    if (nw__stat_fd(fd, &status) == 0) /* else cancelled meanwhile: the descriptor is the result */
        *stat_out = status;
    else
        *stat_out = (struct stat){0};
    nw__fd_remember(fd, flags, stat_out);
    return settles ? nw__fd_settle(fd, flags, stat_out) : fd;
}

int nw_fd_openat(int directory_fd, const char *path, int flags, mode_t mode)
{
    struct stat status;

    return path ? nw__fd_open(directory_fd, path, flags, mode, &status) : -EINVAL;
}

int nw_fd_open(const char *path, int flags, mode_t mode)
{
    return nw_fd_openat(AT_FDCWD, path, flags, mode);
}
