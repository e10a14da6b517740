/* SPDX-License-Identifier: MIT */
/*
 * Temporary files and folders, with names that cannot be guessed and access for their owner only.
 * Owns what it made until it is handed over; a call that fails leaves nothing behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/io.h"

struct temp {
    const char *directory;
    const char *prefix;
    char *path;
    int fd;
    int (*make)(struct temp *temp); /* 0, or a negative error code; -EEXIST: try another name */
};

static int make_file(struct temp *temp)
{
    temp->fd = open(temp->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return temp->fd < 0 ? -errno : 0;
}

static int make_folder(struct temp *temp)
{
    return mkdir(temp->path, 0700) < 0 ? -errno : 0;
}

static int named_step(void *arg)
{
    struct temp *temp = arg;
    char suffix[NW__SUFFIX_BYTES];
    int rc;

    do {
        rc = nw__random_suffix(suffix);
        if (rc < 0)
            return rc;
        if (asprintf(&temp->path, "%s/%s%s", temp->directory, temp->prefix, suffix) < 0) {
            temp->path = NULL;
            return -ENOMEM;
        }
        rc = temp->make(temp);
        if (rc < 0) {
            free(temp->path);
            temp->path = NULL;
        }
    } while (rc == -EEXIST);
    return rc;
}

/* A file system without O_TMPFILE: make one with a name and take the name away. */
static int unnamed_step(void *arg)
{
    struct temp *temp = arg;
    int rc;

    temp->fd = open(temp->directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (temp->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return temp->fd < 0 ? -errno : 0;
    rc = named_step(temp);
    if (rc == 0)
        unlink(temp->path);
    return rc;
}

static const char *default_directory(void)
{
    const char *directory = secure_getenv("TMPDIR");

    return directory && *directory ? directory : "/tmp";
}

static int make(struct temp *temp, nw_task_fn *step)
{
    if (!temp->directory)
        temp->directory = default_directory();
    if (!temp->prefix || strchr(temp->prefix, '/') || !*temp->directory)
        return -EINVAL;
    return nw__work_await("temporary", step, temp);
}

int nw_temp_file(const char *directory, const char *prefix, nw_bytes *path_out, int *fd_out)
{
    struct temp temp = {.directory = directory, .prefix = prefix, .make = make_file};
    int rc = path_out && fd_out ? make(&temp, named_step) : -EINVAL;

    if (rc < 0)
        return rc;
    *path_out = (nw_bytes){temp.path, strlen(temp.path)};
    *fd_out = temp.fd;
    return 0;
}

int nw_temp_unnamed(const char *directory)
{
    struct temp temp = {.directory = directory, .prefix = ".unnamed.", .make = make_file};
    int rc = make(&temp, unnamed_step);

    free(temp.path);
    return rc < 0 ? rc : temp.fd;
}

int nw_temp_dir(const char *directory, const char *prefix, nw_bytes *path_out)
{
    struct temp temp = {.directory = directory, .prefix = prefix, .make = make_folder};
    int rc = path_out ? make(&temp, named_step) : -EINVAL;

    if (rc < 0)
        return rc;
    *path_out = (nw_bytes){temp.path, strlen(temp.path)};
    return 0;
}
