/* SPDX-License-Identifier: MIT */
/*
 * The kernel's events of a watch: read ahead, paired, and dealt with in their order.
 * Owns the queue of what was read. Must not wait: what has to be waited for is said to the caller. (It may
 * let others run while there is much.)
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/watch.h"

#define READ_BYTES (64 * 1024)

/* -- reading -- */

static int make_room(nw_watch *watch)
{
    if (watch->raw_at) {
        memmove(watch->raw, watch->raw + watch->raw_at, watch->raw_end - watch->raw_at);
        watch->raw_end -= watch->raw_at;
        watch->raw_at = 0;
    }
    if (watch->raw_capacity - watch->raw_end >= READ_BYTES)
        return 0;
    size_t capacity = watch->raw_capacity ? watch->raw_capacity * 2 : READ_BYTES * 2;
    if (capacity > NW__WATCH_RAW_BYTES)
        return -EFBIG;
    char *raw = realloc(watch->raw, capacity);
    if (!raw)
        return -ENOMEM;
    watch->raw = raw;
    watch->raw_capacity = capacity;
    return 0;
}

static int read_all(nw_watch *watch)
{
    watch->drained = false;
    for (;;) {
        int rc = make_room(watch);
        if (rc < 0)
            return rc == -EFBIG ? 0 : rc; /* the rest stays with the kernel for now */
        ssize_t n = read(watch->fd, watch->raw + watch->raw_end, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return -errno;
        if (n <= 0)
            break;
        watch->raw_end += (size_t)n;
        nw__task_breathe(nw__task_self(), (size_t)n);
    }
    watch->drained = true;
    nw__watch_settle(watch);
    return 0;
}

int nw__watch_fill(nw_watch *watch)
{
    int saved_errno = errno;
    int rc = read_all(watch);

    errno = saved_errno;
    return rc;
}

/* -- looking ahead -- */

static struct inotify_event *event_at(const nw_watch *watch, size_t at)
{
    return at < watch->raw_end ? (struct inotify_event *)(void *)(watch->raw + at) : NULL;
}

static size_t size_of(const struct inotify_event *event)
{
    return sizeof *event + event->len;
}

uint64_t nw__watch_disturbed(const nw_watch *watch, const struct nw__watch_node *node)
{
    const struct inotify_event *event;

    for (size_t at = watch->raw_at; (event = event_at(watch, at)); at += size_of(event)) {
        if (!(event->mask & IN_ISDIR) || !(event->mask & NW__WATCH_NAMES & ~(uint32_t)IN_CREATE))
            continue;
        const struct nw__watch_node *parent = nw__watch_node_by_wd(watch, event->wd);
        const struct nw__watch_node *child = parent ? nw__watch_node_at(watch, parent, event->name) : NULL;
        if (child && nw__watch_node_is_above(child, node))
            return watch->position + (at - watch->raw_at) + size_of(event);
    }
    return 0;
}

/*
 * The second half of a rename. -ENOENT: there is none, because the directory has changed since, which its
 * lock allows only after the kernel has told both halves. -EAGAIN: not yet.
 */
static int find_pair(const nw_watch *watch, const struct inotify_event *from, struct inotify_event **to_out)
{
    struct inotify_event *event;
    int rc = -EAGAIN;

    for (size_t at = watch->raw_at + size_of(from); (event = event_at(watch, at)); at += size_of(event)) {
        if (event->mask & IN_Q_OVERFLOW)
            return -ENOENT;
        if (event->cookie == from->cookie && event->mask & IN_MOVED_TO) {
            *to_out = event;
            return 0;
        }
        if (event->wd == from->wd && event->mask & NW__WATCH_NAMES)
            return -ENOENT;
    }
    return rc;
}

/* -- telling -- */

static bool is_ours(const nw_watch *watch, const char *name)
{
    return !watch->file || strcmp(watch->file, name) == 0;
}

static bool is_folder(const struct inotify_event *event)
{
    return (event->mask & IN_ISDIR) != 0;
}

/* A name has come: made, or moved in. */
static int came(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *event)
{
    struct nw__watch_node *child;
    bool news;
    int rc = nw__watch_name_came(node, event->name, is_folder(event), &news);

    if (rc == 0 && news)
        rc = nw__watch_tell(watch, NW_WATCH_CREATED, node, event->name, is_folder(event));
    if (rc < 0 || !is_folder(event) || !watch->recursive)
        return rc;
    child = nw__watch_node_at(watch, node, event->name);
    if (child && child->wd >= 0 && event->mask & IN_MOVED_TO) {
        nw__watch_node_remove(watch, child); /* it was replaced */
        child = NULL;
    }
    return child ? 0 : nw__watch_node_add(watch, node, event->name, true);
}

static int went(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *event)
{
    struct nw__watch_node *child = is_folder(event) ? nw__watch_node_at(watch, node, event->name) : NULL;

    if (child)
        nw__watch_node_remove(watch, child);
    if (!nw__watch_name_went(node, event->name, is_folder(event)))
        return 0;
    return nw__watch_tell(watch, NW_WATCH_DELETED | (watch->file ? NW_WATCH_GONE : 0), node, event->name,
                          is_folder(event));
}

/* What is watched below the old name is below the new one from now on. */
static int move_node(nw_watch *watch, struct nw__watch_node *old_parent, const char *old_name,
                     struct nw__watch_node *parent, const char *name)
{
    struct nw__watch_node *node = nw__watch_node_at(watch, old_parent, old_name);
    struct nw__watch_node *there = nw__watch_node_at(watch, parent, name);
    int rc;

    if (node && nw__watch_node_is_above(node, parent))
        return -ENOMEM; /* cannot be: begin again */
    if (there && there != node && (node || there->wd >= 0)) {
        nw__watch_node_remove(watch, there);
        there = NULL;
    }
    if (!node)
        return there ? 0 : nw__watch_node_add(watch, parent, name, true);
    rc = nw__watch_node_move(watch, node, parent, name);
    if (rc == 0 && node->wd < 0 && !nw__link_linked(&node->waiting))
        nw__watch_node_pend(watch, node);
    nw__watch_retry_absent(watch);
    return rc;
}

static int moved(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *from,
                 struct nw__watch_node *to_node, const struct inotify_event *to)
{
    char *path;
    bool news;
    int rc;

    if (!nw__watch_name_went(node, from->name, is_folder(from))) /* nobody knows that it was there */
        return came(watch, to_node, to);
    path = nw__watch_path(watch->path, node, from->name);
    if (!path)
        return -ENOMEM;
    rc = nw__watch_name_came(to_node, to->name, is_folder(to), &news);
    if (rc < 0) {
        free(path);
        return rc;
    }
    rc = nw__watch_tell_moved(watch, path, to_node, to->name, is_folder(to));
    if (rc == 0 && is_folder(to) && watch->recursive)
        rc = move_node(watch, node, from->name, to_node, to->name);
    return rc;
}

/* -EAGAIN: wait. */
static int moved_from(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *from)
{
    struct nw__watch_node *to_node;
    struct inotify_event *to = NULL;
    int rc = watch->file ? -ENOENT : find_pair(watch, from, &to);

    if (rc == -EAGAIN) {
        if (!watch->hold_until_ns)
            watch->hold_until_ns = nw__clock_ns() + NW__WATCH_PAIR_NS;
        if (nw__clock_ns() < watch->hold_until_ns)
            return -EAGAIN;
    }
    to_node = to ? nw__watch_node_by_wd(watch, to->wd) : NULL;
    if (!to_node)
        return went(watch, node, from);
    rc = moved(watch, node, from, to_node, to);
    to->mask = 0; /* done with */
    return rc;
}

/* Something that happened to the names in a directory, or to what they name. */
static int named(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *event)
{
    unsigned kinds = 0;

    if (!is_ours(watch, event->name))
        return 0;
    if (event->mask & IN_MOVED_FROM)
        return moved_from(watch, node, event);
    if (event->mask & (IN_CREATE | IN_MOVED_TO))
        return came(watch, node, event);
    if (event->mask & IN_DELETE)
        return went(watch, node, event);
    kinds |= event->mask & IN_MODIFY ? NW_WATCH_MODIFIED : 0;
    kinds |= event->mask & IN_CLOSE_WRITE ? NW_WATCH_CLOSED : 0;
    kinds |= event->mask & IN_ATTRIB ? NW_WATCH_ATTRIBUTES : 0;
    if (!nw__watch_name_fits(node, event->name, is_folder(event)))
        return 0;
    return kinds ? nw__watch_tell(watch, kinds, node, event->name, is_folder(event)) : 0;
}

/* Something that happened to a watched directory itself. */
static int itself(nw_watch *watch, struct nw__watch_node *node, const struct inotify_event *event)
{
    int rc;

    if (node == watch->root && event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) {
        rc = nw__watch_tell(watch, NW_WATCH_GONE, node, watch->file, !watch->file);
        watch->gone = rc == 0; /* else the tree is listed anew, and that it is gone is found then */
        return rc;
    }
    if (event->mask & IN_UNMOUNT) {
        nw__watch_tell_overflow(watch, node, 0); /* what was below the mount is there again */
        nw__watch_node_unbind(watch, node);
        node->tells = true;
        nw__watch_node_pend(watch, node);
        return 0;
    }
    if (event->mask & IN_IGNORED) {
        nw__watch_node_unbind(watch, node); /* it is about to be told as deleted */
        return 0;
    }
    if (node == watch->root && event->mask & IN_ATTRIB && !watch->file)
        return nw__watch_tell(watch, NW_WATCH_ATTRIBUTES, node, NULL, true);
    return 0;
}

static int deal_with(nw_watch *watch, const struct inotify_event *event)
{
    struct nw__watch_node *node;

    if (event->mask == 0)
        return 0;
    if (event->mask & IN_Q_OVERFLOW) {
        watch->lost = true;
        return 0;
    }
    node = nw__watch_node_by_wd(watch, event->wd);
    if (!node) { /* of a directory that has left the tree */
        if (!(event->mask & (IN_IGNORED | IN_UNMOUNT)))
            nw__watch_drop(watch, event->wd);
        return 0;
    }
    return event->len ? named(watch, node, event) : itself(watch, node, event);
}

int nw__watch_process(nw_watch *watch)
{
    const struct inotify_event *event = event_at(watch, watch->raw_at);
    int rc = deal_with(watch, event);

    if (rc == -EAGAIN)
        return rc;
    watch->hold_until_ns = 0;
    watch->raw_at += size_of(event);
    watch->position += size_of(event);
    nw__watch_age(watch);
    return rc;
}
