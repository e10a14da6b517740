/* SPDX-License-Identifier: MIT */
/*
 * The old files of a log, and how the current one becomes one of them.
 * Owns nothing. Must leave every entry in some file at every moment: it only renames, oldest first, and a
 * process that dies in between leaves a gap, which the next rotation fills before it drops anything.
 */
#include "stream/log_rotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"
#include "stream/log_file.h"

#define RETRY_NS NW_SEC(1) /* after a rotation that failed */

static int rename_old(const char *path, unsigned from, unsigned to)
{
    char *old, *new;
    int rc = -ENOMEM;

    if (asprintf(&old, from ? "%s.%u" : "%s", path, from) < 0)
        return -ENOMEM;
    if (asprintf(&new, to ? "%s.%u" : "%s", path, to) >= 0) {
        rc = rename(old, new) < 0 ? -errno : 0;
        free(new);
    }
    free(old);
    return rc;
}

static int exists(const char *path, unsigned number)
{
    struct stat status;
    char *name;

    if (asprintf(&name, "%s.%u", path, number) < 0)
        return -ENOMEM;
    int rc = lstat(name, &status) == 0 ? 1 : -errno;
    free(name);
    return rc == -ENOENT ? 0 : rc;
}

int nw__log_shift(const char *path, unsigned keep)
{
    unsigned gap = 1;
    int rc = 1;

    while (gap < keep && (rc = exists(path, gap)) > 0)
        gap++;
    if (rc < 0)
        return rc;
    for (rc = 0; gap > 1 && rc == 0; gap--)
        rc = rename_old(path, gap - 1, gap);
    return rc;
}

/* Is this the file that is open? Somebody else's must not be moved away. */
static bool is_open_file(const struct nw__log_file *file, const char *path)
{
    struct stat named, open;

    return stat(path, &named) == 0 && fstat(file->fd, &open) == 0 && named.st_ino == open.st_ino &&
           named.st_dev == open.st_dev;
}

static int move_and_reopen(struct nw__log_file *file, const char *path)
{
    if (!is_open_file(file, path))
        return nw__log_file_reopen(file);
    int rc = nw__log_shift(path, file->keep);
    if (rc == 0)
        rc = rename_old(path, 0, 1);
    if (rc < 0)
        return rc;
    rc = nw__log_file_reopen(file);
    if (rc < 0 && access(path, F_OK) < 0)
        (void)rename_old(path, 1, 0); /* it goes on under its name */
    return rc;
}

int nw__log_file_rotate(struct nw__log_file *file)
{
    char *path; /* where the path's links lead: there are the files */
    struct stat status;

    if (!file->regular)
        return 0;
    if (fstat(file->fd, &status) < 0)
        return -errno;
    file->size_bytes = status.st_size; /* others may have written, or emptied it */
    if (file->size_bytes == 0)
        return 0;
    int rc = nw__path_resolve(file->path, &path);
    if (rc == 0) {
        rc = move_and_reopen(file, path);
        free(path);
    }
    if (rc < 0)
        file->rotate_after_ns = nw__clock_ns() + RETRY_NS;
    else
        file->rotations++;
    return rc;
}
