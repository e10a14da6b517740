/* SPDX-License-Identifier: MIT */
/*
 * Metadata that the kernel answers from memory, inline, and how it is known that it does.
 * Owns a small table for each thread: which devices carry a file system that asks nobody else.
 * A wrong entry (a device number used again by another kind of file system) can cost a stall, never a wrong
 * answer.
 */
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io/io.h"

#define KNOWN_DEVICES 16

enum locality { UNKNOWN = 0, LOCAL, REMOTE };

static _Thread_local struct {
    dev_t device;
    enum locality locality;
} devices[KNOWN_DEVICES];
static _Thread_local unsigned devices_next;

/* Magic numbers that linux/magic.h lacks. */
#define MAGIC_ZFS      0x2fc12fc1
#define MAGIC_BCACHEFS 0xca451a4e

static bool type_is_local(uint32_t magic)
{
    switch (magic) {
    case EXT4_SUPER_MAGIC: /* ext2 and ext3 as well */
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case EROFS_SUPER_MAGIC_V1:
    case MSDOS_SUPER_MAGIC:
    case ISOFS_SUPER_MAGIC:
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case PIPEFS_MAGIC:
    case SOCKFS_MAGIC:
    case ANON_INODE_FS_MAGIC:
    case MAGIC_ZFS:
    case MAGIC_BCACHEFS:
        return true;
    default:
        return false;
    }
}

static enum locality look_up(dev_t device)
{
    for (unsigned i = 0; i < KNOWN_DEVICES; i++)
        if (devices[i].device == device && devices[i].locality != UNKNOWN)
            return devices[i].locality;
    return UNKNOWN;
}

struct learn {
    int fd;
    uint32_t magic;
};

static int learn_step(void *arg)
{
    struct learn *learn = arg;
    struct statfs fs;

    if (fstatfs(learn->fd, &fs) < 0)
        return -errno;
    learn->magic = (uint32_t)fs.f_type;
    return 0;
}

/* statfs(2) itself may have to ask, so the first sight of a device costs a trip to a worker. */
bool nw__fs_is_local(int fd, dev_t device)
{
    enum locality locality = look_up(device);
    struct learn learn = {.fd = fd};

    if (locality != UNKNOWN)
        return locality == LOCAL;
    if (nw__work_await("statfs", learn_step, &learn) < 0)
        return false;
    locality = type_is_local(learn.magic) ? LOCAL : REMOTE;
    devices[devices_next].device = device;
    devices[devices_next].locality = locality;
    devices_next = (devices_next + 1) % KNOWN_DEVICES;
    return locality == LOCAL;
}

void nw__stat_convert(const struct statx *from, struct stat *to)
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

/*
 * What the kernel knows without asking anybody (AT_STATX_DONT_SYNC): on a local file system that is the
 * truth. -EAGAIN: elsewhere it may be out of date. errno is preserved.
 */
static int stat_from_memory(int fd, struct stat *stat_out)
{
    int saved_errno = errno;
    struct statx found;
    struct stat status;

    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &found) < 0) {
        int rc = -errno;

        errno = saved_errno;
        return rc;
    }
    nw__stat_convert(&found, &status);
    if (!nw__fs_is_local(fd, status.st_dev))
        return -EAGAIN;
    *stat_out = status;
    return 0;
}

int nw__stat_fd(int fd, struct stat *stat_out)
{
    struct statx found;
    nw_op op;
    int rc = stat_from_memory(fd, stat_out);

    if (rc != -EAGAIN)
        return rc;
    nw_op_statx(&op, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &found);
    rc = nw__op_await(&op);
    if (rc == 0)
        nw__stat_convert(&found, stat_out);
    return rc;
}

/* O_PATH reaches the inode without opening it, and RESOLVE_CACHED only when that needs no lookup on disk. */
int nw__try_stat(int directory_fd, const char *path, int flags, struct stat *stat_out)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0),
        .resolve = RESOLVE_CACHED,
    };
    int saved_errno = errno;
    int rc, fd = (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof how);

    if (fd <
        0) { /* that a name is absent may be known from memory; what else is wrong, the slow way finds out */
        rc = errno == ENOENT ? -ENOENT : -EAGAIN;
        errno = saved_errno;
        return rc;
    }
    rc = stat_from_memory(fd, stat_out);
    close(fd); /* does nothing but free the number: an O_PATH descriptor has nothing to flush */
    return rc;
}
