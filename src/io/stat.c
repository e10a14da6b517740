/* SPDX-License-Identifier: MIT */
/*
 * What a path or a descriptor leads to: its metadata, and the questions that are asked most.
 * Owns nothing. All of them are one statx(2): inline where the kernel has the answer in memory, else an op.
 * Absence is an answer where the question allows it, else an error.
 */
#include <nowait/op.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "backend/local.h"
#include "base/syscall.h"
#include "io/io.h"

static void convert(const struct statx *from, struct stat *to)
{
    *to = (struct stat){
        .st_dev = makedev(from->stx_dev_major, from->stx_dev_minor),
        .st_ino = from->stx_ino,
        .st_mode = from->stx_mode,
        .st_nlink = from->stx_nlink,
        .st_uid = from->stx_uid,
        .st_gid = from->stx_gid,
        .st_rdev = makedev(from->stx_rdev_major, from->stx_rdev_minor),
        .st_size = (off_t)from->stx_size,
        .st_blksize = (blksize_t)from->stx_blksize,
        .st_blocks = (blkcnt_t)from->stx_blocks,
        .st_atim = {from->stx_atime.tv_sec, from->stx_atime.tv_nsec},
        .st_mtim = {from->stx_mtime.tv_sec, from->stx_mtime.tv_nsec},
        .st_ctim = {from->stx_ctime.tv_sec, from->stx_ctime.tv_nsec},
    };
}

#ifdef STATX_MNT_ID
#define MASK (STATX_BASIC_STATS | STATX_MNT_ID)

/* Is what AT_STATX_DONT_SYNC gave the truth? On a local disk, and of what is on no disk at all. */
static bool is_current(const struct statx *found)
{
    mode_t type = found->stx_mode & S_IFMT;

    return type == 0 || type == S_IFIFO || type == S_IFSOCK ||
           (found->stx_mask & STATX_MNT_ID && nw__local_mount(found->stx_mnt_id));
}
#else
#define MASK STATX_BASIC_STATS

static bool is_current(const struct statx *found)
{
    (void)found;
    return false;
}
#endif

/* errno is preserved by all three that follow. */
static int ask_memory(int fd, struct statx *found)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, MASK, found),
                                        saved_errno);
}

int nw__fd_peek(int fd, struct stat *stat_out)
{
    struct statx found;
    int rc = ask_memory(fd, &found);

    if (rc == 0)
        convert(&found, stat_out);
    return rc;
}

/*
 * A path whose every part is cached: O_PATH reaches it without opening it. -EAGAIN: ask the slow way; that a
 * name is absent may be known from memory, what else is wrong is found out there.
 */
static int try_path(const char *path, int flags, struct statx *found)
{
    int saved_errno = errno;
    int nofollow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
    int rc, fd = nw__open_cached(AT_FDCWD, path, O_PATH | O_CLOEXEC | nofollow);

    if (fd < 0) {
        errno = saved_errno;
        return fd == -ENOENT ? fd : -EAGAIN;
    }
    rc = ask_memory(fd, found);
    close(fd); /* an O_PATH descriptor: there is nothing but its number to be given up */
    errno = saved_errno;
    return rc == 0 && !is_current(found) ? -EAGAIN : rc;
}

static int stat_op(int directory_fd, const char *path, int flags, struct statx *found)
{
    nw_op op;

    nw_op_statx(&op, directory_fd, path, flags, STATX_BASIC_STATS, found);
    op.flags |= NW__OP_NO_INLINE;
    return nw__op_await(&op);
}

static int stat_path(const char *path, int flags, struct stat *stat_out)
{
    struct statx found;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!path || !stat_out)
        return -EINVAL;
    rc = try_path(path, flags, &found);
    if (rc == -EAGAIN)
        rc = stat_op(AT_FDCWD, path, flags, &found);
    else
        nw__task_spend(self, 0);
    if (rc == 0)
        convert(&found, stat_out);
    return rc;
}

int nw_fd_stat(int fd, struct stat *stat_out)
{
    struct statx found;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!stat_out)
        return -EINVAL;
    rc = ask_memory(fd, &found);
    if (rc == 0 && !is_current(&found))
        rc = stat_op(fd, "", AT_EMPTY_PATH, &found);
    else
        nw__task_spend(self, 0);
    if (rc == 0)
        convert(&found, stat_out);
    return rc;
}

int nw_stat(const char *path, struct stat *stat_out)
{
    return stat_path(path, 0, stat_out);
}

int nw_lstat(const char *path, struct stat *stat_out)
{
    return stat_path(path, AT_SYMLINK_NOFOLLOW, stat_out);
}

/* 1: something of that type (0: of any) is there; 0: it is not. */
static int is_there(const char *path, mode_t type)
{
    struct stat status;
    int rc = stat_path(path, 0, &status);

    if (rc == -ENOENT || rc == -ENOTDIR)
        return 0;
    if (rc < 0)
        return rc;
    return type == 0 || (status.st_mode & S_IFMT) == type;
}

int nw_exists(const char *path)
{
    return is_there(path, 0);
}

int nw_is_file(const char *path)
{
    return is_there(path, S_IFREG);
}

int nw_is_dir(const char *path)
{
    return is_there(path, S_IFDIR);
}

int64_t nw_file_size(const char *path)
{
    struct stat status;
    int rc = stat_path(path, 0, &status);

    return rc < 0 ? rc : status.st_size;
}
