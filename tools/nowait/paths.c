/* SPDX-License-Identifier: MIT */
/*
 * Paths of any length, and every file below a directory, one directory a trip to a worker thread.
 * Owns the listings of the directories between the root and where it is; holds no descriptor between trips.
 * Must not recurse: a tree may be deeper than a stack.
 */
#include "paths.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* -- one directory -- */

struct name {
    char *text;
    int64_t size_bytes;
    bool directory;
};

struct listing {
    int fd;
    bool sizes;
    struct name *names;
    size_t count;
    size_t capacity;
};

static void listing_finish(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->names[i].text);
    free(listing->names);
}

static int listing_add(struct listing *listing, const char *text, bool directory, int64_t size_bytes)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 32;
        struct name *names = realloc(listing->names, capacity * sizeof *names);
        if (!names)
            return -ENOMEM;
        listing->names = names;
        listing->capacity = capacity;
    }
    struct name *name = &listing->names[listing->count];
    *name = (struct name){strdup(text), size_bytes, directory};
    if (!name->text)
        return -ENOMEM;
    listing->count++;
    return 0;
}

/* A directory counts as "name/", so that the whole walk comes out in the order of the paths' bytes. */
static int compare_names(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    size_t i = 0;
    while (a->text[i] && a->text[i] == b->text[i])
        i++;
    int x = a->text[i] ? (unsigned char)a->text[i] : a->directory ? '/' : 0;
    int y = b->text[i] ? (unsigned char)b->text[i] : b->directory ? '/' : 0;
    return x - y;
}

static int take_entry(struct listing *listing, int fd, const struct dirent *entry)
{
    struct stat status = {.st_mode = (mode_t)DTTOIF(entry->d_type)};
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return 0;
    if (entry->d_type == DT_UNKNOWN || (listing->sizes && entry->d_type == DT_REG)) {
        if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            return 0; /* it vanished; or else its opening will tell */
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return 0;
    return listing_add(listing, entry->d_name, S_ISDIR(status.st_mode), status.st_size);
}

/* On a worker thread. Takes the descriptor over. */
static int read_listing(void *arg)
{
    struct listing *listing = arg;
    struct dirent *entry;
    int rc = 0;

    DIR *dir = fdopendir(listing->fd);
    if (!dir) {
        rc = -errno;
        close(listing->fd);
        return rc;
    }
    while (rc == 0 && (errno = 0, entry = readdir(dir)))
        rc = take_entry(listing, dirfd(dir), entry);
    if (rc == 0)
        rc = -errno;
    closedir(dir);
    if (listing->count > 1)
        qsort(listing->names, listing->count, sizeof *listing->names, compare_names);
    return rc;
}

/* -- the walk -- */

struct level {
    struct listing listing;
    size_t next;
    size_t path_bytes; /* of the directory's own path */
};

struct walk {
    walk_fn *fn;
    void *context;
    bool sizes;
    struct level *levels;
    size_t depth;
    size_t capacity;
    char *path;
    size_t path_capacity;
};

static int push_level(struct walk *walk, const struct listing *listing)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 16;
        struct level *levels = realloc(walk->levels, capacity * sizeof *levels);
        if (!levels)
            return -ENOMEM;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    walk->levels[walk->depth++] = (struct level){.listing = *listing, .path_bytes = strlen(walk->path)};
    return 0;
}

static bool vanished(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP; /* gone, or something else by now */
}

/* Go down into the directory at walk->path. A directory that cannot be read is reported and passed over. */
static int enter(struct walk *walk)
{
    struct listing listing = {.sizes = walk->sizes};
    bool is_root = walk->depth == 0;
    int rc = path_open(walk->path, O_RDONLY | O_DIRECTORY | (is_root ? 0 : O_NOFOLLOW));
    if (rc == -ECANCELED || rc == -ETIMEDOUT)
        return rc;
    if (rc < 0) {
        if (is_root && rc == -ENOTDIR)
            return walk->fn(walk->path, 0, 0, walk->context);
        return vanished(rc) && !is_root ? 0 : walk->fn(walk->path, 0, rc, walk->context);
    }
    listing.fd = rc;
    rc = nw_to_thread(read_listing, &listing);
    if (rc == -ECANCELED || rc == -ETIMEDOUT) {
        nw_fd_close(listing.fd); /* read_listing() was not called */
        return rc;
    }
    if (rc < 0)
        rc = walk->fn(walk->path, 0, rc, walk->context); /* what was read of it still counts */
    if (rc == 0)
        rc = push_level(walk, &listing);
    if (rc != 0)
        listing_finish(&listing);
    return rc;
}

/* Make walk->path that of `name` in the directory on top. */
static int set_path(struct walk *walk, const struct level *level, const char *name)
{
    size_t needed = level->path_bytes + strlen(name) + 2;
    if (needed > walk->path_capacity) {
        char *path = realloc(walk->path, needed * 2);
        if (!path)
            return -ENOMEM;
        walk->path = path;
        walk->path_capacity = needed * 2;
    }
    char *end = walk->path + level->path_bytes;
    if (end > walk->path && end[-1] != '/')
        *end++ = '/';
    memcpy(end, name, strlen(name) + 1);
    return 0;
}

static int step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];
    if (level->next == level->listing.count) {
        listing_finish(&level->listing);
        walk->depth--;
        return 0;
    }
    const struct name *name = &level->listing.names[level->next++];
    int rc = set_path(walk, level, name->text);
    if (rc < 0)
        return rc;
    return name->directory ? enter(walk) : walk->fn(walk->path, name->size_bytes, 0, walk->context);
}

int walk_files(const char *root, bool sizes, walk_fn *fn, void *context)
{
    struct walk walk = {.fn = fn, .context = context, .sizes = sizes, .path = strdup(root)};
    if (!walk.path)
        return -ENOMEM;
    walk.path_capacity = strlen(root) + 1;

    int rc = enter(&walk);
    while (rc == 0 && walk.depth > 0)
        rc = step(&walk);

    while (walk.depth > 0)
        listing_finish(&walk.levels[--walk.depth].listing);
    free(walk.levels);
    free(walk.path);
    return rc;
}
