/* SPDX-License-Identifier: MIT */
/*
 * mkdir -p, in one trip to a worker.
 * Owns a copy of the path. Must not mind that somebody else makes the same folders at the same time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/io.h"

struct mkdirs {
    const char *path;
    mode_t mode;
};

/* There already is fine when it is a folder, also through a link. */
static int make_one(const char *path, mode_t mode)
{
    struct stat status;
    int error;

    if (mkdir(path, mode) == 0)
        return 0;
    error = errno;
    if (error == ENOENT) /* a parent is missing, or the path is empty */
        return -ENOENT;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? 0 : -error;
}

/* The end of the parent's path; 0 when there is none that could be made. */
static size_t parent_length(const char *path, size_t length)
{
    while (length > 0 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    while (length > 0 && path[length - 1] == '/')
        length--;
    return length;
}

/*
 * Most often only the last folder is missing: go up as far as needed, then down again. The slashes on the way
 * are cut out and put back.
 */
static int make_all(char *path, mode_t mode)
{
    size_t length = strlen(path), whole = length;
    int rc;

    while ((rc = make_one(path, length == whole ? mode : 0777)) == -ENOENT) {
        length = parent_length(path, length);
        if (length == 0)
            return -ENOENT;
        path[length] = '\0';
    }
    while (rc == 0 && length < whole) {
        path[length] = '/';
        length = strlen(path);
        rc = make_one(path, length == whole ? mode : 0777);
    }
    return rc;
}

static int mkdirs_step(void *arg)
{
    struct mkdirs *m = arg;
    char *path = strdup(m->path);
    int rc = path ? make_all(path, m->mode) : -ENOMEM;

    free(path);
    return rc;
}

int nw_mkdirs(const char *path, mode_t mode)
{
    struct mkdirs m = {path, mode};

    return path ? nw__work_await("mkdirs", mkdirs_step, &m) : -EINVAL;
}
