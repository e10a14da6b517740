/* SPDX-License-Identifier: MIT */
/*
 * Part of a file onto a stream. Owns nothing: the descriptor is the caller's, and its own position is not
 * used. What is read goes straight into the stream's buffer.
 */
#include "stream/stream.h"

/* What was read before an error is in the buffer, or further. */
static int send_through_buffer(nw_stream *to, int fd, int64_t offset, int64_t size_bytes)
{
    int rc = nw__stream_begin_writing(to);

    while (rc == 0 && size_bytes > 0) {
        rc = nw__stream_make_room(to);
        if (rc < 0)
            break;
        size_t room = (size_t)(to->room - to->fill);
        if ((int64_t)room > size_bytes)
            room = (size_t)size_bytes;
        ssize_t n = nw_fd_pread(fd, to->fill, room, offset);
        if (n <= 0)
            return n < 0 ? (int)n : NW_EINCOMPLETE;
        to->fill += n;
        offset += n;
        size_bytes -= n;
        nw__stream_pass_on(to);
    }
    return rc;
}

int nw__stream_send_file(nw_stream *to, int fd, int64_t offset, int64_t size_bytes)
{
    int rc;

    if (offset < 0 || size_bytes < 0)
        return -EINVAL;
    rc = nw__stream_enter(to, NW__STREAM_WRITES);
    if (rc < 0)
        return rc;
    rc = nw__stream_take_error(to);
    if (rc == 0)
        rc = send_through_buffer(to, fd, offset, size_bytes);
    nw__stream_leave(to, NW__STREAM_WRITES);
    return rc;
}
