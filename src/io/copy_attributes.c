/* SPDX-License-Identifier: MIT */
/*
 * What a copy keeps besides content: owner, extended attributes and ACLs, mode, times. In this order: a
 * change of owner takes set-user-ID bits away, an ACL and a mode say the same, and times come last.
 * Owns nothing. Links are never followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "io/copy.h"

#define BY_NAME_BYTES (PATH_MAX + 32)

/* -- owner -- */

static int target_stat(const struct nw__copy_node *node, struct stat *status)
{
    int rc = node->to_fd >= 0 ? fstat(node->to_fd, status)
                              : fstatat(node->to_dir, node->to, status, AT_SYMLINK_NOFOLLOW);

    return rc < 0 ? -errno : 0;
}

static int change_owner(const struct nw__copy_node *node, uid_t user, gid_t group)
{
    int rc = node->to_fd >= 0 ? fchown(node->to_fd, user, group)
                              : fchownat(node->to_dir, node->to, user, group, AT_SYMLINK_NOFOLLOW);

    return rc < 0 ? -errno : 0;
}

/* EINVAL: an owner that this user namespace does not know. */
static bool not_allowed(int rc)
{
    return rc == -EPERM || rc == -EINVAL;
}

/* Returns: 0: it has the owner; 1: this process may not; an error. */
static int keep_owner(const struct nw__copy_node *node, bool *changed)
{
    const struct stat *source = node->source;
    struct stat status;
    int rc = target_stat(node, &status);

    if (rc < 0 || (status.st_uid == source->st_uid && status.st_gid == source->st_gid))
        return rc;
    *changed = true;
    rc = change_owner(node, source->st_uid, source->st_gid);
    if (!not_allowed(rc))
        return rc;
    rc = change_owner(node, (uid_t)-1, source->st_gid);
    return rc == 0 || not_allowed(rc) ? 1 : rc;
}

/* -- extended attributes -- */

/* One side: its descriptor, or a path that leads to the name and not beyond it. */
struct side {
    int fd;
    char path[BY_NAME_BYTES];
};

static void find_side(struct side *side, int fd, int folder_fd, const char *name)
{
    side->fd = fd;
    if (fd >= 0)
        return;
    if (folder_fd == AT_FDCWD)
        snprintf(side->path, sizeof side->path, "%s", name);
    else
        snprintf(side->path, sizeof side->path, "/proc/self/fd/%d/%s", folder_fd, name);
}

static ssize_t list(const struct side *side, char *names, size_t size_bytes)
{
    ssize_t n =
        side->fd >= 0 ? flistxattr(side->fd, names, size_bytes) : llistxattr(side->path, names, size_bytes);

    return n < 0 ? -errno : n;
}

static ssize_t get(const struct side *side, const char *name, char *value, size_t size_bytes)
{
    ssize_t n = side->fd >= 0 ? fgetxattr(side->fd, name, value, size_bytes)
                              : lgetxattr(side->path, name, value, size_bytes);

    return n < 0 ? -errno : n;
}

static int set(const struct side *side, const char *name, const char *value, size_t size_bytes)
{
    int rc = side->fd >= 0 ? fsetxattr(side->fd, name, value, size_bytes, 0)
                           : lsetxattr(side->path, name, value, size_bytes, 0);

    return rc < 0 ? -errno : 0;
}

/* The file system or this process cannot have it: that is no failure. */
static bool cannot_have(ssize_t error)
{
    return error == -ENOTSUP || error == -ENOSYS || error == -EPERM || error == -EACCES || error == -ENODATA;
}

static int keep_one(const struct side *from, const struct side *to, const char *name)
{
    char small[1024], *value = small;
    ssize_t n = get(from, name, small, sizeof small);
    int rc;

    if (n == -ERANGE) {
        value = malloc(XATTR_SIZE_MAX);
        if (!value)
            return -ENOMEM;
        n = get(from, name, value, XATTR_SIZE_MAX);
    }
    rc = n < 0 ? (int)n : set(to, name, value, (size_t)n);
    if (value != small)
        free(value);
    return cannot_have(rc) ? 0 : rc;
}

/* What a new file inherited from its folder is not the source's. */
static void drop_inherited(const struct side *to)
{
    if (to->fd < 0 || flistxattr(to->fd, NULL, 0) <= 0)
        return;
    fremovexattr(to->fd, "system.posix_acl_access");
    fremovexattr(to->fd, "system.posix_acl_default");
}

static int keep_all(const struct side *from, const struct side *to, const char *names, size_t size_bytes)
{
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < size_bytes; at += strlen(names + at) + 1)
        rc = keep_one(from, to, names + at);
    return rc;
}

static int keep_xattrs(const struct nw__copy_node *node)
{
    struct side from, to;
    char small[1024], *names = small;
    ssize_t n;
    int rc;

    find_side(&from, node->from_fd, node->from_dir, node->from);
    find_side(&to, node->to_fd, node->to_dir, node->to);
    if (node->made)
        drop_inherited(&to);
    n = list(&from, small, sizeof small);
    if (n == -ERANGE) {
        names = malloc(XATTR_LIST_MAX);
        if (!names)
            return -ENOMEM;
        n = list(&from, names, XATTR_LIST_MAX);
    }
    /* By name it takes /proc; where that is not mounted, links and devices go without. */
    if (cannot_have(n) || (n == -ENOENT && from.fd < 0))
        n = 0;
    rc = n < 0 ? (int)n : keep_all(&from, &to, names, (size_t)n);
    if (names != small)
        free(names);
    return rc;
}

/* -- all of it -- */

static int keep_mode(const struct nw__copy_node *node, unsigned flags, bool owned, bool changed)
{
    mode_t mode = node->source->st_mode & 07777, now = node->mode & 07777;
    int rc;

    if (S_ISLNK(node->source->st_mode))
        return 0; /* links have none of their own */
    if (flags & NW_COPY_UMASK)
        mode = node->made ? now & (mode | 07000) : now;
    if (!owned)
        mode &= 01777; /* it would let others act as somebody whom it does not belong to */
    if (mode == now && !changed)
        return 0;
    rc = node->to_fd >= 0 ? fchmod(node->to_fd, mode)
                          : fchmodat(node->to_dir, node->to, mode, AT_SYMLINK_NOFOLLOW);
    return rc < 0 ? -errno : 0;
}

static int keep_times(const struct nw__copy_node *node)
{
    const struct timespec times[2] = {node->source->st_atim, node->source->st_mtim};
    int rc = node->to_fd >= 0 ? futimens(node->to_fd, times)
                              : utimensat(node->to_dir, node->to, times, AT_SYMLINK_NOFOLLOW);

    return rc < 0 ? -errno : 0;
}

int nw__copy_attributes(const struct nw__copy_node *node, unsigned flags)
{
    bool changed = false;
    int rc = flags & NW_COPY_OWNER ? keep_owner(node, &changed) : 0;
    bool owned = rc == 0;

    if (rc >= 0)
        rc = flags & NW_COPY_XATTRS ? keep_xattrs(node) : 0;
    if (rc == 0)
        rc = keep_mode(node, flags, owned, changed || flags & NW_COPY_XATTRS);
    if (rc == 0 && flags & NW_COPY_TIMES)
        rc = keep_times(node);
    return rc;
}
