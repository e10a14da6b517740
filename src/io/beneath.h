/* SPDX-License-Identifier: MIT */
/*
 * Files below a directory, by names that strangers give: nothing outside of it is reached, and nothing but
 * regular files is opened. Inline when the kernel has all of it in memory, else on a worker.
 */
#ifndef NW_IO_BENEATH_H
#define NW_IO_BENEATH_H

#include "io/io.h"

#include <sys/stat.h>

#define NW__BENEATH_LOOK  1u /* do not open it: say only what is there */
#define NW__BENEATH_LEAVE 2u /* symbolic links that lead out of the directory are followed */

struct nw__beneath {
    int fd;         /* of a regular file, for reading; else -1 */
    bool generated; /* the kernel makes its content as it is read (/proc, /sys): status tells nothing of it */
    struct statx status;
};

/*
 * What `path` leads to from `root_fd`, by openat2(2) with RESOLVE_BENEATH; "" is the root itself. A FIFO, a
 * device, a socket is found, but not touched. The descriptor is the caller's, and O_NONBLOCK is set on it
 * only when the content is generated. A path that begins with "/" leads out, but for AT_FDCWD with
 * NW__BENEATH_LEAVE: then it is any path. Errors: -EXDEV: it leads out; -ENXIO: a pipe in all but name
 * (trace_pipe); -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG, -EACCES, -EMFILE; -ECANCELED.
 */
NW_CHECK int nw__beneath_open(int root_fd, const char *path, unsigned flags, struct nw__beneath *found_out);

/* A directory to be such a root. Also outside of a task. Errors: those of open(2). */
NW_CHECK int nw__beneath_root(const char *path, int *fd_out);

/* Close what was opened, wherever: in a task, or where no task runs. */
void nw__beneath_close(int fd);

/* Read a small file's content, if that needs no waiting. Returns: bytes. Errors: -EAGAIN: it does. */
NW_CHECK ssize_t nw__beneath_read(int fd, void *data, size_t size_bytes);

/*
 * Read what is generated, on a worker. Some of these files have a reader wait for news (/proc/kmsg): here,
 * their content ends where it would have to. Returns: bytes; 0: there is no more now.
 */
NW_CHECK ssize_t nw__beneath_read_generated(int fd, void *data, size_t size_bytes, int64_t offset);

#endif
