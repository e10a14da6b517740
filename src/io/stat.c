/* SPDX-License-Identifier: MIT */
/*
 * What a path leads to: its metadata, and the questions that are asked most.
 * Owns nothing. All of them are one stat; absence is an answer where the question allows it, else an error.
 */
#include <nowait/op.h>

#include "io/io.h"

static int stat_path(const char *path, int flags, struct stat *stat_out)
{
    struct statx found;
    nw_task *self;
    nw_op op;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!path || !stat_out)
        return -EINVAL;
    rc = nw__try_stat(AT_FDCWD, path, flags, stat_out);
    if (rc != -EAGAIN) {
        nw__task_spend(self, 0);
        return rc;
    }
    nw_op_statx(&op, AT_FDCWD, path, flags, STATX_BASIC_STATS, &found);
    rc = nw__op_await(&op);
    if (rc == 0)
        nw__stat_convert(&found, stat_out);
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
