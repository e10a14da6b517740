/* SPDX-License-Identifier: MIT */
/*
 * Writing behind: a full buffer goes on its way as an op, and the task goes on computing. Where a transport
 * knows no ops, the buffer is written when it is full. Owns the pieces that are under way.
 *
 * What could not be written stays, in order, and is tried again by the next call; its error is told once.
 */
#include <assert.h>
#include <string.h>

#include "stream/stream.h"

static struct nw__piece *piece_of(struct nw__link *link)
{
    return nw__container(link, struct nw__piece, link);
}

/* -- errors -- */

void nw__stream_keep_error(nw_stream *stream, int error)
{
    if (stream->write_error == 0)
        stream->write_error = error;
    stream->slow |= NW__SLOW_ERROR;
}

int nw__stream_take_error(nw_stream *stream)
{
    int error = stream->write_error;

    stream->write_error = 0;
    stream->slow &= (uint8_t)~NW__SLOW_ERROR;
    return error;
}

/* -- pieces under way -- */

static bool is_misaligned(const struct nw__piece *piece)
{
    size_t alignment = piece->stream->transport->alignment;
    uint64_t all = ((uint64_t)piece->offset + piece->done_bytes) | (piece->size_bytes - piece->done_bytes);

    return alignment > 1 && (all % alignment != 0 || piece->done_bytes % alignment != 0);
}

/* Those that wait, in order. What is misaligned flies alone: see prepare_write() in file.c. */
static void start_writes(nw_stream *stream)
{
    unsigned limit = stream->transport->serial ? 1 : stream->pieces_max, flying = 0;

    if (stream->stuck)
        return;
    nw__list_each (link, &stream->behind) {
        struct nw__piece *piece = piece_of(link);
        if (piece->state == NW__PIECE_DONE)
            continue;
        bool alone = is_misaligned(piece);
        if (piece->state != NW__PIECE_FLYING) {
            if (flying == limit || (alone && flying > 0))
                return;
            nw__piece_write(piece);
        }
        if (alone)
            return;
        flying++;
    }
}

/* What is with the kernel without a gap. */
static void settle_written(nw_stream *stream)
{
    struct nw__link *link;

    while ((link = nw__list_front(&stream->behind)) && piece_of(link)->state == NW__PIECE_DONE) {
        stream->written_bytes += (int64_t)piece_of(link)->size_bytes;
        nw__list_remove(link);
        stream->behind_count--;
        nw__piece_give(piece_of(link));
    }
}

void nw__stream_piece_written(struct nw__piece *piece, int result)
{
    nw_stream *stream = piece->stream;

    if (result <= 0 && !stream->stuck) { /* others that fly with it fail for the same reason */
        stream->stuck = true;
        nw__stream_keep_error(stream, result ? result : -EIO);
    } else if (result > 0) {
        piece->done_bytes += (size_t)result;
        if (piece->done_bytes == piece->size_bytes)
            piece->state = NW__PIECE_DONE;
    }
    settle_written(stream);
    start_writes(stream);
}

/* Those that still fly belong to the attempt before. */
static int try_again(nw_stream *stream)
{
    while (stream->stuck && stream->flying > 0) {
        int rc = nw__piece_wait(stream, NW__STREAM_WRITES, "write");
        if (rc < 0)
            return rc;
    }
    if (stream->stuck) {
        stream->stuck = false;
        start_writes(stream);
    }
    return 0;
}

static void hand_over(nw_stream *stream)
{
    struct nw__piece *piece = stream->out;

    piece->size_bytes = (size_t)(stream->fill - piece->data);
    piece->offset = stream->out_position;
    stream->out_position += (int64_t)piece->size_bytes;
    stream->out = NULL;
    stream->fill = stream->room = NULL;
    nw__list_push_back(&stream->behind, &piece->link);
    stream->behind_count++;
    stream->moved = true;
    start_writes(stream);
}

/* How much of `out` may be filled: no file reaches beyond INT64_MAX. */
static void set_room(nw_stream *stream, size_t size_bytes)
{
    int64_t left = INT64_MAX - stream->out_position;

    stream->room = stream->out->data + ((uint64_t)left < size_bytes ? (size_t)left : size_bytes);
}

/* -- without ops -- */

/* All of the buffer is gone: it begins anew. */
static void empty_buffer(nw_stream *stream)
{
    if (!stream->out)
        return;
    stream->out->done_bytes = 0;
    stream->fill = stream->out->data;
    set_room(stream, stream->out->capacity_bytes);
}

static void count_written(nw_stream *stream, ssize_t bytes)
{
    stream->out_position += bytes;
    stream->written_bytes += bytes;
}

static int write_out(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    struct nw__piece *out = stream->out;
    size_t pending;

    while ((pending = nw__stream_pending(stream)) > 0) {
        if (stream->hurried)
            return -EBADF;
        ssize_t n =
            transport->kind->write(transport, out->data + out->done_bytes, pending, stream->out_position);
        if (n <= 0)
            return n < 0 ? (int)nw__stream_evicted(stream, n) : -EIO;
        out->done_bytes += (size_t)n;
        count_written(stream, n);
    }
    empty_buffer(stream);
    return 0;
}

bool nw__stream_flush_now(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    size_t pending;

    while ((pending = nw__stream_pending(stream)) > 0) {
        const char *data = stream->fill - pending;
        ssize_t n = transport->kind->try_write
                        ? transport->kind->try_write(transport, data, pending, stream->out_position)
                        : -EAGAIN;
        if (n <= 0)
            return false;
        stream->out->done_bytes += (size_t)n;
        count_written(stream, n);
    }
    empty_buffer(stream);
    return !transport->kind->push || transport->kind->push(transport);
}

ssize_t nw__stream_try_write(nw_stream *stream, const char *data, size_t size_bytes)
{
    struct nw__transport *transport = stream->transport;
    ssize_t n = -EAGAIN;

    if (stream->lanes[NW__STREAM_WRITES].owner || transport->seekable || !nw__stream_flush_now(stream))
        return n;
    if (transport->kind->try_write)
        n = transport->kind->try_write(transport, data, size_bytes, stream->out_position);
    if (n > 0)
        count_written(stream, n);
    return n;
}

void nw__stream_forget_output(nw_stream *stream)
{
    (void)nw__stream_take_error(stream);
    empty_buffer(stream);
}

/* -- what the calls use -- */

static bool has_ops(const nw_stream *stream)
{
    return stream->transport->kind->prepare_write != NULL;
}

static int take_out(nw_stream *stream)
{
    size_t alignment = stream->transport->alignment;
    struct nw__piece *piece;
    int rc;

    while (stream->behind_count >= stream->pieces_max) {
        if (stream->write_error)
            return stream->write_error;
        rc = nw__piece_wait(stream, NW__STREAM_WRITES, "write");
        if (rc < 0)
            return rc;
    }
    rc = nw__piece_take(stream, &piece);
    if (rc < 0)
        return rc;
    stream->out = piece;
    stream->fill = piece->data;
    size_t room = piece->capacity_bytes;
    if (alignment > 1) /* so that it ends, and the next one begins, where a block does */
        room -= (size_t)(stream->out_position % (int64_t)alignment);
    set_room(stream, room);
    return 0;
}

static int make_room(nw_stream *stream)
{
    int rc = stream->write_error ? stream->write_error : try_again(stream);

    if (rc < 0)
        return rc;
    if (stream->out && (stream->fill < stream->room || nw__stream_pending(stream) == 0))
        return 0;
    if (!stream->out)
        return take_out(stream);
    if (!has_ops(stream))
        return write_out(stream);
    hand_over(stream);
    return take_out(stream);
}

int nw__stream_make_room(nw_stream *stream)
{
    int rc = make_room(stream);

    return rc == 0 && stream->fill == stream->room ? -EFBIG : rc;
}

void nw__stream_pass_on(nw_stream *stream)
{
    if (stream->out && stream->fill == stream->room && has_ops(stream))
        hand_over(stream);
}

int nw__stream_begin_writing(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;

    if (stream->writing)
        return 0;
    if (nw__stream_one_position(stream)) {
        int64_t position = nw__stream_tell(stream);
        if (transport->shared && nw__stream_available(stream) > 0) {
            int rc = transport->kind->settle(transport, position);
            if (rc < 0)
                return rc;
        }
        nw__stream_forget_input(stream, position);
        stream->out_position = position;
    }
    stream->writing = nw__stream_one_position(stream);
    return 0;
}

static int flush_ops(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    int rc = try_again(stream);

    if (rc < 0)
        return rc;
    if (nw__stream_pending(stream) > 0)
        hand_over(stream);
    while (!nw__list_empty(&stream->behind)) {
        if (stream->write_error)
            return nw__stream_take_error(stream);
        rc = nw__piece_wait(stream, NW__STREAM_WRITES, "flush");
        if (rc < 0)
            return rc;
    }
    if (transport->serial && stream->moved)
        stream->out_position = transport->kind->position(transport);
    stream->moved = false;
    return 0;
}

/* Those who share a descriptor go on where this stream is, not where its buffer ends. */
static int settle_input(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    int64_t position = nw__stream_tell(stream);

    if (!transport->shared || nw__stream_available(stream) == 0)
        return 0;
    nw__stream_forget_input(stream, position);
    return transport->kind->settle(transport, position);
}

int nw__stream_flush(nw_stream *stream)
{
    int rc = nw__stream_take_error(stream);

    if (rc < 0)
        return rc;
    if (nw__stream_one_position(stream) && !stream->writing)
        return settle_input(stream);
    rc = has_ops(stream) ? flush_ops(stream) : write_out(stream);
    if (rc == 0 && stream->transport->kind->flush)
        rc = (int)nw__stream_evicted(stream, stream->transport->kind->flush(stream->transport));
    if (rc == 0)
        nw__stream_drop_output(stream);
    return rc;
}
