/* SPDX-License-Identifier: MIT */
/*
 * Is a folder on a file system whose calls end by themselves, once what they need is in memory? On a network
 * or a user-space file system every open may wait for somebody else. Shared by all threads.
 */
#ifndef NW_BACKEND_LOCAL_H
#define NW_BACKEND_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Of the folder in which `path` names something, and that is not the place of another mount. Never blocks;
 * false when that cannot be known now.
 */
bool nw__local_folder(int directory_fd, const char *path);

/* Of a mount, by its number (STATX_MNT_ID). Never blocks. */
bool nw__local_mount(uint64_t mount);

/* Of a mount: is it local, or one of the kernel's own (/proc, /sys), whose files can be polled? Never blocks.
 */
bool nw__pollable_mount(uint64_t mount);

/* openat2() with RESOLVE_CACHED. -EAGAIN: the kernel would have to read a directory, or lacks the call. */
int nw__open_cached(int directory_fd, const char *path, int flags);

#endif
