/* SPDX-License-Identifier: MIT */
/*
 * The workers' half of a walk: open a directory, read a batch of it, find out types and status, sort.
 * Owns a batch until it is in `ready`. Must not touch what is the task's alone.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/walk.h"

struct nw__node *nw__node_create(struct nw__node *parent, const char *name)
{
    size_t name_bytes = strlen(name) + 1;
    struct nw__node *node = calloc(1, sizeof *node + name_bytes);

    if (!node)
        return NULL;
    memcpy(node->name, name, name_bytes);
    nw__folder_init(&node->folder, parent ? &parent->folder : NULL, node->name);
    nw__link_init(&node->todo);
    nw__link_init(&node->alive);
    node->pending = 1;
    return node;
}

void nw__batch_free(struct nw__batch *batch)
{
    while (batch->names) {
        struct nw__names *names = batch->names;
        batch->names = names->next;
        nw__entries_finish(&names->entries);
        free(names);
    }
    free(batch->stats);
    free(batch->items);
    free(batch);
}

/* -- names -- */

static int read_names(struct nw__batch *batch, int fd)
{
    struct nw__names *names = calloc(1, sizeof *names);
    int rc = names ? nw__entries_read(&names->entries, fd) : -ENOMEM;

    if (rc < 0) {
        if (names)
            nw__entries_finish(&names->entries);
        free(names);
        return rc;
    }
    nw__entries_fit(&names->entries);
    names->next = batch->names;
    batch->names = names;
    batch->last = names->entries.end;
    return 0;
}

static size_t count_names(const struct nw__batch *batch)
{
    const struct nw__entry *entry;
    size_t count = 0;

    for (const struct nw__names *names = batch->names; names; names = names->next) {
        struct nw__entries entries = names->entries;
        for (; (entry = nw__entries_current(&entries)); count++)
            nw__entries_advance(&entries, entry);
    }
    return count;
}

/* -- entries -- */

/* What a symbolic link leads to, or the link itself when that is not there. */
static int look_at_link(const struct nw__node *node, const char *name, struct stat *status)
{
    int fd = node->folder.fd;

    if (fstatat(fd, name, status, AT_NO_AUTOMOUNT) < 0) {
        if (errno != ENOENT)
            return -errno;
        return fstatat(fd, name, status, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
    }
    if (S_ISDIR(status->st_mode) && nw__folder_leads_to(&node->folder, status->st_dev, status->st_ino))
        return -ELOOP;
    return 0;
}

/* Returns: 1: `item` is to be delivered; 0: it vanished. */
static int look_at(const struct nw__walk *walk, const struct nw__node *node, const struct nw__entry *entry,
                   struct nw__item *item, struct stat *status)
{
    bool is_link = entry->type == DT_LNK, follow = walk->flags & NW_WALK_FOLLOW;
    int rc = 0;

    *item = (struct nw__item){.name = entry->name, .type = (mode_t)DTTOIF(entry->type)};
    if (!(walk->flags & NW_WALK_STAT) && entry->type != DT_UNKNOWN && !(is_link && follow))
        return 1;
    if (!is_link || !follow)
        rc = fstatat(node->folder.fd, entry->name, status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0 ? -errno
                                                                                                      : 0;
    if (rc == 0 && follow && (is_link || S_ISLNK(status->st_mode)))
        rc = look_at_link(node, entry->name, status);
    if (rc == -ENOENT)
        return 0;
    item->error = rc;
    if (rc == 0) {
        item->type = status->st_mode & S_IFMT;
        item->stat = walk->flags & NW_WALK_STAT ? status : NULL;
    }
    return 1;
}

static void fill_items(const struct nw__walk *walk, struct nw__batch *batch)
{
    struct stat status;

    for (const struct nw__names *names = batch->names; names; names = names->next) {
        struct nw__entries entries = names->entries;
        struct nw__entry *entry;
        for (; !nw__crew_stopped(&walk->crew) && (entry = nw__entries_current(&entries));
             nw__entries_advance(&entries, entry))
            batch->count += (size_t)look_at(walk, batch->node, entry, &batch->items[batch->count],
                                            batch->stats ? &batch->stats[batch->count] : &status);
    }
}

static int find_items(const struct nw__walk *walk, struct nw__batch *batch)
{
    size_t count = count_names(batch);

    if (count == 0)
        return 0;
    batch->items = malloc(count * sizeof *batch->items);
    batch->stats = walk->flags & NW_WALK_STAT ? malloc(count * sizeof *batch->stats) : NULL;
    if (!batch->items || (!batch->stats && (walk->flags & NW_WALK_STAT)))
        return -ENOMEM;
    fill_items(walk, batch);
    return 0;
}

/* A directory counts as "name/", so that all paths come out in the order of their bytes. */
static int compare_items(const void *left, const void *right)
{
    const struct nw__item *a = left, *b = right;
    size_t i = 0;

    while (a->name[i] && a->name[i] == b->name[i])
        i++;
    int x = a->name[i] ? (unsigned char)a->name[i] : S_ISDIR(a->type) ? '/' : 0;
    int y = b->name[i] ? (unsigned char)b->name[i] : S_ISDIR(b->type) ? '/' : 0;
    return x - y;
}

/* -- directories -- */

static bool crosses(const struct nw__walk *walk, const struct nw__node *node)
{
    const struct nw__folder *root = &node->folder;

    if (!(walk->flags & NW_WALK_ONE_FILE_SYSTEM))
        return false;
    while (root->parent)
        root = root->parent;
    return root->device != node->folder.device;
}

/* One that was opened anew is brought to where the other one was: that is what NFS servers rely on, too. */
static bool stands_at(int fd, int64_t position)
{
    return lseek(fd, 0, SEEK_CUR) == position || lseek(fd, position, SEEK_SET) == position;
}

/* Returns: the descriptor, pinned; -ENOENT: it vanished, or is not to be entered after all. */
static int open_node(struct nw__walk *walk, struct nw__node *node)
{
    struct nw__folder *folder = &node->folder;
    bool again = node->opened;
    int fd;

    node->opened = true;
    fd = again ? nw__folder_pin(&walk->descent, folder, NULL) : nw__folder_open(&walk->descent, folder);
    if (fd == -ENOTDIR)
        return -ENOENT; /* something else has its name by now */
    if (fd < 0)
        return fd;
    if (crosses(walk, node) || (again && !stands_at(fd, node->position))) {
        nw__folder_unpin(&walk->descent, folder);
        return -ENOENT;
    }
    return fd;
}

static int read_node(struct nw__walk *walk, struct nw__batch *batch)
{
    struct nw__node *node = batch->node;
    int rc, fd = open_node(walk, node);

    batch->last = true;
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    if ((walk->flags & NW_WALK_FOLLOW) &&
        nw__folder_leads_to(node->folder.parent, node->folder.device, node->folder.inode)) {
        nw__folder_unpin(&walk->descent, &node->folder);
        return -ELOOP; /* exchanged after it was looked at */
    }
    batch->pinned = true;
    do {
        rc = read_names(batch, fd);
    } while (rc == 0 && !batch->last && (walk->flags & NW_WALK_ORDERED) && !nw__crew_stopped(&walk->crew));
    if (!batch->last)
        node->position = lseek(fd, 0, SEEK_CUR);
    if (rc < 0)
        batch->last = true;
    int found = find_items(walk, batch);
    if (found == 0 && (walk->flags & NW_WALK_ORDERED) && batch->count > 1)
        qsort(batch->items, batch->count, sizeof *batch->items, compare_items);
    return found < 0 ? found : rc;
}

/* -- the reader -- */

static struct nw__node *take_node(struct nw__walk *walk)
{
    struct nw__link *link = NULL;

    pthread_mutex_lock(&walk->lock);
    if (!nw__crew_stopped(&walk->crew) && walk->ready_count < NW__WALK_READY(walk))
        link = nw__list_pop_front(&walk->todo);
    if (link)
        walk->todo_count--;
    pthread_mutex_unlock(&walk->lock);
    return link ? nw__container(link, struct nw__node, todo) : NULL;
}

/* Returns: whether to go on reading. */
static bool hand_over(struct nw__walk *walk, struct nw__batch *batch)
{
    bool hungry;

    pthread_mutex_lock(&walk->lock);
    nw__list_push_back(&walk->ready, &batch->link);
    walk->ready_count++;
    if (!batch->last) {
        nw__list_push_front(&walk->todo, &batch->node->todo);
        walk->todo_count++;
    }
    hungry = walk->hungry;
    walk->hungry = false;
    pthread_mutex_unlock(&walk->lock);
    return !hungry;
}

/* Returns: whether to go on; or -ENOMEM. */
static int read_next(struct nw__walk *walk)
{
    struct nw__batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        return -ENOMEM;
    nw__link_init(&batch->link);
    batch->node = take_node(walk);
    if (!batch->node) {
        free(batch);
        return false;
    }
    batch->error = read_node(walk, batch);
    return hand_over(walk, batch);
}

int nw__walk_read(void *arg)
{
    struct nw__walk *walk = arg;
    int64_t until_ns = nw__clock_ns() + NW__CREW_SLICE_NS;
    int rc;

    do {
        nw__descent_sweep(&walk->descent);
        rc = read_next(walk);
    } while (rc > 0 && nw__clock_ns() < until_ns);
    return rc < 0 ? rc : 0;
}
