/* SPDX-License-Identifier: MIT */
/*
 * Paths of any length, and every file below a directory.
 * Owns nothing after a call returns.
 */
#ifndef NOWAIT_TOOL_PATHS_H
#define NOWAIT_TOOL_PATHS_H

#include <nowait.h>

/** As nw_fd_open(path, flags, 0), also where the path is longer than PATH_MAX. */
int path_open(const char *path, int flags);

/**
 * A regular file (`error` 0), or a path that could not be read (a negative code). The path is borrowed.
 *
 * Returns: 0 to go on; a negative result ends the walk.
 */
typedef int walk_fn(const char *path, int64_t size_bytes, int error, void *context);

/**
 * Call `fn` for every regular file below `root`, in the order of the paths' bytes.
 *
 * Symbolic links are not followed, aside from `root` itself; what vanishes meanwhile is passed over in
 * silence. A `root` that is no directory is handed to `fn` as it is, size 0. `sizes`: also find out the
 * files' sizes, at the cost of a system call each; else they are 0. Returns: 0, or what `fn` returned, or an
 * error: -ENOMEM, -ECANCELED, -ETIMEDOUT.
 */
int walk_files(const char *root, bool sizes, walk_fn *fn, void *context);

#endif
