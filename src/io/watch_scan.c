/* SPDX-License-Identifier: MIT */
/*
 * Adding a directory to a watch and listing what is in it already: on a worker, one directory and a bounded
 * number of names a trip. Owns the descriptor of the directory that is being listed.
 *
 * The worker goes from the root down name by name and follows no link, and it watches and lists what it holds
 * open. Whether that is still the directory that was meant shows afterwards: see nw__watch_disturbed().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/watch.h"

#define FLAGS_DIRECTORY (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* -- on a worker -- */

static int open_root(struct nw__watch_scan *scan)
{
    struct stat status;
    int fd = open(scan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    if (scan->inode && (scan->inode != status.st_ino || scan->device != status.st_dev)) {
        close(fd);
        return -ESTALE;
    }
    scan->device = status.st_dev;
    scan->inode = status.st_ino;
    return fd;
}

/* `place` is cut into its names. */
static int open_place(struct nw__watch_scan *scan)
{
    char *rest = scan->place, *name;
    int fd = open_root(scan);

    while (fd >= 0 && (name = strsep(&rest, "/")) && *name) {
        int below = openat(fd, name, (rest ? O_PATH : O_RDONLY) | FLAGS_DIRECTORY);
        int rc = below < 0 ? -errno : below;
        close(fd);
        fd = rc;
    }
    return fd;
}

static int add(struct nw__watch_scan *scan)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", scan->fd);
    scan->wd = inotify_add_watch(scan->inotify_fd, path, scan->mask | IN_ONLYDIR | IN_EXCL_UNLINK);
    return scan->wd < 0 ? -errno : 0;
}

static int begin(struct nw__watch_scan *scan)
{
    if (scan->inotify_fd < 0) {
        scan->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (scan->inotify_fd < 0)
            return -errno;
    }
    int fd = open_place(scan);
    if (fd < 0)
        return fd;
    scan->fd = fd;
    return add(scan);
}

static void close_listing(struct nw__watch_scan *scan)
{
    if (scan->fd >= 0)
        close(scan->fd);
    scan->fd = -1;
}

/* Some file systems do not say what a name is. */
static void complete_types(struct nw__watch_scan *scan, size_t from)
{
    for (size_t at = from; at < scan->size_bytes;) {
        struct dirent64 *entry = (struct dirent64 *)(void *)(scan->entries + at);
        struct stat status;
        if (entry->d_type == DT_UNKNOWN &&
            fstatat(scan->fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            entry->d_type = S_ISDIR(status.st_mode) ? DT_DIR : DT_REG;
        at += entry->d_reclen;
    }
}

static int list(struct nw__watch_scan *scan)
{
    ssize_t n = 1;

    scan->at_bytes = scan->size_bytes = 0;
    while (n > 0 && sizeof scan->entries - scan->size_bytes >= sizeof(struct dirent64)) {
        n = getdents64(scan->fd, scan->entries + scan->size_bytes, sizeof scan->entries - scan->size_bytes);
        if (n < 0 && errno == EINVAL && scan->size_bytes) /* the next one needs more room */
            return 0;
        if (n < 0 && errno != ENOENT)
            return -errno;
        if (n > 0) {
            size_t from = scan->size_bytes;
            scan->size_bytes += (size_t)n;
            complete_types(scan, from);
        }
    }
    scan->at_end = n <= 0;
    return 0;
}

/* The watches of directories that have left the tree. */
static void remove_dropped(const struct nw__watch_scan *scan)
{
    for (size_t i = 0; i < scan->dropped_count; i++)
        inotify_rm_watch(scan->inotify_fd, scan->dropped[i]); /* often it is gone already */
}

static int let_go(void *arg)
{
    struct nw__watch_scan *scan = arg;

    remove_dropped(scan);
    close_listing(scan);
    return 0;
}

static int trip(void *arg)
{
    struct nw__watch_scan *scan = arg;
    int rc = 0;

    remove_dropped(scan);
    if (!scan->opened) {
        close_listing(scan); /* of one that was given up */
        scan->wd = -1;
        rc = begin(scan);
    }
    if (rc == 0 && scan->lists)
        rc = list(scan);
    scan->at_end |= !scan->lists;
    if (rc < 0 || scan->at_end)
        close_listing(scan);
    scan->error = rc;
    return 0;
}

/* -- on the loop's thread -- */

/* Errors: it was not carried out. */
static int carry_out(nw_watch *watch, nw_task_fn *step)
{
    struct nw__watch_scan *scan = &watch->scan;
    int rc;

    scan->inotify_fd = watch->fd;
    scan->dropped = watch->dropped;
    scan->dropped_count = watch->fd < 0 ? 0 : watch->dropped_count;
    rc = nw__io_job("watch", step, scan);
    if (rc < 0)
        return rc;
    watch->dropped_count = 0;
    watch->fd = scan->inotify_fd;
    return 0;
}

static int make_trip(nw_watch *watch)
{
    struct nw__watch_scan *scan = &watch->scan;

    scan->root = watch->directory;
    scan->lists = watch->recursive;
    scan->at_end = false;
    return carry_out(watch, trip);
}

static int end_listing(nw_watch *watch)
{
    int rc;

    watch->scan.node = NULL;
    rc = nw__watch_fill(watch);
    nw__watch_age(watch);
    return rc;
}

/* Not there (any more, or yet): what follows tells. */
static bool is_absence(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

static int fail(nw_watch *watch, struct nw__watch_node *node, int error)
{
    watch->scan.node = NULL;
    if (node == watch->root)
        return error;
    nw__watch_node_give_up(watch, node);
    if (!is_absence(error))
        nw__watch_tell_overflow(watch, node, error);
    return 0;
}

/* It may not be the one that was meant. It stays to be added. */
static void refuse(nw_watch *watch, uint64_t until)
{
    if (!nw__watch_node_by_wd(watch, watch->scan.wd))
        nw__watch_drop(watch, watch->scan.wd);
    watch->scan.node = NULL;
    watch->blocked_until = until;
}

static int accept(nw_watch *watch, struct nw__watch_node *node)
{
    struct nw__watch_node *before = nw__watch_node_by_wd(watch, watch->scan.wd);
    int rc;

    if (before && before != node && nw__watch_node_is_above(before, node))
        return fail(watch, node, -ELOOP); /* a folder that is mounted below itself */
    rc = nw__watch_node_bind(watch, node, watch->scan.wd);
    if (rc < 0) {
        refuse(watch, 0);
        return rc;
    }
    nw__watch_node_added(watch, node);
    if (watch->recursive)
        nw__watch_window_begin(watch, node);
    else
        watch->scan.node = NULL;
    return 0;
}

static int add_first(nw_watch *watch)
{
    struct nw__watch_scan *scan = &watch->scan;
    struct nw__watch_node *node =
        nw__container(nw__list_front(&watch->pending), struct nw__watch_node, waiting);
    uint64_t until;
    int rc;

    scan->place = nw__watch_path("", node, NULL);
    if (!scan->place)
        return -ENOMEM;
    scan->opened = false;
    scan->mask = watch->mask | (node->parent ? 0 : IN_DELETE_SELF | IN_MOVE_SELF);
    rc = make_trip(watch);
    free(scan->place);
    scan->place = NULL;
    if (rc < 0)
        return rc;
    if (scan->error < 0 && scan->wd < 0)
        return fail(watch, node, scan->error);
    rc = nw__watch_fill(watch);
    if (rc < 0) {
        refuse(watch, 0);
        return rc;
    }
    until = watch->drained ? nw__watch_disturbed(watch, node)
                           : watch->position + (watch->raw_end - watch->raw_at);
    if (until) {
        refuse(watch, until);
        return 0;
    }
    scan->node = node;
    scan->opened = true;
    return accept(watch, node);
}

static int take(nw_watch *watch, const struct dirent64 *entry)
{
    struct nw__watch_node *node = watch->scan.node;
    bool directory = entry->d_type == DT_DIR;
    int rc;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return 0;
    rc = nw__watch_name_found(node, entry->d_name, directory);
    if (rc == 0 && node->tells)
        rc = nw__watch_tell(watch, NW_WATCH_CREATED, node, entry->d_name, directory);
    if (rc == 0 && directory && !nw__watch_node_at(watch, node, entry->d_name))
        rc = nw__watch_node_add(watch, node, entry->d_name, node->tells);
    return rc;
}

/* As far as there is room for what is to be told. */
static int take_listed(nw_watch *watch)
{
    struct nw__watch_scan *scan = &watch->scan;

    while (scan->at_bytes < scan->size_bytes && (!scan->node->tells || nw__watch_has_room(watch))) {
        const struct dirent64 *entry =
            (const struct dirent64 *)(const void *)(scan->entries + scan->at_bytes);
        int rc = take(watch, entry);
        if (rc < 0)
            return rc;
        scan->at_bytes += entry->d_reclen;
    }
    if (scan->error < 0) {
        nw__watch_tell_overflow(watch, scan->node, scan->error);
        return end_listing(watch);
    }
    return scan->at_bytes == scan->size_bytes && scan->at_end ? end_listing(watch) : 0;
}

int nw__watch_scan_go_on(nw_watch *watch)
{
    struct nw__watch_scan *scan = &watch->scan;
    int rc = 0;

    if (!scan->node)
        rc = add_first(watch);
    else if (scan->at_bytes == scan->size_bytes)
        rc = make_trip(watch);
    if (rc < 0 || !scan->node)
        return rc;
    return take_listed(watch);
}

/* -- the end -- */

int nw__watch_scan_let_go(nw_watch *watch)
{
    if (watch->scan.node || (watch->dropped_count == 0 && watch->scan.fd < 0))
        return 0;
    int rc = carry_out(watch, let_go);
    return rc == -ENOMEM ? 0 : rc; /* without a thread it can wait */
}

void nw__watch_scan_finish(nw_watch *watch)
{
    close_listing(&watch->scan);
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}
