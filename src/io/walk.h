/* SPDX-License-Identifier: MIT */
/*
 * What the two halves of a walk share: walk_read.c, which reads directories on workers, and walk.c, which
 * hands out their entries in the task that walks.
 *
 * A node is a directory that the callback has agreed to enter. It waits in `todo` for a worker, which reads a
 * batch of it and puts that into `ready`; if there is more of it, the node goes back into `todo`. Both lists
 * are bounded by the depth: `todo` is a stack, so what is found goes first, and the rest of a directory
 * comes after all that is below the batches read before.
 */
#ifndef NW_IO_WALK_H
#define NW_IO_WALK_H

#include <nowait/dir.h>

#include "io/crew.h"
#include "io/entries.h"
#include "io/io.h"
#include "io/tree_path.h"

struct nw__node {
    struct nw__folder folder; /* first */
    struct nw__link todo;
    struct nw__link alive; /* in nw__walk.nodes */
    size_t pending;        /* the consumer's: nodes below, and 1 as long as not all of it was delivered */
    int64_t position;      /* where the next batch begins */
    bool opened;
    char name[];
};

static inline struct nw__node *nw__node_parent(const struct nw__node *node)
{
    return (struct nw__node *)node->folder.parent;
}

/* An entry, as its worker found it. */
struct nw__item {
    const char *name;
    const struct stat *stat; /* NULL: not asked for, or an error */
    mode_t type;
    int error;
};

/* Names of a batch: one buffer, or, if the whole directory has to be sorted, as many as it takes. */
struct nw__names {
    struct nw__names *next;
    struct nw__entries entries;
};

struct nw__batch {
    struct nw__link link; /* in ready, or in suspended */
    struct nw__node *node;
    struct nw__names *names;
    struct stat *stats;
    struct nw__item *items;
    size_t at;
    size_t count;
    int error;   /* why the directory could not be read, or not to its end */
    bool pinned; /* the node, for its entries */
    bool last;
};

struct nw__walk {
    const char *path;
    unsigned flags;
    unsigned depth_max;
    struct nw__crew crew;
    struct nw__descent descent;
    nw_walk_fn *fn;
    void *arg;

    pthread_mutex_t lock;  /* for these: */
    struct nw__list todo;  /* nodes to be read, the next one first */
    unsigned todo_count;   /* counts them */
    struct nw__list ready; /* batches to be delivered */
    unsigned ready_count;  /* counts them */
    bool hungry;           /* the task is parked, or about to: a worker with a batch comes back */

    struct nw__list nodes;     /* all there are */
    struct nw__list suspended; /* ordered: batches that wait for a directory in them, innermost first */
    struct nw__tree_path entry_path;
    struct stat root_stat; /* of the path itself */
};

/* So many batches that wait to be delivered are enough. */
#define NW__WALK_READY(walk) ((walk)->crew.size * 2)

/* -- walk_read.c -- */

/* The function of a reader's op: read what is to be read, for some milliseconds at most. */
int nw__walk_read(void *walk);
/* NULL: no memory. `name` is copied. */
struct nw__node *nw__node_create(struct nw__node *parent, const char *name);
void nw__batch_free(struct nw__batch *batch);

#endif
