/* SPDX-License-Identifier: MIT */
/*
 * Where a stream is, and how it gets elsewhere. Reading and writing of a file share one position, as they do
 * in C and in Python; what is pending is flushed before it moves.
 */
#include <unistd.h>

#include "stream/stream.h"

int64_t nw__stream_tell(const nw_stream *stream)
{
    bool writes = nw__stream_one_position(stream) ? stream->writing : !stream->readable;

    if (writes)
        return stream->out_position + (int64_t)nw__stream_pending(stream);
    return stream->position - (int64_t)nw__stream_available(stream);
}

static enum nw__stream_use any_use(const nw_stream *stream)
{
    return stream && stream->readable ? NW__STREAM_READS : NW__STREAM_WRITES;
}

/* Where appended bytes go is known when they are there. */
static int settle_appended(nw_stream *stream)
{
    bool under_way = nw__stream_pending(stream) > 0 || stream->moved;

    return stream->append && under_way ? nw__stream_flush(stream) : 0;
}

int64_t nw_tell(nw_stream *stream)
{
    int64_t position;
    int rc = nw__stream_enter(stream, any_use(stream));

    if (rc < 0)
        return rc;
    rc = settle_appended(stream);
    position = rc < 0 ? rc : nw__stream_tell(stream);
    nw__stream_leave(stream, any_use(stream));
    return position;
}

static int64_t find_target(nw_stream *stream, int64_t offset, int whence)
{
    struct nw__transport *transport = stream->transport;

    if (whence != SEEK_CUR)
        return transport->kind->resolve(transport, offset, whence);
    if (__builtin_add_overflow(nw__stream_tell(stream), offset, &offset))
        return -EINVAL; /* as the kernel */
    return transport->kind->resolve(transport, offset, SEEK_SET);
}

static void move_reader(nw_stream *stream, int64_t target)
{
    int64_t back = stream->position - target;

    nw__stream_unpatch(stream);
    if (back >= 0 && back <= stream->end - stream->begin && !stream->transport->shared)
        stream->at = stream->end - back;
    else
        nw__stream_forget_input(stream, target);
}

static void move_writer(nw_stream *stream, int64_t target)
{
    if (stream->out)
        nw__piece_give(stream->out);
    stream->out = NULL;
    stream->fill = stream->room = NULL;
    stream->out_position = target;
}

static int64_t seek(nw_stream *stream, int64_t offset, int whence)
{
    struct nw__transport *transport = stream->transport;
    int64_t target;
    int rc = stream->writing ? nw__stream_flush(stream) : 0;

    if (rc < 0)
        return rc;
    target = find_target(stream, offset, whence);
    if (target < 0)
        return target;
    rc = transport->shared ? transport->kind->settle(transport, target) : 0;
    if (rc < 0)
        return rc;
    if (stream->writing)
        move_writer(stream, target);
    else
        move_reader(stream, target);
    if (target == 0 && stream->skip_bom)
        stream->slow |= NW__SLOW_BEGIN;
    return target;
}

int64_t nw_seek(nw_stream *stream, int64_t offset_bytes, int whence)
{
    int64_t target;
    int rc;

    if (!stream)
        return -EINVAL;
    if (!stream->transport->seekable)
        return -ESPIPE;
    rc = nw__stream_enter(stream, any_use(stream));
    if (rc < 0)
        return rc;
    target = seek(stream, offset_bytes, whence);
    nw__stream_leave(stream, any_use(stream));
    return target;
}

/* What was read ahead may be gone. */
static int64_t truncate_here(nw_stream *stream, int64_t size_bytes)
{
    struct nw__transport *transport = stream->transport;
    int rc = nw__stream_flush(stream);
    int64_t position = nw__stream_tell(stream);

    if (rc < 0)
        return rc;
    if (size_bytes < 0)
        size_bytes = position;
    if (!stream->writing)
        nw__stream_forget_input(stream, position);
    rc = transport->kind->truncate(transport, size_bytes);
    return rc < 0 ? rc : size_bytes;
}

int64_t nw_truncate(nw_stream *stream, int64_t size_bytes)
{
    int64_t size;
    int rc;

    if (!stream || size_bytes < -1)
        return -EINVAL;
    rc = nw__stream_enter(stream, NW__STREAM_WRITES);
    if (rc < 0)
        return rc;
    size = stream->transport->kind->truncate ? truncate_here(stream, size_bytes) : -EINVAL;
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return size;
}
