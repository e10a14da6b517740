/* SPDX-License-Identifier: MIT */
/** @file
 * Directories: listed, walked, measured, matched. (Made and removed: fs.h. Copied: copy.h. Watched: watch.h.)
 * What holds for fs.h holds here. Paths and names are bytes: newlines and invalid UTF-8 are kept.
 */
#ifndef NOWAIT_DIR_H
#define NOWAIT_DIR_H

#include <nowait/base.h>
#include <nowait/watch.h>
#include <sys/stat.h>

NW_BEGIN_DECLS

/* -- one directory -- */

/** An open directory. */
typedef struct nw_dir nw_dir;

/** An entry. The name is borrowed from the directory, until the next call on it. */
typedef struct nw_dir_entry {
    const char *name; /**< never "." or ".." */
    size_t name_bytes;
    mode_t
        type; /**< S_IFREG, S_IFDIR, S_IFLNK, ...: S_ISDIR(entry.type); 0: it vanished before it was known */
    ino_t inode;
} nw_dir_entry;

/** Open a directory. What is made or removed while it is read may come or not; all else comes once. */
NW_API NW_CHECK int nw_dir_open(const char *path, nw_dir **dir_out);
/** As nw_dir_open(), from `directory_fd`, with `flags` as openat(2): O_NOFOLLOW. */
NW_API NW_CHECK int nw_dir_openat(int directory_fd, const char *path, int flags, nw_dir **dir_out);
/** The next entry, in the order of the file system. Returns: 1; 0 at the end. Source: getdents64(2). */
NW_API NW_CHECK int nw_dir_next(nw_dir *dir, nw_dir_entry *entry_out);
/** Begin again. */
NW_API int nw_dir_rewind(nw_dir *dir);
/** The descriptor, which stays the directory's: for calls that take one. */
NW_API int nw_dir_fd(const nw_dir *dir);
/** Close, also when the task is cancelled. Accepts NULL. Errors: NW_ENOTASK: nothing was closed. */
NW_API int nw_dir_close(nw_dir *dir);

/** Paths or names that you own; release with nw_paths_finish(). */
typedef struct nw_paths {
    char **items; /**< terminated strings, in the order of their bytes */
    size_t count;
} nw_paths;

/** Free them and set the struct to zero. Accepts NULL and a zeroed struct. */
NW_API void nw_paths_finish(nw_paths *paths);

/** The names in a directory, sorted, as Python's listdir. Errors: -EFBIG: more than `limit` (0: no limit). */
NW_API NW_CHECK int nw_dir_list(const char *path, size_t limit, nw_paths *names_out);

/* -- trees -- */

/** What a walk has come to. All of it is borrowed until the callback returns. */
typedef struct nw_walk_entry {
    const char *path; /**< the root as it was given, and the names below it; may be longer than PATH_MAX */
    const char *name; /**< the last name in `path`; of the root: all of it */
    int directory_fd; /**< holds `name`, for nw_fd_openat() and its like: good at any depth; the root's:
                         AT_FDCWD */
    unsigned depth;   /**< 0: the root itself */
    mode_t type;      /**< S_IFREG, S_IFDIR, S_IFLNK, ...; 0: not known */
    bool leaving;     /**< a directory, after all that is in it (NW_WALK_LEAVING) */
    int error; /**< 0, or why it could not be looked at, or a directory not be read: the walk goes on */
    const struct stat *stat; /**< with NW_WALK_STAT, no error and not leaving; else NULL */
} nw_walk_entry;

/** Returned by the callback for a directory: do not enter it. */
#define NW_WALK_SKIP 1

/**
 * Called for each entry by the task that walks, one at a time; may wait.
 *
 * Returns: 0: go on; NW_WALK_SKIP; a negative result ends the walk with that error. Anything else is as 0.
 */
typedef int nw_walk_fn(const nw_walk_entry *entry, void *arg);

#define NW_WALK_STAT    0x01u /**< fill in `stat` (lstat, or stat with NW_WALK_FOLLOW) */
#define NW_WALK_FOLLOW  0x02u /**< follow symbolic links; one that leads to a directory above it: -ELOOP */
#define NW_WALK_ORDERED 0x04u /**< depth first, in the order of the paths' bytes; one directory at a time */
#define NW_WALK_LEAVING 0x08u /**< come to each directory a second time, after all that is in it */
#define NW_WALK_ONE_FILE_SYSTEM                                                                              \
    0x10u /**< do not enter what is on another device than the root, as `find -xdev` */

/** How to walk. All zero means the defaults. */
typedef struct nw_walk_options {
    unsigned flags;     /**< NW_WALK_... */
    unsigned parallel;  /**< directories read at a time, ahead of the callback; 0: the number of processors */
    unsigned depth_max; /**< directories at this depth are not entered; 0: no limit */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_walk_options;

/**
 * Come to `path` and everything below it, each directory before what is in it, however deep.
 *
 * What vanishes meanwhile is passed over. What cannot be read comes with its error, and the walk goes on: a
 * directory that cannot be entered, or not be read to its end, comes a second time. A directory is read only
 * after the callback has agreed to it. (When one is left that is gone or was moved, `error` says so, and
 * `directory_fd` is -1.) A root that is a symbolic link is followed only with NW_WALK_FOLLOW, or if it ends
 * in a slash. Descriptors are bounded by `parallel`, memory by it and the depth, not by the size of the tree;
 * with NW_WALK_ORDERED by the size of the directories on the way down.
 * Returns: 0, or the negative result of the callback. Errors: -ENOMEM; what kept the root from being looked
 * at: -ENOENT, -ENOTDIR, -EACCES, ...
 */
NW_API NW_CHECK int nw_walk(const nw_walk_options *options, const char *path, nw_walk_fn *fn, void *arg);

/** What a tree takes. */
typedef struct nw_usage {
    int64_t apparent_bytes;  /**< the sizes of files and links, as `du --apparent-size` counts */
    int64_t allocated_bytes; /**< the blocks they take, as `du` */
    uint64_t files;          /**< all but directories; one with several names once, unless NW_USAGE_LINKS */
    uint64_t directories;    /**< the root included */
    uint64_t errors;         /**< entries that could not be read */
} nw_usage;

/** How to measure. All zero means the defaults. */
typedef struct nw_usage_options {
    unsigned flags;    /**< of NW_WALK_FOLLOW, NW_WALK_ONE_FILE_SYSTEM, NW_WALK_ORDERED, NW_USAGE_LINKS */
    unsigned parallel; /**< as for nw_walk() */
    /** Called for each entry that could not be read; negative: end with that. NULL: only count them. */
    int (*on_error)(const char *path, int error, void *arg);
    /** Called for each directory when all in it was counted, the root last; negative: end. NULL: not. */
    int (*on_directory)(const char *path, unsigned depth, const nw_usage *usage, void *arg);
    /** Called for each file that counts, before its directory, but not for `path`; negative: end. */
    int (*on_file)(const char *path, unsigned depth, const nw_usage *usage, void *arg);
    /** Called some ten times a second with what was counted by then; negative: end. NULL: not. */
    int (*on_progress)(const nw_usage *so_far, void *arg);
    void *arg;            /**< handed to all of them */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_usage_options;

/**
 * Count each name of a file with several (hard links), not the file once. Without effect beside
 * NW_WALK_FOLLOW.
 */
#define NW_USAGE_LINKS 0x100u

/**
 * Measure `path` and everything below it. A file with several names counts once. Source: du(1).
 *
 * The functions are called by the calling task, one at a time, and may wait. Without NW_WALK_ORDERED several
 * directories are read at a time, and told of as they are done; with it one at a time, in the order of their
 * names' bytes, the files of a directory before the directories in it. With NW_WALK_FOLLOW everything counts
 * once, however often links lead there. What vanishes meanwhile does not count.
 * Errors: -ENOMEM; what kept `path` from being looked at; what a function returned.
 */
NW_API NW_CHECK int nw_disk_usage(const nw_usage_options *options, const char *path, nw_usage *usage_out);

#define NW_GLOB_HIDDEN 0x1u /**< "*", "?" and "**" match names that begin with a dot, too */
#define NW_GLOB_FOLLOW 0x2u /**< "**" enters directories through symbolic links */

/**
 * The paths that match a pattern: "*", "?", "[a-z]", "[!a-z]", "\" before a character that is meant as it
 * is, and "**" as a whole name for any number of directories, none included.
 *
 * As Python's glob.glob(pattern, recursive=True): a "/" at the end matches directories only; names that begin
 * with a dot match only where the pattern has one, or with NW_GLOB_HIDDEN; a character is one of UTF-8, or a
 * byte that is none. Each path comes once. With NW_GLOB_FOLLOW a link to a directory above it is not entered.
 *
 * Outputs: the paths, sorted; none is not an error. What may not be read is passed over.
 * Errors:  -EINVAL, -ENOMEM, -EFBIG: more than `limit` (0: no limit). Source: glob(7), Python's glob.
 */
NW_API NW_CHECK int nw_glob(const char *pattern, unsigned flags, size_t limit, nw_paths *paths_out);

NW_END_DECLS

#endif
