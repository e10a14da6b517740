/* SPDX-License-Identifier: MIT */
/*
 * FUSE requests on open files and folders, as system calls on the store's own descriptors, whose numbers are
 * the file handles. Owns nothing: the kernel says when a handle is no longer needed.
 */
#include "slowfs_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -- open files -- */

static int reply_open(struct slowfs_call *call, int fd)
{
    struct fuse_open_out out = {.fh = (uint64_t)fd,
                                .open_flags = call->store->remember ? FOPEN_KEEP_CACHE : 0};

    if (fd < 0)
        return -errno;
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

int slowfs_do_open(struct slowfs_call *call)
{
    uint32_t flags =
        ((const struct fuse_open_in *)call->in)->flags & ~(uint32_t)(O_NOFOLLOW | O_APPEND | O_DIRECT);

    return reply_open(call, open(slowfs_path_of(call->node), (int)flags | O_CLOEXEC));
}

/* Made and opened: by a name, or without one. */
static int reply_create(struct slowfs_call *call, int fd, int path_fd)
{
    struct {
        struct fuse_entry_out entry;
        struct fuse_open_out open;
    } out = {.open = {.fh = (uint64_t)fd}};

    if (fd < 0)
        return -errno;
    if (!slowfs_fill_entry(call, path_fd, &out.entry)) {
        close(fd);
        return -EIO;
    }
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

int slowfs_do_create(struct slowfs_call *call)
{
    const struct fuse_create_in *in = call->in;
    int flags = (int)(in->flags & ~(uint32_t)(O_APPEND | O_DIRECT)) | O_CREAT | O_CLOEXEC;
    int fd = openat(call->node->fd, call->name, flags, in->mode);

    return reply_create(call, fd, openat(call->node->fd, call->name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

int slowfs_do_tmpfile(struct slowfs_call *call)
{
    const struct fuse_create_in *in = call->in;
    char path[40];
    int fd = openat(call->node->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, in->mode);

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return reply_create(call, fd, open(path, O_PATH | O_CLOEXEC));
}

int slowfs_do_release(struct slowfs_call *call)
{
    return slowfs_done(call, close((int)((const struct fuse_release_in *)call->in)->fh));
}

int slowfs_do_nothing(struct slowfs_call *call)
{
    return slowfs_done(call, 0);
}

int slowfs_do_fsync(struct slowfs_call *call)
{
    return slowfs_done(call, fsync((int)((const struct fuse_fsync_in *)call->in)->fh));
}

int slowfs_do_read(struct slowfs_call *call)
{
    static char data[SLOWFS_WRITE_BYTES];
    const struct fuse_read_in *in = call->in;
    size_t room = in->size < sizeof data ? in->size : sizeof data;
    ssize_t n = pread((int)in->fh, data, room, (off_t)in->offset);

    if (n < 0)
        return -errno;
    slowfs_reply(call, 0, data, (size_t)n);
    return 0;
}

int slowfs_do_write(struct slowfs_call *call)
{
    const struct fuse_write_in *in = call->in;
    ssize_t n = pwrite((int)in->fh, call->name, in->size, (off_t)in->offset);
    struct fuse_write_out out = {.size = (uint32_t)n};

    if (n < 0)
        return -errno;
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

int slowfs_do_fallocate(struct slowfs_call *call)
{
    const struct fuse_fallocate_in *in = call->in;

    return slowfs_done(call, fallocate((int)in->fh, (int)in->mode, (off_t)in->offset, (off_t)in->length));
}

int slowfs_do_lseek(struct slowfs_call *call)
{
    const struct fuse_lseek_in *in = call->in;
    off_t at = lseek((int)in->fh, (off_t)in->offset, (int)in->whence);
    struct fuse_lseek_out out = {.offset = (uint64_t)at};

    if (at < 0)
        return -errno;
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

int slowfs_do_copy_file_range(struct slowfs_call *call)
{
    const struct fuse_copy_file_range_in *in = call->in;
    off_t from = (off_t)in->off_in, to = (off_t)in->off_out;
    ssize_t n = copy_file_range((int)in->fh_in, &from, (int)in->fh_out, &to, in->len, 0);
    struct fuse_write_out out = {.size = (uint32_t)n};

    if (n < 0)
        return -errno;
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

/* A file is always ready. A file system that does not know the request is asked once only; this one always.
 */
int slowfs_do_poll(struct slowfs_call *call)
{
    struct fuse_poll_out out = {.revents = ((const struct fuse_poll_in *)call->in)->events};

    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

/* -- folders -- */

struct entry { /* as getdents64(2) gives it */
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

int slowfs_do_readdir(struct slowfs_call *call)
{
    static char found[32 * 1024] __attribute__((aligned(8))), out[64 * 1024] __attribute__((aligned(8)));
    const struct fuse_read_in *in = call->in;
    size_t room = in->size < sizeof out ? in->size : sizeof out, size = 0;
    long n = -1;

    if (lseek((int)in->fh, (off_t)in->offset, SEEK_SET) >= 0)
        n = syscall(SYS_getdents64, (int)in->fh, found, sizeof found);
    if (n < 0)
        return -errno;
    for (long at = 0; at < n;) {
        const struct entry *entry = (const void *)(found + at);
        struct fuse_dirent *to = (void *)(out + size);
        size_t length = strlen(entry->name);
        if (size + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length) > room)
            break;
        *to = (struct fuse_dirent){entry->inode, (uint64_t)entry->next, (uint32_t)length, entry->type};
        memcpy(to->name, entry->name, length);
        size += FUSE_DIRENT_SIZE(to);
        at += entry->size;
    }
    slowfs_reply(call, 0, out, size);
    return 0;
}
