/* SPDX-License-Identifier: MIT */
/*
 * Going down a tree, and back, with few descriptors.
 *
 * A folder is known by its name in the folder above it, and, once it was open, by device and inode. While it
 * is pinned its descriptor stays open; of the others, those used last stay open, too, up to a limit. One that
 * was let go of is found again through ".." of a folder below it, or by its names from the nearest one above
 * that is open; should the folder that is found there be another one by now, it counts as vanished. So
 * neither depth nor the length of a path nor a change of the tree leads anywhere else.
 *
 * Blocking code, for workers, unless it says otherwise; any number of them at a time. Folders live in their
 * user's memory, above those that are below them.
 */
#ifndef NW_IO_DESCENT_H
#define NW_IO_DESCENT_H

#include <nowait/base.h>
#include <pthread.h>

#include "base/list.h"

#define NW__DROPPED_MAX 8

struct nw__folder {
    struct nw__folder *parent; /* NULL: the root */
    const char *name;          /* in the parent; the root's is its path */
    unsigned depth;            /* the root's is 0 */
    dev_t device;              /* these two: set when it is opened for the first time */
    ino_t inode;
    int fd; /* -1: not open */
    unsigned pins;
    struct nw__link idle; /* in nw__descent.idle while it is open and not pinned */
};

struct nw__descent {
    pthread_mutex_t lock;
    struct nw__list idle; /* the one used last is the last */
    unsigned idle_count;
    unsigned idle_max;
    bool follow;                  /* names may be symbolic links */
    int dropped[NW__DROPPED_MAX]; /* descriptors nobody needs, waiting for a worker */
    unsigned dropped_count;
};

/* Never waits. `idle_max`: so many folders stay open that nobody has pinned. */
void nw__descent_init(struct nw__descent *descent, unsigned idle_max, bool follow);
/* Close what is idle. Nothing may be pinned. */
void nw__descent_finish(struct nw__descent *descent);
/* Close what was dropped. */
void nw__descent_sweep(struct nw__descent *descent);

/* A folder that is not open yet. The name is borrowed. Never waits. */
void nw__folder_init(struct nw__folder *folder, struct nw__folder *parent, const char *name);
/*
 * Open it for the first time, and pin it. A root stays open until it is dropped.
 * Returns: its descriptor. Errors: those of open(2); -ENOTDIR: it is no folder, or a link that is not to be
 * followed.
 */
NW_CHECK int nw__folder_open(struct nw__descent *descent, struct nw__folder *folder);
/*
 * Pin it again. `below`: one right below it that may be open; or NULL.
 * Returns: its descriptor. Errors: -ENOENT: it is gone, or was moved; those of open(2); -ENOMEM.
 */
NW_CHECK int nw__folder_pin(struct nw__descent *descent, struct nw__folder *folder, struct nw__folder *below);
/* Pin it if it is open. Never waits. Returns: its descriptor; -1: it is not. */
NW_CHECK int nw__folder_pin_open(struct nw__descent *descent, struct nw__folder *folder);
/* Never waits, as long as somebody sweeps. */
void nw__folder_unpin(struct nw__descent *descent, struct nw__folder *folder);
/* It is not needed any more, and not pinned. Never waits, as long as somebody sweeps. */
void nw__folder_drop(struct nw__descent *descent, struct nw__folder *folder);
/* Is this the folder itself or one above it? Never waits. */
bool nw__folder_leads_to(const struct nw__folder *folder, dev_t device, ino_t inode);

/* openat(2), close-on-exec, also where the path is longer than PATH_MAX. Returns: the descriptor. */
NW_CHECK int nw__open_long(int directory_fd, const char *path, int flags);

#endif
