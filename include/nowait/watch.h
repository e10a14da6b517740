/* SPDX-License-Identifier: MIT */
/** @file
 * Changes of files and directories as events that a task waits for.
 */
#ifndef NOWAIT_WATCH_H
#define NOWAIT_WATCH_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** A watch. */
typedef struct nw_watch nw_watch;

#define NW_WATCH_CREATED    0x01u /**< made, or moved in from where nobody watches */
#define NW_WATCH_MODIFIED   0x02u /**< written to, or cut */
#define NW_WATCH_CLOSED     0x04u /**< closed by one who could write */
#define NW_WATCH_ATTRIBUTES 0x08u /**< mode, owner, times, links, extended attributes */
#define NW_WATCH_DELETED    0x10u /**< removed, or moved out */
#define NW_WATCH_MOVED      0x20u /**< renamed inside: `from` has the old path */
/**
 * Events were lost (the kernel's queue or ours was full, or a directory could not be added: `error`): look
 * again at all below `path`. Always told.
 */
#define NW_WATCH_OVERFLOW 0x40u
/**
 * What is watched itself was removed, moved or unmounted. Always told. With a directory it is the last event;
 * a file may come back (NW_WATCH_CREATED).
 */
#define NW_WATCH_GONE 0x80u

/**
 * What has happened. Borrowed from the watch until the next call on it.
 *
 * Of several kinds in one event, that of the lowest bit happened first: created, modified, ..., deleted
 * (NW_WATCH_MOVED before all others). So events can be applied one after the other, each from first to last.
 */
typedef struct nw_watch_event {
    unsigned kinds;   /**< several of NW_WATCH_..., where they were gathered */
    bool directory;   /**< it happened to a directory */
    int error;        /**< with NW_WATCH_OVERFLOW: 0, or why (-ENOSPC: too many watches) */
    const char *path; /**< the watched path as it was given, and what follows */
    const char *from; /**< NW_WATCH_MOVED: the path before; else NULL */
} nw_watch_event;

/** How to watch. All zero means the defaults. */
typedef struct nw_watch_options {
    bool recursive;       /**< directories below, too, those that come later included */
    unsigned kinds;       /**< those to tell of; 0: all */
    int64_t debounce_ns;  /**< gather until nothing has happened for so long; 0: 50 ms; negative: not */
    int64_t gather_ns;    /**< but for no longer than this; 0: 1 s */
    size_t batch;         /**< most events at a time; 0: 4096 */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_watch_options;

/**
 * Begin to watch a file or a directory. Everything that happens after this returned is told, in order, except
 * where NW_WATCH_OVERFLOW says so.
 *
 * Symbolic links are followed on the way to `path`, and not below it. What is in a new directory before it is
 * watched is told as NW_WATCH_CREATED alone, whatever else happened to it. Of a file, the name is watched, in
 * its directory, which must be readable: what replaces it by a rename is told as NW_WATCH_CREATED, and goes
 * on being watched. What is written through another hard link, or on another machine, is not seen. The watch
 * belongs to this loop, and must be closed before that ends.
 * Errors: -EINVAL; NW_ENOTASK; -ECANCELED, -ETIMEDOUT; -ENOMEM; those of open(2); -ENOSPC: the user has too
 *         many watches; -EMFILE: too many inotify descriptors (fs.inotify.max_user_instances), or too many
 *         descriptors.
 * Source: inotify(7).
 */
NW_API NW_CHECK int nw_watch_open(const nw_watch_options *options, const char *path, nw_watch **watch_out);

/**
 * Wait for the next batch. Unless debounce is off, what happens to a path is gathered in one event; another
 * begins where order matters: for all paths after a rename, and for one that was made anew after its end.
 *
 * Outputs: the events and their number, at least one, good until the next call. Returns: 0.
 * Errors:  -ECANCELED, -ETIMEDOUT: no event was lost; -ENOENT: NW_WATCH_GONE was told of the directory;
 *          -EBUSY: another task waits here; NW_ECLOSED: it was closed meanwhile; -ENOMEM: call again, and if
 *          events were lost NW_WATCH_OVERFLOW says so; -EINVAL: NULL, or a watch of another loop; NW_ENOTASK.
 */
NW_API NW_CHECK int nw_watch_next(nw_watch *watch, const nw_watch_event **events_out, size_t *count_out);

/**
 * Stop, also when the task is cancelled. Who waits in nw_watch_next() gets NW_ECLOSED. Accepts NULL.
 *
 * Errors: NW_ENOTASK; -EINVAL: a watch of another loop. It goes on then.
 */
NW_API int nw_watch_close(nw_watch *watch);

NW_END_DECLS

#endif
