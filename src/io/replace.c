/* SPDX-License-Identifier: MIT */
/*
 * A file replaced as a whole: written under another name in the same folder, brought to disk, then renamed.
 * Owns the temporary file: unless it has become the target, it is removed. The order of the steps is what
 * makes a crash at any point leave the old content or the new; it must not be changed for speed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/io.h"

#define NAME_KEPT_BYTES                                                                                      \
    200 /* of the target's name: enough to tell whose the temporary is, within NAME_MAX                      \
         */

struct replace {
    const char *path;
    const char *data;
    size_t left_bytes;
    unsigned flags;
    char *target;     /* where the links at `path` lead */
    const char *name; /* the target's last part */
    int folder_fd;
    int fd;
    bool begun;
    bool has_temporary;
    bool existed;
    struct stat old;
    char temporary[NAME_KEPT_BYTES + NW__SUFFIX_BYTES + 2];
};

static int find_target(struct replace *r)
{
    /* As O_EXCL: a link at the path counts as something that is there. */
    int rc = r->flags & NW_EXCL ? 0 : nw__path_resolve(r->path, &r->target);

    if (rc < 0)
        return rc;
    r->name = nw__path_base(r->target ? r->target : r->path);
    if (!*r->name)
        return *r->path ? -EISDIR : -ENOENT;
    r->folder_fd = nw__path_open_folder(r->target ? r->target : r->path);
    if (r->folder_fd < 0)
        return r->folder_fd;
    if (fstatat(r->folder_fd, r->name, &r->old, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    r->existed = true;
    if (r->flags & NW_EXCL)
        return -EEXIST;
    if (S_ISDIR(r->old.st_mode))
        return -EISDIR;
    return S_ISREG(r->old.st_mode) ? 0 : -EINVAL; /* renaming over a device would destroy it */
}

/* Nobody else may read it before it has the mode of what it replaces; a new file obeys the umask. */
static int make_temporary(struct replace *r)
{
    char suffix[NW__SUFFIX_BYTES];

    do {
        int rc = nw__random_suffix(suffix);
        if (rc < 0)
            return rc;
        snprintf(r->temporary, sizeof r->temporary, ".%.*s.%s", NAME_KEPT_BYTES, r->name, suffix);
        r->fd = openat(r->folder_fd, r->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       r->existed ? 0600 : 0666);
    } while (r->fd < 0 && errno == EEXIST);
    if (r->fd < 0)
        return -errno;
    r->has_temporary = true;
    return 0;
}

/* The owner first: changing it takes set-user-ID bits away. Only root may; others keep at least the mode. */
static int keep_attributes(struct replace *r)
{
    mode_t mode = r->old.st_mode & 07777;
    struct stat made;

    if (fstat(r->fd, &made) < 0)
        return -errno;
    if ((made.st_uid != r->old.st_uid || made.st_gid != r->old.st_gid) &&
        fchown(r->fd, r->old.st_uid, r->old.st_gid) < 0)
        mode &= 01777;
    return fchmod(r->fd, mode) < 0 ? -errno : 0;
}

static int rename_temporary(const struct replace *r)
{
    unsigned flags = r->flags & NW_EXCL ? RENAME_NOREPLACE : 0;

    if (renameat2(r->folder_fd, r->temporary, r->folder_fd, r->name, flags) == 0)
        return 0;
    if (!flags || errno != EINVAL)
        return -errno;
    /* A file system without RENAME_NOREPLACE: a link is as good, and the clean-up removes the other name. */
    if (linkat(r->folder_fd, r->temporary, r->folder_fd, r->name, 0) < 0)
        return -errno;
    return unlinkat(r->folder_fd, r->temporary, 0) < 0 ? -errno : 0;
}

static int commit(struct replace *r)
{
    int rc = r->existed ? keep_attributes(r) : 0;

    if (rc == 0 && fsync(r->fd) < 0)
        rc = -errno;
    if (rc == 0)
        rc = rename_temporary(r);
    if (rc < 0)
        return rc;
    r->has_temporary = false;
    return fsync(r->folder_fd) < 0 ? -errno : 0;
}

static int finish(void *arg)
{
    struct replace *r = arg;

    if (r->has_temporary)
        unlinkat(r->folder_fd, r->temporary, 0);
    if (r->fd >= 0)
        close(r->fd);
    if (r->folder_fd >= 0)
        close(r->folder_fd);
    free(r->target);
    r->begun = false;
    return 0;
}

static int replace_step(void *arg)
{
    struct replace *r = arg;
    size_t piece = r->left_bytes < NW__OP_PIECE_BYTES ? r->left_bytes : NW__OP_PIECE_BYTES;
    int rc = 0;

    if (!r->begun) {
        r->begun = true;
        rc = find_target(r);
        if (rc == 0)
            rc = make_temporary(r);
    }
    if (rc == 0)
        rc = nw__write_fully(r->fd, r->data, piece);
    if (rc == 0) {
        r->data += piece;
        r->left_bytes -= piece;
        if (r->left_bytes > 0)
            return NW__JOB_GOES_ON;
        rc = commit(r);
    }
    finish(r); /* in the same trip */
    return rc;
}

int nw__replace_file(const char *path, const char *data, size_t size_bytes, unsigned flags)
{
    struct replace r = {
        .path = path, .data = data, .left_bytes = size_bytes, .flags = flags, .folder_fd = -1, .fd = -1};
    int rc = nw__io_job("replace file", replace_step, &r);

    if (r.begun)
        nw__io_cleanup("replace file", finish, &r);
    return rc;
}
