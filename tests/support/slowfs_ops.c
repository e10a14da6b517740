/* SPDX-License-Identifier: MIT */
/*
 * FUSE requests as system calls on a folder. A node is a file that the kernel knows by number; it is held by
 * an O_PATH descriptor, so that renaming and removing do not matter. A file handle is a descriptor.
 * Owns the nodes. One thread; a request that is not known is answered with ENOSYS.
 */
#include "slowfs_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REMEMBERED_SECONDS 3600
#define FUSE_TMPFILE_      51 /* Linux 6.2 */

/* -- answers -- */

void slowfs_reply(const struct slowfs_call *call, int error, const void *data, size_t size_bytes)
{
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof header + size_bytes),
        .error = error,
        .unique = call->request->header.unique,
    };
    struct iovec parts[] = {{&header, sizeof header}, {(void *)(uintptr_t)data, size_bytes}};
    ssize_t written = writev(call->store->device, parts, 2);

    (void)written; /* ENOENT: whoever asked does not wait any more */
}

/* 0, or why not: of a system call that has just answered `rc`. */
int slowfs_done(const struct slowfs_call *call, long rc)
{
    slowfs_reply(call, rc < 0 ? -errno : 0, NULL, 0);
    return 0;
}

static void fill_attributes(struct fuse_attr *attr, const struct stat *status)
{
    *attr = (struct fuse_attr){
        .ino = status->st_ino,
        .size = (uint64_t)status->st_size,
        .blocks = (uint64_t)status->st_blocks,
        .atime = (uint64_t)status->st_atim.tv_sec,
        .mtime = (uint64_t)status->st_mtim.tv_sec,
        .ctime = (uint64_t)status->st_ctim.tv_sec,
        .atimensec = (uint32_t)status->st_atim.tv_nsec,
        .mtimensec = (uint32_t)status->st_mtim.tv_nsec,
        .ctimensec = (uint32_t)status->st_ctim.tv_nsec,
        .mode = status->st_mode,
        .nlink = (uint32_t)status->st_nlink,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .rdev = (uint32_t)status->st_rdev,
        .blksize = (uint32_t)status->st_blksize,
    };
}

static uint64_t valid_seconds(const struct slowfs_store *store)
{
    return store->remember ? REMEMBERED_SECONDS : 0;
}

/* -- nodes -- */

static struct slowfs_node *find_node(const struct slowfs_store *store, uint64_t id)
{
    struct slowfs_node *node = store->nodes;

    while (node && node->id != id)
        node = node->next;
    return node;
}

/* The node of an O_PATH descriptor, which belongs to it from now on. */
static struct slowfs_node *take_node(struct slowfs_store *store, int fd, struct stat *status_out)
{
    struct slowfs_node *node = store->nodes;

    if (fstat(fd, status_out) < 0)
        return NULL;
    while (node && (node->inode != status_out->st_ino || node->device != status_out->st_dev))
        node = node->next;
    if (node) {
        close(fd);
    } else {
        node = calloc(1, sizeof *node);
        if (!node)
            return NULL;
        *node = (struct slowfs_node){store->nodes,       store->next_id++,   0,
                                     status_out->st_dev, status_out->st_ino, fd};
        store->nodes = node;
    }
    node->lookups++;
    return node;
}

static void forget(struct slowfs_store *store, uint64_t id, uint64_t count)
{
    struct slowfs_node **place = &store->nodes, *node;

    while (*place && (*place)->id != id)
        place = &(*place)->next;
    node = *place;
    if (!node || id == FUSE_ROOT_ID || (node->lookups -= count) > 0)
        return;
    *place = node->next;
    close(node->fd);
    free(node);
}

/* The path that leads to a node whatever it is called now. */
const char *slowfs_path_of(const struct slowfs_node *node)
{
    static char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", node->fd);
    return path;
}

bool slowfs_fill_entry(struct slowfs_call *call, int fd, struct fuse_entry_out *entry)
{
    struct stat status;
    const struct slowfs_node *node = fd < 0 ? NULL : take_node(call->store, fd, &status);

    if (!node)
        return false;
    *entry = (struct fuse_entry_out){
        .nodeid = node->id,
        .entry_valid = valid_seconds(call->store),
        .attr_valid = valid_seconds(call->store),
    };
    fill_attributes(&entry->attr, &status);
    return true;
}

/* Tell the kernel of the file that `name` in the node's folder is. */
static int reply_entry(struct slowfs_call *call, long rc, const char *name)
{
    struct fuse_entry_out entry;

    if (rc < 0 ||
        !slowfs_fill_entry(call, openat(call->node->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), &entry))
        return -errno;
    slowfs_reply(call, 0, &entry, sizeof entry);
    return 0;
}

static int reply_attributes(struct slowfs_call *call)
{
    struct fuse_attr_out out = {.attr_valid = valid_seconds(call->store)};
    struct stat status;

    if (fstat(call->node->fd, &status) < 0)
        return -errno;
    fill_attributes(&out.attr, &status);
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

/* -- names -- */

static int do_lookup(struct slowfs_call *call)
{
    return reply_entry(call, 0, call->name);
}

static int do_forget(struct slowfs_call *call)
{
    forget(call->store, call->request->header.nodeid, ((const struct fuse_forget_in *)call->in)->nlookup);
    return 0;
}

static int do_batch_forget(struct slowfs_call *call)
{
    const struct fuse_batch_forget_in *in = call->in;
    const struct fuse_forget_one *one = (const void *)call->name;

    for (uint32_t i = 0; i < in->count; i++)
        forget(call->store, one[i].nodeid, one[i].nlookup);
    return 0;
}

static int do_symlink(struct slowfs_call *call)
{
    const char *target = call->name + strlen(call->name) + 1;

    return reply_entry(call, symlinkat(target, call->node->fd, call->name), call->name);
}

static int do_mknod(struct slowfs_call *call)
{
    const struct fuse_mknod_in *in = call->in;

    return reply_entry(call, mknodat(call->node->fd, call->name, in->mode, in->rdev), call->name);
}

static int do_mkdir(struct slowfs_call *call)
{
    const struct fuse_mkdir_in *in = call->in;

    return reply_entry(call, mkdirat(call->node->fd, call->name, in->mode), call->name);
}

static int do_unlink(struct slowfs_call *call)
{
    return slowfs_done(call, unlinkat(call->node->fd, call->name, 0));
}

static int do_rmdir(struct slowfs_call *call)
{
    return slowfs_done(call, unlinkat(call->node->fd, call->name, AT_REMOVEDIR));
}

static int rename_to(struct slowfs_call *call, uint64_t folder, unsigned flags)
{
    const struct slowfs_node *to = find_node(call->store, folder);

    if (!to)
        return -ENOENT;
    return slowfs_done(
        call, renameat2(call->node->fd, call->name, to->fd, call->name + strlen(call->name) + 1, flags));
}

static int do_rename(struct slowfs_call *call)
{
    return rename_to(call, ((const struct fuse_rename_in *)call->in)->newdir, 0);
}

static int do_rename2(struct slowfs_call *call)
{
    const struct fuse_rename2_in *in = call->in;

    return rename_to(call, in->newdir, in->flags);
}

static int do_link(struct slowfs_call *call)
{
    const struct slowfs_node *from =
        find_node(call->store, ((const struct fuse_link_in *)call->in)->oldnodeid);

    if (!from)
        return -ENOENT;
    return reply_entry(call,
                       linkat(AT_FDCWD, slowfs_path_of(from), call->node->fd, call->name, AT_SYMLINK_FOLLOW),
                       call->name);
}

static int do_readlink(struct slowfs_call *call)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(call->node->fd, "", target, sizeof target);

    if (n < 0)
        return -errno;
    slowfs_reply(call, 0, target, (size_t)n);
    return 0;
}

/* -- attributes -- */

static int do_getattr(struct slowfs_call *call)
{
    return reply_attributes(call);
}

static struct timespec time_of(uint32_t valid, uint32_t set, uint32_t to_now, uint64_t seconds, uint32_t ns)
{
    if (valid & to_now)
        return (struct timespec){0, UTIME_NOW};
    return valid & set ? (struct timespec){(time_t)seconds, ns} : (struct timespec){0, UTIME_OMIT};
}

static int do_setattr(struct slowfs_call *call)
{
    const struct fuse_setattr_in *in = call->in;
    const char *path = slowfs_path_of(call->node);
    uint32_t valid = in->valid;
    const struct timespec times[2] = {
        time_of(valid, FATTR_ATIME, FATTR_ATIME_NOW, in->atime, in->atimensec),
        time_of(valid, FATTR_MTIME, FATTR_MTIME_NOW, in->mtime, in->mtimensec),
    };
    uid_t user = valid & FATTR_UID ? in->uid : (uid_t)-1;
    gid_t group = valid & FATTR_GID ? in->gid : (gid_t)-1;

    if ((valid & FATTR_MODE && chmod(path, in->mode) < 0) ||
        (valid & (FATTR_UID | FATTR_GID) && fchownat(call->node->fd, "", user, group, AT_EMPTY_PATH) < 0) ||
        (valid & FATTR_SIZE && truncate(path, (off_t)in->size) < 0) ||
        (valid & (FATTR_ATIME | FATTR_MTIME) && utimensat(AT_FDCWD, path, times, 0) < 0))
        return -errno;
    return reply_attributes(call);
}

static int do_statfs(struct slowfs_call *call)
{
    struct fuse_statfs_out out = {{0}};
    struct statvfs found;

    if (fstatvfs(call->node->fd, &found) < 0)
        return -errno;
    out.st = (struct fuse_kstatfs){
        .blocks = found.f_blocks,
        .bfree = found.f_bfree,
        .bavail = found.f_bavail,
        .files = found.f_files,
        .ffree = found.f_ffree,
        .bsize = (uint32_t)found.f_bsize,
        .namelen = (uint32_t)found.f_namemax,
        .frsize = (uint32_t)found.f_frsize,
    };
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

static int do_setxattr(struct slowfs_call *call)
{
    const struct fuse_setxattr_in *in = call->in;

    return slowfs_done(call, setxattr(slowfs_path_of(call->node), call->name,
                                      call->name + strlen(call->name) + 1, in->size, (int)in->flags));
}

/* Both that read: size 0 asks how much there is. */
static int reply_xattr(struct slowfs_call *call, bool list)
{
    static char data[64 * 1024];
    const struct fuse_getxattr_in *in = call->in;
    size_t room = in->size < sizeof data ? in->size : sizeof data;
    ssize_t n = list ? listxattr(slowfs_path_of(call->node), data, room)
                     : getxattr(slowfs_path_of(call->node), call->name, data, room);
    struct fuse_getxattr_out out = {.size = (uint32_t)n};

    if (n < 0)
        return -errno;
    if (in->size == 0)
        slowfs_reply(call, 0, &out, sizeof out);
    else
        slowfs_reply(call, 0, data, (size_t)n);
    return 0;
}

static int do_getxattr(struct slowfs_call *call)
{
    return reply_xattr(call, false);
}

static int do_listxattr(struct slowfs_call *call)
{
    return reply_xattr(call, true);
}

static int do_removexattr(struct slowfs_call *call)
{
    return slowfs_done(call, removexattr(slowfs_path_of(call->node), call->name));
}

/* -- the connection -- */

static int do_init(struct slowfs_call *call)
{
    const struct fuse_init_in *in = call->in;
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = in->max_readahead,
        .flags =
            FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES,
        .max_background = 64,
        .congestion_threshold = 48,
        .max_write = SLOWFS_WRITE_BYTES,
        .time_gran = 1,
        .max_pages = SLOWFS_WRITE_BYTES / 4096,
    };

    out.flags &= in->flags;
    slowfs_reply(call, 0, &out, sizeof out);
    return 0;
}

/* The answer does without a word: the request itself is answered when its time has come. */
static int do_interrupt(struct slowfs_call *call)
{
    (void)call;
    return 0;
}

static const struct {
    int (*fn)(struct slowfs_call *call); /* 0: it has replied; else the error to reply */
    size_t fixed_bytes;                  /* of the body, before names and data */
} handlers[] = {
    [FUSE_LOOKUP] = {do_lookup, 0},
    [FUSE_FORGET] = {do_forget, sizeof(struct fuse_forget_in)},
    [FUSE_GETATTR] = {do_getattr, sizeof(struct fuse_getattr_in)},
    [FUSE_SETATTR] = {do_setattr, sizeof(struct fuse_setattr_in)},
    [FUSE_READLINK] = {do_readlink, 0},
    [FUSE_SYMLINK] = {do_symlink, 0},
    [FUSE_MKNOD] = {do_mknod, sizeof(struct fuse_mknod_in)},
    [FUSE_MKDIR] = {do_mkdir, sizeof(struct fuse_mkdir_in)},
    [FUSE_UNLINK] = {do_unlink, 0},
    [FUSE_RMDIR] = {do_rmdir, 0},
    [FUSE_RENAME] = {do_rename, sizeof(struct fuse_rename_in)},
    [FUSE_LINK] = {do_link, sizeof(struct fuse_link_in)},
    [FUSE_OPEN] = {slowfs_do_open, sizeof(struct fuse_open_in)},
    [FUSE_READ] = {slowfs_do_read, sizeof(struct fuse_read_in)},
    [FUSE_WRITE] = {slowfs_do_write, sizeof(struct fuse_write_in)},
    [FUSE_STATFS] = {do_statfs, 0},
    [FUSE_RELEASE] = {slowfs_do_release, sizeof(struct fuse_release_in)},
    [FUSE_FSYNC] = {slowfs_do_fsync, sizeof(struct fuse_fsync_in)},
    [FUSE_SETXATTR] = {do_setxattr, FUSE_COMPAT_SETXATTR_IN_SIZE},
    [FUSE_GETXATTR] = {do_getxattr, sizeof(struct fuse_getxattr_in)},
    [FUSE_LISTXATTR] = {do_listxattr, sizeof(struct fuse_getxattr_in)},
    [FUSE_REMOVEXATTR] = {do_removexattr, 0},
    [FUSE_FLUSH] = {slowfs_do_nothing, sizeof(struct fuse_flush_in)},
    [FUSE_INIT] = {do_init, sizeof(struct fuse_init_in)},
    [FUSE_OPENDIR] = {slowfs_do_open, sizeof(struct fuse_open_in)},
    [FUSE_READDIR] = {slowfs_do_readdir, sizeof(struct fuse_read_in)},
    [FUSE_RELEASEDIR] = {slowfs_do_release, sizeof(struct fuse_release_in)},
    [FUSE_FSYNCDIR] = {slowfs_do_fsync, sizeof(struct fuse_fsync_in)},
    [FUSE_CREATE] = {slowfs_do_create, sizeof(struct fuse_create_in)},
    [FUSE_INTERRUPT] = {do_interrupt, sizeof(struct fuse_interrupt_in)},
    [FUSE_DESTROY] = {slowfs_do_nothing, 0},
    [FUSE_POLL] = {slowfs_do_poll, sizeof(struct fuse_poll_in)},
    [FUSE_BATCH_FORGET] = {do_batch_forget, sizeof(struct fuse_batch_forget_in)},
    [FUSE_FALLOCATE] = {slowfs_do_fallocate, sizeof(struct fuse_fallocate_in)},
    [FUSE_RENAME2] = {do_rename2, sizeof(struct fuse_rename2_in)},
    [FUSE_LSEEK] = {slowfs_do_lseek, sizeof(struct fuse_lseek_in)},
    [FUSE_COPY_FILE_RANGE] = {slowfs_do_copy_file_range, sizeof(struct fuse_copy_file_range_in)},
    [FUSE_TMPFILE_] = {slowfs_do_tmpfile, sizeof(struct fuse_create_in)},
};

bool slowfs_answers_at_once(unsigned opcode)
{
    return opcode == FUSE_INIT || opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET ||
           opcode == FUSE_INTERRUPT || opcode == FUSE_DESTROY;
}

void slowfs_answer(struct slowfs_store *store, const struct slowfs_request *request)
{
    unsigned opcode = request->header.opcode;
    struct slowfs_call call = {store, request, request->body, request->body,
                               find_node(store, request->header.nodeid)};
    int rc = -ENOSYS;

    if (opcode < sizeof handlers / sizeof *handlers && handlers[opcode].fn) {
        call.name += handlers[opcode].fixed_bytes;
        rc = call.node || slowfs_answers_at_once(opcode) ? handlers[opcode].fn(&call) : -ESTALE;
    }
    if (rc < 0)
        slowfs_reply(&call, rc, NULL, 0);
}

struct slowfs_store *slowfs_store_open(const char *path, int device)
{
    struct slowfs_store *store = calloc(1, sizeof *store);
    struct stat status;
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (!store || fd < 0)
        return NULL;
    umask(0); /* the kernel has applied that of whoever asks */
    store->device = device;
    store->next_id = FUSE_ROOT_ID;
    return take_node(store, fd, &status) ? store : NULL;
}
