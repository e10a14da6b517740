/* SPDX-License-Identifier: MIT */
/*
 * Copying, as its parts see it: one engine for one file, for trees and for moves.
 *
 * The task that called drives it all (copy.c). Its lanes copy entries on workers, one entry at a
 * time each, in trips; for a tree one more trip, the walk (copy_walk.c), goes down ahead of them, makes
 * folders and queues batches of entries. Names are only ever looked up in a folder that is held open, on both
 * sides, and below the root no link is followed. All but copy.c is blocking code that runs on workers.
 */
#ifndef NW_IO_COPY_H
#define NW_IO_COPY_H

#include <nowait/copy.h>
#include <stdatomic.h>

#include "base/list.h"
#include "io/entries.h"
#include "io/io.h"

#define NW__COPY_SLICE_BYTES (8 * 1024 * 1024) /* of one file in one trip */
#define NW__COPY_SLICE_NS    NW_MS(2)          /* of a trip through many entries */
#define NW__COPY_PIECE_BYTES (1024 * 1024)     /* read or written at a time where the kernel cannot copy */
#define NW__COPY_BATCH       64                /* entries: so that several lanes share a big folder */

/* Internal flags, above those of copy.h. */
#define NW__COPY_FOLLOW 0x10000u /* the root: follow links, on both sides, and refuse what is no file */
#define NW__COPY_SYNC   0x20000u /* each file is on disk before it counts as copied */

/* What a step returns, beyond 0 (done) and errors; NW__JOB_GOES_ON (1) among them. */
#define NW__COPY_PIECE  2 /* a piece is read: it can be written while the next one is being read */
#define NW__COPY_WAITS  3 /* for what another lane or the walk does */
#define NW__COPY_IDLE   4 /* there is nothing to be done, for now */
#define NW__COPY_LEFT   5 /* the entry is left alone, or has vanished */
#define NW__COPY_LINKED 6 /* the entry has become a name of another one's copy */

/*
 * A folder of the tree, and its counterpart. In use by the walk and by batches: when the last of them has
 * left it, it gets its attributes and is closed. It stays in memory while a folder below does, for the paths.
 */
struct nw__copy_folder {
    struct nw__copy_folder *parent; /* NULL: stands for where the root's paths begin */
    size_t users;                   /* under nw__copy.lock, ... */
    size_t references;              /* ... as is this: one for all users, and the folders below */
    int from_fd;                    /* -1: let go of, or closed. AT_FDCWD above the root */
    int to_fd;
    int error; /* why it is not as it should be */
    bool made;
    atomic_bool no_clone; /* the kernel cannot share blocks between these two file systems, ... */
    atomic_bool no_range; /* ... or cannot copy by itself */
    struct stat source;   /* as it was when it was opened */
    struct stat target;
    struct nw__entries entries; /* the batch that the walk stands in; and, when let go of, ... */
    off_t position;             /* ... where to go on reading */
    char name[];
};

/* Entries of one folder, to be copied by one lane. */
struct nw__copy_batch {
    struct nw__link link; /* in nw__copy.queue */
    struct nw__copy_folder *folder;
    size_t count, next;
    struct nw__copy_name {
        ino_t inode;
        unsigned char type; /* DT_...; a hint */
        const char *name;
    } entries[NW__COPY_BATCH];
    char names[];
};

/* The content of one regular file on its way. The descriptors are this one's; the names are not. */
struct nw__copy_file {
    int from_fd, to_fd; /* -1: not open */
    bool made;          /* the target is ours */
    bool started;       /* what it held, if anything, is gone */
    bool cloned, by_hand;
    bool piped;   /* pieces are handed over */
    bool settled; /* nothing more is to be read, and nothing is on its way: ... */
    int error;    /* ... this is how it ended */
    struct stat source;
    dev_t to_device;
    ino_t to_inode;
    mode_t to_mode;
    off_t at;          /* copied or read up to here */
    off_t segment_end; /* of the data segment that `at` is in */
    off_t hole_end;    /* where the source ended when nothing but a hole was left of it */
    char *pieces[2];   /* kept from file to file */
    unsigned piece;    /* the one that is being read into */
    size_t piece_bytes;
    off_t piece_at;
    struct { /* the other one, on its way out; the task's, while no trip is under way */
        const char *data;
        size_t size_bytes;
        off_t at;
    } out;
};

struct nw__copy_lane {
    struct nw__copy *copy;
    struct nw__copy_batch *batch;
    bool open;                  /* an entry is under way: batch->entries[batch->next] */
    struct nw__copy_link *link; /* this lane copies the first name of a file with several */
    struct nw__copy_file file;
    nw_op trip, write; /* the task's */
    bool trip_flies, write_flies;
    bool idle, waits; /* until there is work; until something has changed */
    bool ready;       /* a piece, or the end, once the write has ended */
    uint64_t seen;    /* nw__copy.changes when the trip began */
    int write_error;
};

/* What the calling task has to be told of. */
struct nw__copy_event {
    struct nw__link link;
    int error;
    char *from, *to;
};

struct nw__copy {
    const char *from, *to;
    atomic_ullong done_bytes;
    atomic_ullong total_bytes;
    unsigned flags;
    atomic_uint hungry; /* lanes without work */
    atomic_int fatal;   /* an error that ends everything: memory is out */
    atomic_bool stop;   /* do no more than what must be done */
    bool tree;
    bool wants_entries; /* events also for what went well */
    bool wants_total;   /* the walk asks for sizes */

    pthread_mutex_t lock; /* for the following, and the references of folders */
    struct nw__list queue;
    size_t queued;
    struct nw__list events;
    struct nw__copy_links *links;

    /* The walk's, while its trip is under way. */
    struct nw__copy_folder *top; /* above the root */
    struct nw__copy_folder **chain;
    size_t depth, capacity;
    size_t held;       /* folders kept open on the way down */
    size_t queue_max;  /* batches */
    dev_t root_device; /* of the root's target */
    ino_t root_inode;
    int root_fd; /* the same, open: for links */
    bool begun;

    /* The task's. */
    const nw_copy_options *options;
    struct nw__copy_lane *lanes;
    nw_op **ops; /* room for those that fly */
    nw_op walk;
    uint64_t walk_seen;
    uint64_t changes; /* trips that came back with something done: who waited before may look again */
    uint64_t told_bytes;
    unsigned lane_count;
    int result; /* the first error */
    bool walk_flies, walk_waits, walked;
};

/* -- copy_file.c -- */

/*
 * Begin with an entry that is a regular file, or may be.
 * Returns: 0; -ENOTSUP: it is no regular file (nothing was done).
 */
NW_CHECK int nw__copy_file_open(struct nw__copy_lane *lane, const struct nw__copy_name *entry);
/* Open or make the target. Returns: 0; NW__COPY_LEFT: the flags say so. */
NW_CHECK int nw__copy_file_open_target(struct nw__copy_lane *lane, const struct nw__copy_name *entry);
/* Up to a slice. Returns: 0: the content is there; NW__JOB_GOES_ON; NW__COPY_PIECE; an error. */
NW_CHECK int nw__copy_file_step(struct nw__copy_lane *lane);
/* Write the piece that is on its way out. On a worker, beside a step. The result is an error, or 0. */
int nw__copy_file_write_out(void *lane);
/* Attributes, then close. */
NW_CHECK int nw__copy_file_complete(struct nw__copy_lane *lane);
/* Close what is open; remove what was made and not completed. */
void nw__copy_file_abandon(struct nw__copy_lane *lane);

/* -- copy_attributes.c -- */

struct nw__copy_node {
    int from_fd, to_fd;   /* open descriptors, or -1: ... */
    int from_dir, to_dir; /* ... then by name in these folders, links not followed */
    const char *from, *to;
    const struct stat *source;
    mode_t mode; /* that the target has now; 0: not known */
    bool made;
};

/* Owner, extended attributes, mode and times, as the flags say. */
NW_CHECK int nw__copy_attributes(const struct nw__copy_node *node, unsigned flags);

static inline bool nw__copy_is_older(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* Do the flags say to leave alone what is there? Folders are never left alone. */
static inline bool nw__copy_leaves(const struct nw__copy *copy, const struct stat *there,
                                   const struct stat *source)
{
    if (S_ISDIR(there->st_mode))
        return false;
    return copy->flags & NW_COPY_KEEP || (copy->flags & NW_COPY_UPDATE && !nw__copy_is_older(there, source));
}

/* -- copy_links.c: files with several names, each copied once -- */

int nw__copy_links_create(struct nw__copy *copy);
void nw__copy_links_destroy(struct nw__copy *copy);
/*
 * A name of the file `source` is to be copied.
 * Returns: 0: copy it, and then tell nw__copy_link_done(lane); NW__COPY_LINKED; NW__COPY_WAITS; an error.
 */
NW_CHECK int nw__copy_link_or_claim(struct nw__copy_lane *lane, const struct nw__copy_name *entry,
                                    const struct stat *source);
/* The first name is complete (or not: then the next name becomes the first). */
void nw__copy_link_done(struct nw__copy_lane *lane, bool complete);

/* -- copy_entry.c -- */

/* A trip: entries of the queue, one after the other. Returns: NW__JOB_GOES_ON, NW__COPY_... */
int nw__copy_lane_trip(void *lane);
/* Where an entry is found; names of the root are its paths. */
static inline const char *nw__copy_from_name(const struct nw__copy *copy,
                                             const struct nw__copy_folder *folder, const char *name)
{
    return folder == copy->top ? copy->from : name;
}

static inline const char *nw__copy_to_name(const struct nw__copy *copy, const struct nw__copy_folder *folder,
                                           const char *name)
{
    return folder == copy->top ? copy->to : name;
}

/* End what a lane has begun, at the end or before it; its batch with it. */
void nw__copy_lane_finish(struct nw__copy_lane *lane);
/* Tell the task: an error, or 0 for an entry that was copied. */
void nw__copy_tell(struct nw__copy *copy, const struct nw__copy_folder *folder, const char *name, int error);
/*
 * The path of an entry: `root` (the copy's `from` or `to`; NULL: nothing, for a path below it) and the names.
 * free() it; NULL: no memory.
 */
char *nw__copy_path(const struct nw__copy *copy, const struct nw__copy_folder *folder, const char *name,
                    const char *root);
/* Remove what is at `name` if it is what it was, and no folder. */
void nw__copy_remove(int folder_fd, const char *name, dev_t device, ino_t inode);

/* -- copy_walk.c -- */

/* A trip of the walk. Returns: NW__JOB_GOES_ON, NW__COPY_WAITS, 0: all is queued. */
int nw__copy_walk_trip(void *copy);
/* Queue one entry of `folder`. */
NW_CHECK int nw__copy_queue_one(struct nw__copy *copy, struct nw__copy_folder *folder, const char *name,
                                unsigned char type);
/* No longer in use by this user. */
void nw__copy_folder_leave(struct nw__copy *copy, struct nw__copy_folder *folder);
NW_CHECK int nw__copy_walk_begin(struct nw__copy *copy);
/* Leave all folders that the walk is in. Nothing else may be under way. */
void nw__copy_walk_finish(struct nw__copy *copy);

/* -- copy.c -- */

bool nw__copy_options_valid(const nw_copy_options *options);
/* The whole of it. Errors: the first. */
NW_CHECK int nw__copy_run(const nw_copy_options *options, const char *from, const char *to, unsigned flags,
                          bool tree);

#endif
