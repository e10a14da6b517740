/* SPDX-License-Identifier: MIT */
/*
 * Paths of any length, and every file below a directory.
 * Owns the descriptors that it opens on the way along a path.
 */
#include "paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* -- opening -- */

/* The longest piece of `path` that ends before a slash and that the kernel takes, or 0. */
static size_t piece_length(const char *path)
{
    size_t length = PATH_MAX - 1;
    while (length > 0 && path[length] != '/')
        length--;
    return length;
}

int path_open(const char *path, int flags)
{
    int directory = AT_FDCWD;
    int fd;
    while (strlen(path) >= PATH_MAX) {
        char piece[PATH_MAX];
        size_t length = piece_length(path);
        memcpy(piece, path, length);
        piece[length] = '\0';
        fd = length > 0 ? nw_fd_openat(directory, piece, O_PATH | O_DIRECTORY, 0) : -ENAMETOOLONG;
        if (directory != AT_FDCWD)
            nw_fd_close(directory);
        if (fd < 0)
            return fd;
        directory = fd;
        path += length + strspn(path + length, "/");
    }
    fd = nw_fd_openat(directory, *path || directory == AT_FDCWD ? path : ".", flags, 0);
    if (directory != AT_FDCWD)
        nw_fd_close(directory);
    return fd;
}

/* -- the walk -- */

struct walk {
    const char *root;
    walk_fn *fn;
    void *context;
};

static int visit(const nw_walk_entry *entry, void *arg)
{
    const struct walk *walk = arg;
    const char *path = entry->depth > 0 ? entry->path : walk->root;
    if (S_ISREG(entry->type)) /* one that could not be looked at cannot be opened either, which will tell */
        return walk->fn(path, entry->stat ? entry->stat->st_size : 0, 0, walk->context);
    return entry->error ? walk->fn(path, 0, entry->error, walk->context) : 0;
}

/* A slash at its end makes a link stand for the directory that it leads to. */
static int walk_directory(struct walk *walk, bool sizes)
{
    nw_walk_options options = {.flags = NW_WALK_ORDERED | (sizes ? NW_WALK_STAT : 0)};
    size_t length = strlen(walk->root);
    char *path = malloc(length + 2);
    if (!path)
        return -ENOMEM;
    memcpy(path, walk->root, length + 1);
    if (path[length - 1] != '/')
        memcpy(path + length, "/", 2);
    int rc = nw_walk(&options, path, visit, walk);
    free(path);
    return rc;
}

int walk_files(const char *root, bool sizes, walk_fn *fn, void *context)
{
    struct walk walk = {root, fn, context};
    int fd = path_open(root, O_PATH | O_DIRECTORY);
    if (fd >= 0) {
        nw_fd_close(fd);
        return walk_directory(&walk, sizes);
    }
    if (fd == -ECANCELED || fd == -ETIMEDOUT)
        return fd;
    return fn(root, 0, fd == -ENOTDIR ? 0 : fd, context);
}
