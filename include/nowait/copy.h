/* SPDX-License-Identifier: MIT */
/** @file
 * Copying and moving files and whole trees, with progress.
 * What holds for fs.h holds here.
 */
#ifndef NOWAIT_COPY_H
#define NOWAIT_COPY_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** Whom to tell how far something is. All zero: nobody. */
typedef struct nw_progress {
    /**
     * Called by the task that copies, after each piece (8 MiB at most; all of a file whose blocks are
     * shared): may wait. A negative result ends the copying with that error. `total_bytes` is 0 where it is
     * not known.
     */
    int (*fn)(uint64_t done_bytes, uint64_t total_bytes, void *arg);
    void *arg; /**< handed to `fn` */
} nw_progress;

#define NW_COPY_EXCL  0x08u /**< the target, of a tree its root, must not exist (as NW_EXCL) */
#define NW_COPY_TIMES 0x10u /**< keep access and modification times */
#define NW_COPY_XATTRS                                                                                       \
    0x20u /**< keep extended attributes, ACLs among them, where the target's file system has them */
#define NW_COPY_OWNER 0x40u /**< keep owner and group where this process may */
#define NW_COPY_LINKS 0x80u /**< trees: names of one file (hard links) are names of one file in the copy */
/** As `cp -a`. */
#define NW_COPY_ALL             (NW_COPY_TIMES | NW_COPY_XATTRS | NW_COPY_OWNER | NW_COPY_LINKS)
#define NW_COPY_ONE_FILE_SYSTEM 0x100u /**< trees: do not enter mounts */
#define NW_COPY_UPDATE          0x200u /**< leave alone what is not older in the target */
#define NW_COPY_KEEP            0x400u /**< leave alone what is there in the target; directories are merged */
/** As `cp`: what is made has the mode of its source less the umask, what is there keeps its own. */
#define NW_COPY_UMASK 0x800u

/** How to copy. All zero means the defaults. */
typedef struct nw_copy_options {
    unsigned flags;    /**< NW_COPY_... */
    unsigned parallel; /**< trees: files copied at a time; 0: as many as there are processors, 2 at least */
    nw_progress progress; /**< trees: the bytes of all files. The total is known once the tree was walked,
                              and counts holes, further names and what is left alone, which are not copied */
    /**
     * Trees: called for each entry that could not be copied; 0: go on with the others (the tree's result is
     * then the first error), negative: end with that. NULL: go on. The path is borrowed, that of the source.
     */
    int (*on_error)(const char *path, int error, void *arg);
    /** Trees: called after each entry was copied; a negative result ends. NULL: not. */
    int (*on_entry)(const char *from, const char *to, void *arg);
    void *arg;            /**< handed to `on_error` and `on_entry` */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_copy_options;

/**
 * As nw_copy_file() in fs.h, with options; NULL means the defaults.
 *
 * `on_error` and `on_entry` are not called.
 */
NW_API NW_CHECK int nw_copy_file_with(const nw_copy_options *options, const char *from, const char *to);

/**
 * Copy a file, a link, a special file, or a directory with all that is in it, however deep.
 *
 * `to` is the copy's own path, not a directory to put it into; a directory there is merged into. Symbolic
 * links are copied as links and never followed, on either side: a link, or a special file, that is in the way
 * of a file is replaced. What vanishes from the source meanwhile is no error. A file that could not be
 * completed is removed; what was copied before an error or a cancellation stays.
 *
 * Returns: 0, or the first error.
 * Errors:  -EINVAL: `to` is inside `from`, or the same; a link would have to replace the file that it leads
 * to; -ENOTDIR, -EISDIR: a directory would have to replace something else, or the other way round; -EBUSY: a
 * directory was moved elsewhere while what is below it was being copied.
 */
NW_API NW_CHECK int nw_copy_tree(const nw_copy_options *options, const char *from, const char *to);

/**
 * Move a file or a tree: rename(2), or across file systems a copy with all attributes, then removal.
 *
 * An existing file at `to` is replaced, an existing empty directory by a directory. Across file systems the
 * copy is made as ".NAME.xxxxxxxxxxxxxxxx" beside `to` and renamed when all of it is on disk; only then the
 * source is removed. On failure and on cancellation the copy is removed, unless it has its name already: then
 * a part of the source may be left. `options` may be NULL; NW_COPY_EXCL, `parallel` and `progress` count.
 * Errors: -EINVAL: other flags; `to` is inside `from`; NW_COPY_EXCL and a directory where the file system
 *         has no RENAME_NOREPLACE.
 * Source:  renameat2(2), syncfs(2).
 */
NW_API NW_CHECK int nw_move(const nw_copy_options *options, const char *from, const char *to);

NW_END_DECLS

#endif
