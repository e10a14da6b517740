/* SPDX-License-Identifier: MIT */
/*
 * Names: made, changed, removed, and the attributes that are set through a path.
 * Owns nothing; paths are borrowed until the call returns. What io_uring has goes as an op, the rest is one
 * trip to a worker.
 */
#include <nowait/op.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/syscall.h"
#include "io/io.h"

/* -- as ops -- */

int nw_rename(const char *from, const char *to)
{
    nw_op op;

    if (!from || !to)
        return -EINVAL;
    nw_op_rename(&op, AT_FDCWD, from, AT_FDCWD, to, 0);
    return nw__io_call(&op);
}

static int unlink_path(const char *path, int flags)
{
    nw_op op;

    if (!path)
        return -EINVAL;
    nw_op_unlink(&op, AT_FDCWD, path, flags);
    return nw__io_call(&op);
}

int nw_unlink(const char *path)
{
    return unlink_path(path, 0);
}

int nw_rmdir(const char *path)
{
    return unlink_path(path, AT_REMOVEDIR);
}

int nw_remove(const char *path)
{
    int rc = unlink_path(path, 0);

    return rc == -EISDIR ? unlink_path(path, AT_REMOVEDIR) : rc;
}

int nw_mkdir(const char *path, mode_t mode)
{
    nw_op op;

    if (!path)
        return -EINVAL;
    nw_op_mkdir(&op, AT_FDCWD, path, mode);
    return nw__io_call(&op);
}

int nw_link(const char *from, const char *to)
{
    nw_op op;

    if (!from || !to)
        return -EINVAL;
    nw_op_link(&op, AT_FDCWD, from, AT_FDCWD, to, 0);
    return nw__io_call(&op);
}

int nw_symlink(const char *target, const char *path)
{
    nw_op op;

    if (!target || !path)
        return -EINVAL;
    nw_op_symlink(&op, target, AT_FDCWD, path);
    return nw__io_call(&op);
}

/* -- on a worker -- */

struct path_call {
    const char *path;
    int64_t number; /* a mode, a size, a user */
    gid_t group;
    const struct timespec *times;
    struct statvfs *statvfs_out;
    char *text; /* the answer, to be freed */
};

/* One trip for a call that is a single system call. */
static int call(const char *what, nw_task_fn *fn, struct path_call *call)
{
    return call->path ? nw__work_await(what, fn, call) : -EINVAL;
}

static int access_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(access(c->path, (int)c->number));
}

int nw_access(const char *path, int mode)
{
    struct path_call c = {.path = path, .number = mode};

    return call("access", access_step, &c);
}

static int chmod_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(chmod(c->path, (mode_t)c->number));
}

int nw_chmod(const char *path, mode_t mode)
{
    struct path_call c = {.path = path, .number = mode};

    return call("chmod", chmod_step, &c);
}

static int chown_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(chown(c->path, (uid_t)c->number, c->group));
}

int nw_chown(const char *path, uid_t user, gid_t group)
{
    struct path_call c = {.path = path, .number = user, .group = group};

    return call("chown", chown_step, &c);
}

static int utime_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(utimensat(AT_FDCWD, c->path, c->times, 0));
}

int nw_utime(const char *path, const struct timespec times[2])
{
    struct path_call c = {.path = path, .times = times};

    return call("utime", utime_step, &c);
}

static int statvfs_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(statvfs(c->path, c->statvfs_out));
}

int nw_statvfs(const char *path, struct statvfs *statvfs_out)
{
    struct statvfs found;
    struct path_call c = {.path = path, .statvfs_out = &found};
    int rc = statvfs_out ? call("statvfs", statvfs_step, &c) : -EINVAL;

    if (rc == 0)
        *statvfs_out = found;
    return rc;
}

static int truncate_step(void *arg)
{
    struct path_call *c = arg;

    return nw__syscall_result(truncate(c->path, c->number));
}

int nw_truncate_path(const char *path, int64_t size_bytes)
{
    struct path_call c = {.path = path, .number = size_bytes};

    return size_bytes < 0 ? -EINVAL : call("truncate", truncate_step, &c);
}

static int readlink_step(void *arg)
{
    struct path_call *c = arg;
    char target[PATH_MAX]; /* no file system keeps a longer one */
    ssize_t n = readlink(c->path, target, sizeof target - 1);

    if (n < 0)
        return -errno;
    target[n] = '\0';
    c->text = strdup(target);
    return c->text ? 0 : -ENOMEM;
}

static int realpath_step(void *arg)
{
    struct path_call *c = arg;

    c->text = realpath(c->path, NULL);
    return c->text ? 0 : -errno;
}

static int text_call(const char *what, nw_task_fn *fn, const char *path, nw_bytes *out)
{
    struct path_call c = {.path = path};
    int rc = out ? call(what, fn, &c) : -EINVAL;

    if (rc == 0)
        *out = (nw_bytes){c.text, strlen(c.text)};
    return rc;
}

int nw_readlink(const char *path, nw_bytes *target_out)
{
    return text_call("readlink", readlink_step, path, target_out);
}

int nw_realpath(const char *path, nw_bytes *path_out)
{
    return text_call("realpath", realpath_step, path, path_out);
}
