/* SPDX-License-Identifier: MIT */
/*
 * The directories of a watch, as a tree: a rename moves one node, and all paths below it are right again.
 * Owns the nodes. Must not read or tell events, nor touch the file system.
 */
#define _GNU_SOURCE /* tdestroy() */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "io/watch.h"

#define NAMES_MAX_BYTES (1024 * 1024) /* of a fresh directory that are remembered */

static int by_place(const void *a, const void *b)
{
    const struct nw__watch_node *left = a, *right = b;

    if (left->parent != right->parent)
        return (uintptr_t)left->parent < (uintptr_t)right->parent ? -1 : 1;
    return strcmp(left->name, right->name);
}

static int by_wd(const void *a, const void *b)
{
    const struct nw__watch_node *left = a, *right = b;

    return (left->wd > right->wd) - (left->wd < right->wd);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* -- who is to be added -- */

static void leave_queue(nw_watch *watch, struct nw__watch_node *node)
{
    if (!nw__link_linked(&node->waiting))
        return;
    if (!node->retries && !node->tells)
        watch->quiet_pending--;
    nw__list_remove(&node->waiting);
}

void nw__watch_node_pend(nw_watch *watch, struct nw__watch_node *node)
{
    leave_queue(watch, node);
    node->retries = false;
    nw__list_push_back(&watch->pending, &node->waiting);
    if (!node->tells)
        watch->quiet_pending++;
    watch->blocked_until = 0;
}

void nw__watch_node_added(nw_watch *watch, struct nw__watch_node *node)
{
    leave_queue(watch, node);
    watch->blocked_until = 0;
}

void nw__watch_node_give_up(nw_watch *watch, struct nw__watch_node *node)
{
    leave_queue(watch, node);
    node->retries = true;
    nw__list_push_back(&watch->absent, &node->waiting);
    watch->blocked_until = 0;
}

void nw__watch_retry_absent(nw_watch *watch)
{
    nw__list_each_safe (link, &watch->absent) {
        struct nw__watch_node *node = nw__container(link, struct nw__watch_node, waiting);
        leave_queue(watch, node);
        node->tells = true; /* what happened there meanwhile has not been seen */
        nw__watch_node_pend(watch, node);
    }
}

void nw__watch_drop(nw_watch *watch, int wd)
{
    if (wd < 0 || (watch->dropped_count && watch->dropped[watch->dropped_count - 1] == wd))
        return;
    if (watch->dropped_count == watch->dropped_capacity) {
        size_t capacity = watch->dropped_capacity ? watch->dropped_capacity * 2 : 16;
        int *dropped = realloc(watch->dropped, capacity * sizeof *dropped);
        if (!dropped)
            return;
        watch->dropped = dropped;
        watch->dropped_capacity = capacity;
    }
    watch->dropped[watch->dropped_count++] = wd;
}

/* -- nodes -- */

static void end_window(struct nw__watch_node *node)
{
    tdestroy(node->names, free);
    node->names = NULL;
    node->names_bytes = 0;
    node->names_cut = false;
    nw__list_remove(&node->fresh);
}

int nw__watch_node_add(nw_watch *watch, struct nw__watch_node *parent, const char *name, bool tells)
{
    struct nw__watch_node *node = calloc(1, sizeof *node);

    if (!node)
        return -ENOMEM;
    *node = (struct nw__watch_node){.parent = parent, .name = strdup(name), .wd = -1, .tells = tells};
    if (!node->name || !tsearch(node, &watch->places, by_place)) {
        free((char *)node->name);
        free(node);
        return -ENOMEM;
    }
    nw__list_init(&node->children);
    nw__link_init(&node->sibling);
    nw__link_init(&node->waiting);
    nw__link_init(&node->fresh);
    if (parent)
        nw__list_push_back(&parent->children, &node->sibling);
    else
        watch->root = node;
    nw__watch_node_pend(watch, node);
    return 0;
}

struct nw__watch_node *nw__watch_node_at(const nw_watch *watch, const struct nw__watch_node *parent,
                                         const char *name)
{
    struct nw__watch_node key = {.parent = (struct nw__watch_node *)parent, .name = name};
    struct nw__watch_node **found = tfind(&key, &watch->places, by_place);

    return found ? *found : NULL;
}

struct nw__watch_node *nw__watch_node_by_wd(const nw_watch *watch, int wd)
{
    struct nw__watch_node key = {.wd = wd};
    struct nw__watch_node **found = tfind(&key, &watch->wds, by_wd);

    return found ? *found : NULL;
}

void nw__watch_node_unbind(nw_watch *watch, struct nw__watch_node *node)
{
    if (node->wd < 0)
        return;
    tdelete(node, &watch->wds, by_wd);
    node->wd = -1;
}

int nw__watch_node_bind(nw_watch *watch, struct nw__watch_node *node, int wd)
{
    struct nw__watch_node *before = nw__watch_node_by_wd(watch, wd);

    if (before == node)
        return 0;
    if (before)
        nw__watch_node_unbind(watch, before);
    nw__watch_node_unbind(watch, node);
    node->wd = wd;
    if (!tsearch(node, &watch->wds, by_wd)) {
        node->wd = -1;
        return -ENOMEM;
    }
    return 0;
}

int nw__watch_node_move(nw_watch *watch, struct nw__watch_node *node, struct nw__watch_node *parent,
                        const char *name)
{
    char *copy = strdup(name);

    if (!copy)
        return -ENOMEM;
    tdelete(node, &watch->places, by_place);
    free((char *)node->name);
    node->name = copy;
    node->parent = parent;
    nw__list_remove(&node->sibling);
    nw__list_push_back(&parent->children, &node->sibling);
    if (!tsearch(node, &watch->places, by_place)) {
        nw__list_remove(&node->sibling); /* without a place; the caller begins again with a new tree */
        nw__list_push_back(&watch->removed, &node->sibling);
        node->parent = NULL;
        return -ENOMEM;
    }
    return 0;
}

static void free_node(nw_watch *watch, struct nw__watch_node *node)
{
    if (watch->scan.node == node)
        watch->scan.node = NULL;
    nw__watch_drop(watch, node->wd);
    nw__watch_node_unbind(watch, node);
    end_window(node);
    leave_queue(watch, node);
    nw__list_remove(&node->sibling);
    free((char *)node->name);
    free(node);
}

/* Nothing finds it any more; what is below it goes later, for there may be much. */
void nw__watch_node_remove(nw_watch *watch, struct nw__watch_node *node)
{
    watch->blocked_until = 0;
    tdelete(node, &watch->places, by_place);
    nw__list_remove(&node->sibling);
    nw__list_push_back(&watch->removed, &node->sibling);
    node->parent = NULL;
    if (node == watch->root)
        watch->root = NULL;
}

/* Of any depth, without recursion: down to a leaf, and the next time to another. */
bool nw__watch_node_sweep(nw_watch *watch, size_t count)
{
    while (count-- > 0 && !nw__list_empty(&watch->removed)) {
        struct nw__watch_node *node =
            nw__container(nw__list_front(&watch->removed), struct nw__watch_node, sibling);
        while (!nw__list_empty(&node->children)) {
            struct nw__watch_node *child =
                nw__container(nw__list_front(&node->children), struct nw__watch_node, sibling);
            nw__list_remove(&child->sibling);
            nw__list_push_front(&watch->removed, &child->sibling);
            tdelete(child, &watch->places, by_place);
            child->parent = NULL;
            if (count > 0)
                count--;
            node = child;
        }
        free_node(watch, node);
    }
    return nw__list_empty(&watch->removed);
}

bool nw__watch_node_is_above(const struct nw__watch_node *node, const struct nw__watch_node *below)
{
    while (below && below != node)
        below = below->parent;
    return below != NULL;
}

/* -- paths -- */

char *nw__watch_path(const char *prefix, const struct nw__watch_node *node, const char *name)
{
    size_t prefix_bytes = strlen(prefix), name_bytes = name ? strlen(name) + 1 : 0;
    size_t size = prefix_bytes + name_bytes;
    char *path, *end;

    for (const struct nw__watch_node *at = node; at->parent; at = at->parent)
        size += strlen(at->name) + 1;
    path = malloc(size + 1);
    if (!path)
        return NULL;
    end = path + size;
    *end = '\0';
    if (name) {
        end -= name_bytes;
        memcpy(end + 1, name, name_bytes - 1);
        *end = '/';
    }
    for (const struct nw__watch_node *at = node; at->parent; at = at->parent) {
        size_t bytes = strlen(at->name);
        end -= bytes + 1;
        memcpy(end + 1, at->name, bytes);
        *end = '/';
    }
    memcpy(path, prefix, prefix_bytes);
    if (end == path + prefix_bytes && *end == '/' && (prefix_bytes == 0 || end[-1] == '/'))
        memmove(end, end + 1, strlen(end)); /* "" has no separator, and "dir/" has one */
    return path;
}

/* -- the window of a fresh directory -- */

void nw__watch_window_begin(nw_watch *watch, struct nw__watch_node *node)
{
    end_window(node);
    node->fresh_until = UINT64_MAX;
    nw__list_push_back(&watch->fresh, &node->fresh);
}

bool nw__watch_is_fresh(const struct nw__watch_node *node)
{
    return nw__link_linked(&node->fresh);
}

/* A name, and behind its end whether it is that of a directory. */
static char *known(const struct nw__watch_node *node, const char *name)
{
    char **found = tfind(name, &node->names, by_text);

    return found ? *found : NULL;
}

static bool is_kind(const char *known_name, bool directory)
{
    return known_name[strlen(known_name) + 1] == (directory ? 'd' : 'f');
}

int nw__watch_name_found(struct nw__watch_node *node, const char *name, bool directory)
{
    size_t bytes = strlen(name) + 2;
    char *copy;
    char **found;

    if (node->names_bytes + bytes > NAMES_MAX_BYTES) {
        node->names_cut = true;
        return 0;
    }
    copy = malloc(bytes);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, name, bytes - 1);
    copy[bytes - 1] = directory ? 'd' : 'f';
    found = tsearch(copy, &node->names, by_text);
    if (!found || *found != copy)
        free(copy);
    else
        node->names_bytes += bytes;
    return found ? 0 : -ENOMEM;
}

int nw__watch_name_came(struct nw__watch_node *node, const char *name, bool directory, bool *news_out)
{
    bool fresh = nw__watch_is_fresh(node), news = !fresh || !known(node, name);

    if (news && fresh) {
        int rc = nw__watch_name_found(node, name, directory);
        if (rc < 0)
            return rc;
    }
    *news_out = news;
    return 0;
}

bool nw__watch_name_went(struct nw__watch_node *node, const char *name, bool directory)
{
    char *found;

    if (!nw__watch_is_fresh(node))
        return true;
    found = known(node, name);
    if (!found)
        return node->names_cut;
    if (!is_kind(found, directory))
        return false;
    node->names_bytes -= strlen(found) + 2;
    tdelete(found, &node->names, by_text);
    free(found);
    return true;
}

bool nw__watch_name_fits(const struct nw__watch_node *node, const char *name, bool directory)
{
    const char *found;

    if (!nw__watch_is_fresh(node))
        return true;
    found = known(node, name);
    return found ? is_kind(found, directory) : node->names_cut;
}

void nw__watch_settle(nw_watch *watch)
{
    uint64_t end = watch->position + (watch->raw_end - watch->raw_at);

    nw__list_each (link, &watch->fresh) {
        struct nw__watch_node *node = nw__container(link, struct nw__watch_node, fresh);
        if (node->fresh_until == UINT64_MAX && node != watch->scan.node)
            node->fresh_until = end;
    }
}

void nw__watch_age(nw_watch *watch)
{
    nw__list_each_safe (link, &watch->fresh) {
        struct nw__watch_node *node = nw__container(link, struct nw__watch_node, fresh);
        if (node->fresh_until == UINT64_MAX || node->fresh_until > watch->position)
            return; /* they are in the order of their ends */
        end_window(node);
    }
}
