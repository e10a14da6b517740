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

#define NW_WATCH_CREATED    0x01u /**< made, or moved in from outside */
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
#define NW_WATCH_GONE     0x80u /**< what is watched itself was removed, moved or unmounted. Always told */

/** What has happened. Borrowed from the watch until the next call on it. */
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
 * Errors: those of open(2); -ENOSPC: the user has too many watches; -EMFILE. Source: inotify(7).
 */
NW_API NW_CHECK int nw_watch_open(const nw_watch_options *options, const char *path, nw_watch **watch_out);

/**
 * Wait for the next batch. One event a path and batch, with all that happened to it, unless debounce is off.
 *
 * Outputs: the events and their number, at least one, good until the next call. Returns: 0.
 * Errors:  -ECANCELED, -ETIMEDOUT: no event was lost.
 */
NW_API NW_CHECK int nw_watch_next(nw_watch *watch, const nw_watch_event **events_out, size_t *count_out);

/** Stop, also when the task is cancelled. Accepts NULL. */
NW_API int nw_watch_close(nw_watch *watch);

NW_END_DECLS

#endif
