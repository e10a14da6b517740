/* SPDX-License-Identifier: MIT */
/*
 * The task's half of a walk: keeps workers reading, hands out what they found, counts what is still below.
 * Owns the nodes, and the batches from `ready` on. Must not make a system call that could wait.
 */
#define _GNU_SOURCE
#include "io/walk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"

#define IDLE_FOLDERS 8 /* kept open beyond those in use */
#define FLAGS        (NW_WALK_STAT | NW_WALK_FOLLOW | NW_WALK_ORDERED | NW_WALK_LEAVING | NW_WALK_ONE_FILE_SYSTEM)

/* -- readers -- */

/* Let so many workers read as there is something to read, and room for what they find. */
static void start_readers(struct nw__walk *walk)
{
    unsigned wanted, room, full = NW__WALK_READY(walk);

    pthread_mutex_lock(&walk->lock);
    wanted = walk->todo_count;
    room = walk->ready_count < full ? full - walk->ready_count : 0; /* all may have found room at once */
    pthread_mutex_unlock(&walk->lock);
    nw__crew_start(&walk->crew, wanted < room ? wanted : room);
}

static void enqueue(struct nw__walk *walk, struct nw__node *node)
{
    pthread_mutex_lock(&walk->lock);
    nw__list_push_front(&walk->todo, &node->todo);
    walk->todo_count++;
    pthread_mutex_unlock(&walk->lock);
    start_readers(walk);
}

static struct nw__batch *take_ready(struct nw__walk *walk)
{
    struct nw__link *link;

    pthread_mutex_lock(&walk->lock);
    link = nw__list_pop_front(&walk->ready);
    if (link)
        walk->ready_count--;
    walk->hungry = !link;
    pthread_mutex_unlock(&walk->lock);
    return link ? nw__container(link, struct nw__batch, link) : NULL;
}

static int await_batch(struct nw__walk *walk, struct nw__batch **batch_out)
{
    int rc = 0;

    while (rc == 0 && !(*batch_out = take_ready(walk))) {
        start_readers(walk);
        rc = nw__crew_await(&walk->crew); /* it has something, or there is nothing left */
    }
    if (rc == 0)
        start_readers(walk);
    return rc;
}

/* -- the callback -- */

static int call(struct nw__walk *walk, const nw_walk_entry *entry)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc == 0)
        rc = walk->fn(entry, walk->arg);
    if (rc >= 0)
        nw__task_breathe(self, 0);
    return rc;
}

struct pinning {
    struct nw__walk *walk;
    struct nw__folder *folder;
    struct nw__folder *below;
};

static int pin_step(void *arg)
{
    const struct pinning *pinning = arg;

    nw__descent_sweep(&pinning->walk->descent);
    return nw__folder_pin(&pinning->walk->descent, pinning->folder, pinning->below);
}

/* A worker opens it if it is not open. */
static int pin(struct nw__walk *walk, struct nw__folder *folder, struct nw__folder *below)
{
    struct pinning pinning = {walk, folder, below};
    int fd = nw__folder_pin_open(&walk->descent, folder);

    return fd >= 0 ? fd : nw__work_await("walk", pin_step, &pinning);
}

/* About the directory itself: it could not be read, or is being left. */
static int tell_of_node(struct nw__walk *walk, struct nw__node *node, int error, bool leaving)
{
    struct nw__folder *parent = node->folder.parent;
    nw_walk_entry entry = {.name = node->folder.name, .depth = node->folder.depth, .type = S_IFDIR};
    int rc = nw__tree_path_folder(&walk->entry_path, &node->folder);

    if (rc < 0)
        return rc;
    entry.path = walk->entry_path.text;
    entry.error = error;
    entry.leaving = leaving;
    entry.directory_fd = parent ? pin(walk, parent, &node->folder) : AT_FDCWD;
    if (entry.directory_fd == -ECANCELED || entry.directory_fd == -ETIMEDOUT)
        return entry.directory_fd;
    bool pinned = parent && entry.directory_fd >= 0;
    if (parent && !pinned) {
        entry.error = error ? error : entry.directory_fd;
        entry.directory_fd = -1;
    }
    rc = call(walk, &entry);
    if (pinned)
        nw__folder_unpin(&walk->descent, parent);
    return rc < 0 ? rc : 0;
}

/* -- delivery -- */

static void free_node(struct nw__walk *walk, struct nw__node *node)
{
    nw__list_remove(&node->alive);
    nw__folder_drop(&walk->descent, &node->folder);
    free(node);
}

/* One thing less to wait for in this directory. With nothing left it is done with, and perhaps more. */
static int settle(struct nw__walk *walk, struct nw__node *node)
{
    int rc = 0;

    while (rc == 0 && node && --node->pending == 0) {
        struct nw__node *parent = nw__node_parent(node);
        if (walk->flags & NW_WALK_LEAVING)
            rc = tell_of_node(walk, node, 0, true);
        free_node(walk, node);
        node = parent;
    }
    return rc;
}

static int descend(struct nw__walk *walk, struct nw__node *parent, const char *name)
{
    struct nw__node *node = nw__node_create(parent, name);

    if (!node)
        return -ENOMEM;
    if (parent)
        parent->pending++;
    nw__list_push_back(&walk->nodes, &node->alive);
    enqueue(walk, node);
    return 1;
}

/* Returns: 1: and it is to be entered. */
static int deliver_item(struct nw__walk *walk, struct nw__node *node, const struct nw__item *item)
{
    nw_walk_entry entry = {
        .name = item->name,
        .directory_fd = node->folder.fd,
        .depth = node->folder.depth + 1,
        .type = item->type,
        .error = item->error,
        .stat = item->stat,
    };
    int rc = nw__tree_path_entry(&walk->entry_path, &node->folder, item->name);

    if (rc < 0)
        return rc;
    entry.path = walk->entry_path.text;
    rc = call(walk, &entry);
    if (rc < 0 || rc == NW_WALK_SKIP || item->error || !S_ISDIR(item->type))
        return rc < 0 ? rc : 0;
    if (walk->depth_max && entry.depth >= walk->depth_max)
        return 0;
    return descend(walk, node, item->name);
}

static void unpin_batch(struct nw__walk *walk, struct nw__batch *batch)
{
    if (batch->pinned)
        nw__folder_unpin(&walk->descent, &batch->node->folder);
    batch->pinned = false;
}

/* Returns: 1: it has to wait until a directory in it was walked. */
static int deliver_items(struct nw__walk *walk, struct nw__batch *batch)
{
    int rc = batch->at < batch->count ? nw__tree_path_folder(&walk->entry_path, &batch->node->folder) : 0;

    while (rc == 0 && batch->at < batch->count) {
        rc = deliver_item(walk, batch->node, &batch->items[batch->at++]);
        if (rc > 0 && !(walk->flags & NW_WALK_ORDERED))
            rc = 0;
    }
    return rc;
}

/* Takes the batch over. */
static int deliver(struct nw__walk *walk, struct nw__batch *batch)
{
    struct nw__node *node = batch->node;
    int error = batch->error, rc = error == -ENOMEM ? error : deliver_items(walk, batch);
    bool last = batch->last;

    unpin_batch(walk, batch);
    if (rc > 0) {
        nw__list_push_front(&walk->suspended, &batch->link);
        return 0;
    }
    nw__batch_free(batch);
    if (rc == 0 && error)
        rc = tell_of_node(walk, node, error, false);
    return rc == 0 && last ? settle(walk, node) : rc;
}

/* The directory that a batch has waited for was walked. */
static int resume(struct nw__walk *walk, struct nw__batch *batch)
{
    int fd = batch->at < batch->count ? pin(walk, &batch->node->folder, NULL) : -ENOENT;

    if (fd == -ECANCELED || fd == -ETIMEDOUT)
        return fd;
    nw__list_remove(&batch->link);
    batch->pinned = fd >= 0;
    if (fd < 0)
        batch->at = batch->count; /* what is left of it has vanished with it */
    if (fd < 0 && fd != -ENOENT)
        batch->error = fd;
    return deliver(walk, batch);
}

static int deliver_next(struct nw__walk *walk)
{
    struct nw__link *link = nw__list_front(&walk->suspended);
    struct nw__batch *batch = link ? nw__container(link, struct nw__batch, link) : NULL;
    int rc;

    if (batch && batch->node->pending == 1)
        return resume(walk, batch);
    rc = await_batch(walk, &batch);
    return rc < 0 ? rc : deliver(walk, batch);
}

/* -- the walk -- */

/* On a worker. */
static int look_at_root(void *arg)
{
    struct nw__walk *walk = arg;
    int rc = 0, fd = -ENOENT;

    if (walk->flags & NW_WALK_FOLLOW)
        fd = nw__open_long(AT_FDCWD, walk->path, O_PATH);
    if (fd == -ENOENT)
        fd = nw__open_long(AT_FDCWD, walk->path, O_PATH | O_NOFOLLOW);
    if (fd < 0)
        return fd;
    if (fstat(fd, &walk->root_stat) < 0)
        rc = -errno;
    close(fd);
    return rc;
}

static int enter_root(struct nw__walk *walk)
{
    nw_walk_entry entry = {.path = walk->path, .name = walk->path, .directory_fd = AT_FDCWD};
    int rc = nw__work_await("walk", look_at_root, walk);

    if (rc < 0)
        return rc;
    entry.type = walk->root_stat.st_mode & S_IFMT;
    entry.stat = walk->flags & NW_WALK_STAT ? &walk->root_stat : NULL;
    rc = call(walk, &entry);
    if (rc < 0 || rc == NW_WALK_SKIP || !S_ISDIR(entry.type))
        return rc < 0 ? rc : 0;
    rc = descend(walk, NULL, walk->path);
    return rc < 0 ? rc : 0;
}

static int run(struct nw__walk *walk)
{
    int rc = enter_root(walk);

    while (rc == 0 && !nw__list_empty(&walk->nodes))
        rc = deliver_next(walk);
    return rc;
}

static void free_batches(struct nw__walk *walk, struct nw__list *list)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(list))) {
        struct nw__batch *batch = nw__container(link, struct nw__batch, link);
        unpin_batch(walk, batch);
        nw__batch_free(batch);
    }
}

/* On a worker. */
static int finish(void *arg)
{
    struct nw__walk *walk = arg;
    struct nw__link *link;

    free_batches(walk, &walk->ready);
    free_batches(walk, &walk->suspended);
    while ((link = nw__list_front(&walk->nodes)))
        free_node(walk, nw__container(link, struct nw__node, alive));
    nw__descent_finish(&walk->descent);
    pthread_mutex_destroy(&walk->lock);
    nw__tree_path_finish(&walk->entry_path);
    free(walk);
    return 0;
}

static struct nw__walk *create(const nw_walk_options *options)
{
    struct nw__walk *walk = calloc(1, sizeof *walk);

    if (!walk)
        return NULL;
    walk->flags = options->flags;
    walk->depth_max = options->depth_max;
    nw__crew_init(&walk->crew, options->flags & NW_WALK_ORDERED ? 1 : options->parallel, nw__walk_read, walk);
    nw__descent_init(&walk->descent, IDLE_FOLDERS, options->flags & NW_WALK_FOLLOW);
    pthread_mutex_init(&walk->lock, NULL);
    nw__list_init(&walk->todo);
    nw__list_init(&walk->ready);
    nw__list_init(&walk->suspended);
    nw__list_init(&walk->nodes);
    return walk;
}

static bool valid(const nw_walk_options *options)
{
    return !(options->flags & ~FLAGS) && nw__reserved_unused(options);
}

int nw_walk(const nw_walk_options *options, const char *path, nw_walk_fn *fn, void *arg)
{
    static const nw_walk_options defaults;
    struct nw__walk *walk;
    nw_task *self;
    int rc;

    options = options ? options : &defaults;
    if (!path || !fn || !valid(options))
        return -EINVAL;
    rc = nw__task_enter(&self);
    if (rc < 0)
        return rc;
    walk = create(options);
    if (!walk)
        return -ENOMEM;
    walk->path = path;
    walk->fn = fn;
    walk->arg = arg;
    rc = run(walk);
    if (nw__crew_stop(&walk->crew) == NW_ENOTASK)
        return rc; /* a child, forked by the callback: nobody works for us, and a lock may be held for ever */
    nw__io_cleanup("walk", finish, walk);
    return rc;
}
