/* SPDX-License-Identifier: MIT */
/*
 * Part of a file onto a stream. Owns nothing: the descriptor is the caller's, and its own position is not
 * used. What is small is read straight into the stream's buffer, so that it leaves together with what was
 * written before; what is large goes past it, where the transport knows how.
 */
#include "stream/stream.h"

#define PAST_BUFFER_BYTES ((int64_t)16 * 1024) /* from here on it is worth a system call of its own */

struct part {
    int fd;
    int64_t offset;
    int64_t size_bytes;
};

static void advance(struct part *part, ssize_t bytes)
{
    part->offset += bytes;
    part->size_bytes -= bytes;
}

/* What was read before an error is in the buffer, or further. */
static int send_through_buffer(nw_stream *to, struct part *part)
{
    while (part->size_bytes > 0) {
        int rc = nw__stream_make_room(to);
        if (rc < 0)
            return rc;
        size_t room = (size_t)(to->room - to->fill);
        if ((int64_t)room > part->size_bytes)
            room = (size_t)part->size_bytes;
        ssize_t n = nw_fd_pread(part->fd, to->fill, room, part->offset);
        if (n <= 0)
            return n < 0 ? (int)n : NW_EINCOMPLETE;
        to->fill += n;
        advance(part, n);
        nw__stream_pass_on(to);
    }
    return 0;
}

/* -EOPNOTSUPP: what is left has to go through the buffer. */
static int send_past_buffer(nw_stream *to, struct part *part)
{
    struct nw__transport *transport = to->transport;
    ssize_t n = 0;

    transport->more = true; /* what is in the buffer shall travel with the file */
    int rc = nw__stream_flush(to);
    transport->more = false;
    while (rc == 0 && part->size_bytes > 0) {
        if (to->hurried)
            return -EBADF;
        n = transport->kind->send_file(transport, part->fd, part->offset, (size_t)part->size_bytes);
        if (n <= 0)
            return n < 0 ? (int)nw__stream_evicted(to, n) : NW_EINCOMPLETE;
        advance(part, n);
        to->out_position += n;
        to->written_bytes += n;
    }
    return rc;
}

int nw__stream_send_part(nw_stream *to, int fd, int64_t offset, int64_t size_bytes, int64_t *sent_out)
{
    struct part part = {fd, offset, size_bytes};
    int rc = nw__stream_begin_writing(to);
    bool past = to->transport->kind->send_file && size_bytes >= PAST_BUFFER_BYTES;

    if (rc == 0 && past)
        rc = send_past_buffer(to, &part);
    if (rc == (past ? -EOPNOTSUPP : 0))
        rc = send_through_buffer(to, &part);
    *sent_out = part.offset - offset;
    return rc;
}

int nw__stream_send_file(nw_stream *to, int fd, int64_t offset, int64_t size_bytes)
{
    int64_t sent;
    int rc;

    if (offset < 0 || size_bytes < 0)
        return -EINVAL;
    rc = nw__stream_enter(to, NW__STREAM_WRITES);
    if (rc < 0)
        return rc;
    rc = nw__stream_take_error(to);
    if (rc == 0)
        rc = nw__stream_send_part(to, fd, offset, size_bytes, &sent);
    nw__stream_leave(to, NW__STREAM_WRITES);
    return rc;
}
