/* SPDX-License-Identifier: MIT */
/*
 * Folders of a tree, of which few are open at a time. Owns their descriptors.
 * Must not hold the lock while it opens or closes: that may take long.
 */
#define _GNU_SOURCE
#include "io/descent.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- long paths -- */

/* The longest piece of `path` that ends before a slash and that the kernel takes, or 0. */
static size_t piece_length(const char *path)
{
    size_t length = PATH_MAX - 1;

    while (length > 0 && path[length] != '/')
        length--;
    return length;
}

static int open_piece(int directory_fd, const char *path, size_t length)
{
    char piece[PATH_MAX];
    int fd;

    if (length == 0)
        return -ENAMETOOLONG;
    memcpy(piece, path, length);
    piece[length] = '\0';
    fd = openat(directory_fd, piece, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int nw__open_long(int directory_fd, const char *path, int flags)
{
    int at = directory_fd, fd = 0;

    while (fd >= 0 && strlen(path) >= PATH_MAX) {
        size_t length = piece_length(path);
        fd = open_piece(at, path, length);
        if (at != directory_fd)
            close(at);
        at = fd;
        path += length + strspn(path + length, "/");
    }
    if (fd < 0)
        return fd;
    if (at != directory_fd && *path == '\0')
        path = "."; /* all that was left were slashes */
    fd = openat(at, path, flags | O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    if (at != directory_fd)
        close(at);
    return fd;
}

/* -- what is open -- */

void nw__descent_init(struct nw__descent *descent, unsigned idle_max, bool follow)
{
    *descent = (struct nw__descent){.idle_max = idle_max, .follow = follow};
    pthread_mutex_init(&descent->lock, NULL);
    nw__list_init(&descent->idle);
}

/* With the lock: let go of the one that was used first. Returns: the descriptor to be closed. */
static int evict(struct nw__descent *descent)
{
    struct nw__link *link = nw__list_pop_front(&descent->idle);
    struct nw__folder *folder = nw__container(link, struct nw__folder, idle);
    int fd = folder->fd;

    folder->fd = -1;
    descent->idle_count--;
    return fd;
}

void nw__descent_sweep(struct nw__descent *descent)
{
    int dropped[NW__DROPPED_MAX];
    unsigned count;

    pthread_mutex_lock(&descent->lock);
    count = descent->dropped_count;
    memcpy(dropped, descent->dropped, count * sizeof *dropped);
    descent->dropped_count = 0;
    pthread_mutex_unlock(&descent->lock);
    while (count > 0)
        close(dropped[--count]);
}

/* Close all that can be spared. Returns: whether there was anything. */
static bool make_room(struct nw__descent *descent)
{
    bool found = false;
    int fd;

    do {
        pthread_mutex_lock(&descent->lock);
        fd = descent->idle_count > 0 ? evict(descent) : -1;
        found = found || fd >= 0 || descent->dropped_count > 0;
        pthread_mutex_unlock(&descent->lock);
        if (fd >= 0)
            close(fd);
    } while (fd >= 0);
    nw__descent_sweep(descent);
    return found;
}

void nw__descent_finish(struct nw__descent *descent)
{
    make_room(descent);
    pthread_mutex_destroy(&descent->lock);
}

/* -- folders -- */

void nw__folder_init(struct nw__folder *folder, struct nw__folder *parent, const char *name)
{
    *folder = (struct nw__folder){
        .parent = parent, .name = name, .depth = parent ? parent->depth + 1 : 0, .fd = -1};
    nw__link_init(&folder->idle);
}

/* With the lock. */
static void pin_open(struct nw__descent *descent, struct nw__folder *folder)
{
    if (folder->pins++ == 0 && nw__link_linked(&folder->idle)) {
        nw__list_remove(&folder->idle);
        descent->idle_count--;
    }
}

int nw__folder_pin_open(struct nw__descent *descent, struct nw__folder *folder)
{
    int fd;

    pthread_mutex_lock(&descent->lock);
    fd = folder->fd;
    if (fd >= 0)
        pin_open(descent, folder);
    pthread_mutex_unlock(&descent->lock);
    return fd;
}

/* With the lock: leave it to a worker's next sweep. Returns: -1, or `fd` when there is no room for it. */
static int leave_to_sweep(struct nw__descent *descent, int fd)
{
    if (fd < 0 || descent->dropped_count == NW__DROPPED_MAX)
        return fd;
    descent->dropped[descent->dropped_count++] = fd;
    return -1;
}

void nw__folder_unpin(struct nw__descent *descent, struct nw__folder *folder)
{
    int fd = -1;

    pthread_mutex_lock(&descent->lock);
    assert(folder->pins > 0);
    if (--folder->pins == 0) {
        nw__list_push_back(&descent->idle, &folder->idle);
        if (++descent->idle_count > descent->idle_max)
            fd = leave_to_sweep(descent, evict(descent));
    }
    pthread_mutex_unlock(&descent->lock);
    if (fd >= 0)
        close(fd);
}

void nw__folder_drop(struct nw__descent *descent, struct nw__folder *folder)
{
    int fd;

    pthread_mutex_lock(&descent->lock);
    if (nw__link_linked(&folder->idle)) {
        nw__list_remove(&folder->idle);
        descent->idle_count--;
    }
    fd = leave_to_sweep(descent, folder->fd);
    folder->fd = -1;
    pthread_mutex_unlock(&descent->lock);
    if (fd >= 0)
        close(fd);
}

/* It was opened; somebody else may have been faster. Returns: the descriptor that counts, pinned. */
static int install(struct nw__descent *descent, struct nw__folder *folder, int fd)
{
    int extra = -1;

    pthread_mutex_lock(&descent->lock);
    if (folder->fd >= 0)
        extra = fd;
    else
        folder->fd = fd;
    pin_open(descent, folder);
    fd = folder->fd;
    pthread_mutex_unlock(&descent->lock);
    if (extra >= 0)
        close(extra);
    return fd;
}

/* Where there are no descriptors left, spare ones are closed for it. */
static int open_folder(struct nw__descent *descent, int directory_fd, const char *path, bool follow)
{
    int flags = O_RDONLY | O_DIRECTORY | (follow ? 0 : O_NOFOLLOW);
    int fd = nw__open_long(directory_fd, path, flags);

    if ((fd == -EMFILE || fd == -ENFILE) && make_room(descent))
        fd = nw__open_long(directory_fd, path, flags);
    return fd == -ELOOP && !follow ? -ENOTDIR : fd;
}

static int identify(struct nw__folder *folder, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    folder->device = status.st_dev;
    folder->inode = status.st_ino;
    return 0;
}

int nw__folder_open(struct nw__descent *descent, struct nw__folder *folder)
{
    struct nw__folder *parent = folder->parent;
    int rc, fd, parent_fd = parent ? nw__folder_pin(descent, parent, NULL) : AT_FDCWD;

    if (parent && parent_fd < 0)
        return parent_fd;
    fd = open_folder(descent, parent_fd, folder->name, descent->follow);
    if (parent)
        nw__folder_unpin(descent, parent);
    if (fd < 0)
        return fd;
    rc = identify(folder, fd);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    if (!parent)
        folder->pins++; /* everything else is found again from here */
    return install(descent, folder, fd);
}

static int check_identity(const struct nw__folder *folder, int fd)
{
    struct stat status;

    if (fd < 0 ||
        (fstat(fd, &status) == 0 && status.st_dev == folder->device && status.st_ino == folder->inode))
        return fd;
    close(fd);
    return -ENOENT;
}

static int find_from_below(struct nw__descent *descent, const struct nw__folder *folder,
                           struct nw__folder *below)
{
    int fd, below_fd = below ? nw__folder_pin_open(descent, below) : -1;

    if (below_fd < 0)
        return -ENOENT;
    fd = check_identity(folder, open_folder(descent, below_fd, "..", true));
    nw__folder_unpin(descent, below);
    return fd;
}

/* The names that lead from `above` to the folder, joined. */
static int join_names(const struct nw__folder *above, const struct nw__folder *folder, nw_bytes *path_out)
{
    size_t size_bytes = 0;
    char *path;

    for (const struct nw__folder *at = folder; at != above; at = at->parent)
        size_bytes += strlen(at->name) + 1;
    path = malloc(size_bytes + 1);
    if (!path)
        return -ENOMEM;
    *path_out = (nw_bytes){path, size_bytes - 1};
    path += size_bytes;
    for (const struct nw__folder *at = folder; at != above; at = at->parent) {
        size_t length = strlen(at->name);
        *--path = at == folder ? '\0' : '/';
        path -= length;
        memcpy(path, at->name, length);
    }
    return 0;
}

/* The root is always open, so there is one above. */
static struct nw__folder *pin_nearest_above(struct nw__descent *descent, const struct nw__folder *folder)
{
    struct nw__folder *above = folder->parent;

    pthread_mutex_lock(&descent->lock);
    while (above->fd < 0)
        above = above->parent;
    pin_open(descent, above);
    pthread_mutex_unlock(&descent->lock);
    return above;
}

static int find_from_above(struct nw__descent *descent, const struct nw__folder *folder)
{
    struct nw__folder *above = pin_nearest_above(descent, folder);
    nw_bytes path;
    int fd = join_names(above, folder, &path);

    if (fd == 0) {
        fd = check_identity(folder, open_folder(descent, above->fd, path.data, descent->follow));
        free(path.data);
    }
    nw__folder_unpin(descent, above);
    return fd == -ENOTDIR ? -ENOENT : fd;
}

int nw__folder_pin(struct nw__descent *descent, struct nw__folder *folder, struct nw__folder *below)
{
    int fd = nw__folder_pin_open(descent, folder);

    if (fd >= 0)
        return fd;
    fd = find_from_below(descent, folder, below);
    if (fd < 0)
        fd = find_from_above(descent, folder);
    return fd < 0 ? fd : install(descent, folder, fd);
}

bool nw__folder_leads_to(const struct nw__folder *folder, dev_t device, ino_t inode)
{
    for (; folder; folder = folder->parent)
        if (folder->device == device && folder->inode == inode)
            return true;
    return false;
}
