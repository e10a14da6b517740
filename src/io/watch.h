/* SPDX-License-Identifier: MIT */
/*
 * What the files of a watch share: its state, and what each of them does with it.
 *
 * The kernel's events are read into a queue (`raw`) and dealt with one after the other, on the loop's thread,
 * in their order (watch_event.c). A tree of the watched directories (watch_tree.c) knows where each is at
 * that moment of the story; directories that came are added by a worker, which also lists what is in them
 * already (watch_scan.c). What is to be told gathers in a batch (watch_batch.c). watch.c waits and drives all
 * of it. docs/internals/io.md says why no event is lost and none told under a wrong path.
 */
#ifndef NW_IO_WATCH_H
#define NW_IO_WATCH_H

#include <dirent.h>
#include <nowait/watch.h>
#include <sys/inotify.h>

#include "base/bytes.h"
#include "base/list.h"
#include "io/io.h"

#define NW__WATCH_NAMES_BYTES (32 * 1024)   /* listed in a trip to the worker */
#define NW__WATCH_RAW_BYTES   (1024 * 1024) /* read ahead from the kernel, at most */
#define NW__WATCH_PAIR_NS     NW_MS(50)     /* how long the second half of a rename is waited for */

/* What changes the names in a directory. */
#define NW__WATCH_NAMES (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)

/* A directory of the tree. Searched for by its first two members, or by `wd`. */
struct nw__watch_node {
    struct nw__watch_node *parent; /* NULL: the root */
    const char *name;
    int wd;       /* -1: not (yet) watched */
    bool tells;   /* what its listing finds is told as new */
    bool retries; /* in `absent`, not in `pending` */
    struct nw__list children;
    struct nw__link sibling;
    struct nw__link waiting; /* in `pending` or `absent` */
    /* While events of before the listing's end are still to come: names that were told as being there. */
    struct nw__link fresh;
    void *names; /* a tree of strings, by tsearch(3) */
    size_t names_bytes;
    bool names_cut;       /* there were too many to remember */
    uint64_t fresh_until; /* position; UINT64_MAX: not known yet */
};

/* What a worker does for a watch, and what it brings back. Nothing else is touched there. */
struct nw__watch_scan {
    struct nw__watch_node *node; /* whose listing goes on; NULL: none */
    const char *root;            /* absolute */
    char *place;                 /* below the root, names separated by "/"; "": the root itself */
    int inotify_fd;              /* -1: to be made */
    uint32_t mask;
    int error;
    bool lists;
    bool opened;
    const int *dropped; /* watches to be removed first */
    size_t dropped_count;
    dev_t device; /* of the root, as it was at first; 0: not known yet */
    ino_t inode;
    int fd; /* the directory, while it is listed */
    int wd;
    bool at_end;
    size_t at_bytes; /* entries before this were dealt with */
    size_t size_bytes;
    _Alignas(16) char entries[NW__WATCH_NAMES_BYTES];
};

/* One event that is to be told, and what finds it again by its path. */
struct nw__watch_told {
    const char *path; /* first: what it is searched for by */
    char *from;
    unsigned kinds;
    bool directory;
    int error;
};

struct nw__watch_batch {
    struct nw__watch_told **told; /* in order */
    nw_watch_event *events;       /* as they are handed out */
    size_t count;
    size_t capacity;
    void *by_path; /* those that may still take more kinds; a tree, by tsearch(3) */
    int64_t first_ns;
    int64_t last_ns;
    bool urgent;    /* holds something that need not be gathered with more */
    bool delivered; /* it is the caller's until the next call */
};

struct nw_watch {
    nw_loop *loop;
    int fd; /* inotify's */
    bool recursive;
    bool gathers;
    unsigned kinds;
    int64_t debounce_ns;
    int64_t gather_ns;
    size_t batch_max;
    char *path;      /* as it was given */
    char *directory; /* what is watched, absolute */
    char *file;      /* only this name in it; NULL: all */
    uint32_t mask;

    struct nw__watch_node *root;
    void *places;            /* nodes by parent and name, by tsearch(3) */
    void *wds;               /* nodes by wd */
    struct nw__list removed; /* nodes that are to be freed, with what is below them */
    struct nw__list pending; /* to be added, the first first */
    struct nw__list absent;  /* could not be added; tried again when things move */
    struct nw__list fresh;
    size_t quiet_pending; /* those that the first listing found */
    int *dropped;         /* watches to be removed by the next trip to a worker */
    size_t dropped_count;
    size_t dropped_capacity;

    char *raw; /* what the kernel told, from raw_at to raw_end */
    size_t raw_at;
    size_t raw_end;
    size_t raw_capacity;
    uint64_t position;      /* of raw_at, counted from the beginning */
    uint64_t blocked_until; /* position up to which the first of `pending` cannot be added */
    bool drained;           /* the kernel had no more when it was asked last */
    int64_t hold_until_ns;  /* half of a rename is at raw_at: wait for the other until then; 0: not */

    struct nw__watch_scan scan;
    struct nw__watch_batch batch;
    bool lost;      /* events were lost: begin again */
    bool beginning; /* the tree is being listed anew after that */
    int lost_error;
    bool overflow_due; /* to be told of the root as soon as there is room */
    bool gone;         /* told: there will be nothing more */
    bool busy;         /* a task is in nw_watch_next() */
    bool closing;
    nw_event idle;
};

/* -- watch_tree.c -- */

/* A child of `parent` (NULL: the root), to be added. Errors: -ENOMEM. */
NW_CHECK int nw__watch_node_add(nw_watch *watch, struct nw__watch_node *parent, const char *name, bool tells);
struct nw__watch_node *nw__watch_node_at(const nw_watch *watch, const struct nw__watch_node *parent,
                                         const char *name);
struct nw__watch_node *nw__watch_node_by_wd(const nw_watch *watch, int wd);
/* The node is watched as `wd` from now on; who was before, is not. Errors: -ENOMEM; nothing changes then. */
NW_CHECK int nw__watch_node_bind(nw_watch *watch, struct nw__watch_node *node, int wd);
void nw__watch_node_unbind(nw_watch *watch, struct nw__watch_node *node);
/* It has another parent and name from now on. Errors: -ENOMEM; nothing changes then. */
NW_CHECK int nw__watch_node_move(nw_watch *watch, struct nw__watch_node *node, struct nw__watch_node *parent,
                                 const char *name);
/* It and all below it are gone: none may be looked for before nw__watch_node_sweep() says that it is done. */
void nw__watch_node_remove(nw_watch *watch, struct nw__watch_node *node);
/* Free some `count` of those. Returns: whether none is left. */
bool nw__watch_node_sweep(nw_watch *watch, size_t count);
/* Have it added (again). */
void nw__watch_node_pend(nw_watch *watch, struct nw__watch_node *node);
/* It is watched now. */
void nw__watch_node_added(nw_watch *watch, struct nw__watch_node *node);
/* It cannot be added for now. */
void nw__watch_node_give_up(nw_watch *watch, struct nw__watch_node *node);
bool nw__watch_node_is_above(const struct nw__watch_node *node, const struct nw__watch_node *below);
/* Something moved: all that could not be added may be found now. */
void nw__watch_retry_absent(nw_watch *watch);
/* Have the next worker remove a watch. Without memory for that it stays, and its events are passed over. */
void nw__watch_drop(nw_watch *watch, int wd);
/* `prefix` and the names from the root to the node and `name` (may be NULL). NULL: no memory. */
char *nw__watch_path(const char *prefix, const struct nw__watch_node *node, const char *name);

/* The window of a fresh directory; see struct nw__watch_node. Errors: -ENOMEM. */
void nw__watch_window_begin(nw_watch *watch, struct nw__watch_node *node);
NW_CHECK int nw__watch_name_found(struct nw__watch_node *node, const char *name, bool directory);
/* Whether a name that came or went is to be told. */
NW_CHECK int nw__watch_name_came(struct nw__watch_node *node, const char *name, bool directory,
                                 bool *news_out);
bool nw__watch_name_went(struct nw__watch_node *node, const char *name, bool directory);
/* Does this happen to what was told as being there, not to something that was gone by then? */
bool nw__watch_name_fits(const struct nw__watch_node *node, const char *name, bool directory);
bool nw__watch_is_fresh(const struct nw__watch_node *node);
/* All that happened before now has been read: the windows of those that were listed end here. */
void nw__watch_settle(nw_watch *watch);
/* End the windows of those whose time is over. */
void nw__watch_age(nw_watch *watch);

/* -- watch_scan.c -- */

/*
 * Add the first of `pending`, or go on with the listing that is under way, and take what was found. May
 * suspend.
 * Errors: -ECANCELED, -ETIMEDOUT, -ENOMEM: it stays to be done; else why the root cannot be watched.
 */
NW_CHECK int nw__watch_scan_go_on(nw_watch *watch);
/*
 * Have what has left the tree watched no more, and close a listing that was given up. May suspend.
 * Errors: -ECANCELED, -ETIMEDOUT: it stays to be done.
 */
NW_CHECK int nw__watch_scan_let_go(nw_watch *watch);
/* Close what it holds open, and the inotify descriptor. On a worker: it may take its time. */
void nw__watch_scan_finish(nw_watch *watch);

/* -- watch_event.c -- */

/* Read what the kernel has. Never waits. Errors: those of read(2), -ENOMEM. */
NW_CHECK int nw__watch_fill(nw_watch *watch);
/* Position up to which what was read says that the node is (or was) somewhere else; 0: nothing does. */
uint64_t nw__watch_disturbed(const nw_watch *watch, const struct nw__watch_node *node);
/* Deal with the first event. -EAGAIN: it must wait for the other half of a rename. */
NW_CHECK int nw__watch_process(nw_watch *watch);

/* -- watch_batch.c -- */

/* Is there room for another event? */
bool nw__watch_has_room(const nw_watch *watch);
/* Something happened to `name` in the directory (NULL: to the directory itself). Errors: -ENOMEM. */
NW_CHECK int nw__watch_tell(nw_watch *watch, unsigned kinds, const struct nw__watch_node *node,
                            const char *name, bool directory);
/* The same for a rename; `from` becomes the batch's. */
NW_CHECK int nw__watch_tell_moved(nw_watch *watch, char *from, const struct nw__watch_node *node,
                                  const char *name, bool directory);
/* Look again at all below the node. Cannot fail: at the worst it is told of the root later. */
void nw__watch_tell_overflow(nw_watch *watch, const struct nw__watch_node *node, int error);
/* Hand out what has gathered, until it is cleared. */
void nw__watch_deliver(struct nw__watch_batch *batch, const nw_watch_event **events_out, size_t *count_out);
/* Forget it. */
void nw__watch_batch_clear(struct nw__watch_batch *batch);
void nw__watch_batch_finish(struct nw__watch_batch *batch);

#endif
