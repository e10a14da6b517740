/* SPDX-License-Identifier: MIT */
/*
 * Parts of files to sockets, without a way through memory: for the streams of sockets.
 */
#ifndef NW_IO_SEND_SLICE_H
#define NW_IO_SEND_SLICE_H

#include "io/io.h"

#define NW__SEND_SLICE_BYTES (1024 * 1024)

/*
 * Send from a file, at most a slice, to a socket in non-blocking mode: on the loop's thread when the page
 * cache has it, else on a worker. Waits for a slow peer; other tasks run meanwhile. Returns: bytes; 0: the
 * file ends there. Errors: -EOPNOTSUPP: not between these two; those of sendfile(2), -ECANCELED, -ETIMEDOUT.
 */
NW_CHECK ssize_t nw__send_slice(int socket_fd, int file_fd, int64_t offset, size_t size_bytes);

#endif
