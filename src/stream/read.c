/* SPDX-License-Identifier: MIT */
/*
 * The calls that read bytes. Each begins with what the buffer can serve without a lane, a switch or a system
 * call. A call that fails gives back what it had taken: nothing that was read is lost.
 */
#include <string.h>

#include "base/bytes.h"
#include "stream/stream.h"

static size_t take(nw_stream *stream, char *data, size_t size_bytes)
{
    size_t n = nw__stream_available(stream);

    if (n > size_bytes)
        n = size_bytes;
    if (n > 0) { /* else there may be no buffer yet */
        memcpy(data, stream->at, n);
        stream->at += n;
    }
    return n;
}

/* -EAGAIN: not without waiting, or not worth it. */
static ssize_t read_straight(nw_stream *stream, char *data, size_t size_bytes)
{
    struct nw__transport *transport = stream->transport;
    ssize_t n;

    if (!transport->kind->try_read || size_bytes < NW__STREAM_STRAIGHT_BYTES ||
        !nw__list_empty(&stream->ahead))
        return -EAGAIN;
    if (size_bytes > NW__INLINE_PIECE_BYTES)
        size_bytes = NW__INLINE_PIECE_BYTES;
    if (stream->position > INT64_MAX - (int64_t)size_bytes)
        return -EAGAIN; /* a fill knows how far a file can reach */
    n = transport->kind->try_read(transport, data, size_bytes, stream->position);
    if (n == -EAGAIN)
        return n;
    nw__task_spend(nw__task_self(), n > 0 ? (size_t)n : 0);
    stream->ahead_target = 0;
    if (n > 0) {
        stream->begin = stream->at = stream->end;
        stream->position = transport->shared ? transport->kind->position(transport) : stream->position + n;
    }
    return n;
}

/* A peer whose bytes cannot be had but by waiting: they need no buffer, either. */
static bool waits_straight(const nw_stream *stream, size_t size_bytes)
{
    const struct nw__transport *transport = stream->transport;

    return size_bytes >= NW__STREAM_STRAIGHT_BYTES && transport->kind->read && !transport->kind->try_read &&
           !transport->seekable && !stream->flush_first && !stream->closing;
}

static ssize_t wait_straight(nw_stream *stream, char *data, size_t size_bytes)
{
    ssize_t n = stream->transport->kind->read(stream->transport, data, size_bytes, stream->position);

    if (n > 0) {
        stream->begin = stream->at = stream->end;
        stream->position += n;
    }
    return nw__stream_evicted(stream, n);
}

/* What is read next goes to the buffer, or straight to the caller when it has come. */
static ssize_t read_waiting(nw_stream *stream, size_t wanted_bytes)
{
    if (stream->transport->dry && wanted_bytes >= NW__STREAM_STRAIGHT_BYTES) {
        int rc = nw__stream_await_dry(stream);
        return rc < 0 ? rc : 1;
    }
    return nw__stream_fill(stream);
}

ssize_t nw__stream_read(nw_stream *stream, char *data, size_t size_bytes)
{
    size_t done = 0;
    ssize_t n = 1;

    while (n > 0) {
        done += take(stream, data + done, size_bytes - done);
        if (done == size_bytes || (done > 0 && !stream->transport->seekable))
            break;
        if (waits_straight(stream, size_bytes - done))
            return wait_straight(stream, data, size_bytes);
        n = read_straight(stream, data + done, size_bytes - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == -EAGAIN)
            n = read_waiting(stream, size_bytes - done);
    }
    return done ? (ssize_t)done : n;
}

/* All of it is there, and nothing stands in the way of taking it at once. */
static inline bool is_buffered(const nw_stream *stream, size_t size_bytes)
{
    return nw__stream_quick(stream) && !(stream->slow & NW__SLOW_READ) && size_bytes > 0 &&
           nw__stream_available(stream) >= size_bytes;
}

ssize_t nw_read(nw_stream *stream, void *data, size_t size_bytes)
{
    ssize_t n;

    if (data && is_buffered(stream, size_bytes))
        return (ssize_t)take(stream, data, size_bytes);
    if ((!data && size_bytes) || size_bytes > SSIZE_MAX)
        return -EINVAL;
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    if (size_bytes)
        n = nw__stream_read(stream, data, size_bytes);
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}

/* -- exactly -- */

static ssize_t read_exactly(nw_stream *stream, char *data, size_t size_bytes)
{
    size_t done = 0;
    ssize_t n = 1;

    while (done < size_bytes && n > 0) {
        n = nw__stream_read(stream, data + done, size_bytes - done);
        if (n > 0)
            done += (size_t)n;
    }
    if (done == size_bytes)
        return (ssize_t)done;
    int rc = done ? nw__stream_give_back(stream, data, done) : 0;
    if (rc < 0)
        return rc;
    return n < 0 ? n : NW_EINCOMPLETE;
}

ssize_t nw_read_exactly(nw_stream *stream, void *data, size_t size_bytes)
{
    ssize_t n;

    if (data && is_buffered(stream, size_bytes))
        return (ssize_t)take(stream, data, size_bytes);
    if ((!data && size_bytes) || size_bytes > SSIZE_MAX)
        return -EINVAL;
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    n = read_exactly(stream, data, size_bytes);
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}

/* -- all -- */

/* How much room to make: what the file still has, and one byte, so that the end is seen. */
static size_t guess_rest(const nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    int64_t end = transport->kind->known_end ? transport->kind->known_end(transport) : -1;
    int64_t position = nw__stream_tell(stream);

    return end > position ? (size_t)(end - position) + 1 : stream->buffer_bytes;
}

/* `bytes` takes one more than is allowed: that it came is how we know that there are too many. */
static int collect(nw_stream *stream, struct nw__bytes *bytes)
{
    size_t room = guess_rest(stream);
    ssize_t n = 1;

    while (n > 0) {
        if (nw__bytes_room(bytes) == 0) {
            size_t allowed = bytes->limit_bytes - bytes->size_bytes;
            int rc = nw__bytes_reserve(bytes, room < allowed ? room : allowed);
            if (rc < 0)
                return rc;
            room = stream->buffer_bytes;
        }
        n = nw__stream_read(stream, nw__bytes_tail(bytes), nw__bytes_room(bytes));
        if (n > 0)
            nw__bytes_commit(bytes, (size_t)n);
        if (bytes->size_bytes == bytes->limit_bytes)
            return -EFBIG;
    }
    return (int)n;
}

static int read_all(nw_stream *stream, size_t limit_bytes, nw_bytes *bytes_out)
{
    struct nw__bytes bytes;
    int rc;

    nw__bytes_init(&bytes, limit_bytes ? limit_bytes + 1 : SIZE_MAX);
    rc = collect(stream, &bytes);
    if (rc == 0)
        rc = nw__bytes_take(&bytes, bytes_out);
    if (rc < 0 && bytes.size_bytes > 0) {
        int given = nw__stream_give_back(stream, bytes.data, bytes.size_bytes);
        if (given < 0)
            rc = given;
    }
    nw__bytes_finish(&bytes);
    return rc;
}

int nw_read_all(nw_stream *stream, size_t limit_bytes, nw_bytes *bytes_out)
{
    int rc;

    if (!bytes_out || limit_bytes == SIZE_MAX)
        return -EINVAL;
    rc = nw__stream_enter_reading(stream);
    if (rc < 0)
        return rc;
    rc = read_all(stream, limit_bytes, bytes_out);
    nw__stream_leave(stream, NW__STREAM_READS);
    return rc;
}

/* -- without taking, and without looking -- */

ssize_t nw_peek(nw_stream *stream, size_t size_bytes, nw_slice *view_out)
{
    ssize_t n;

    if (!view_out)
        return -EINVAL;
    if (view_out && is_buffered(stream, size_bytes)) {
        *view_out = (nw_slice){stream->at, nw__stream_available(stream)};
        return (ssize_t)view_out->size;
    }
    if (size_bytes > NW__STREAM_PEEK_MAX)
        return -EFBIG;
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    n = nw__stream_fill_up(stream, size_bytes);
    if (n == 0) {
        view_out->data = stream->at ? stream->at : "";
        view_out->size = nw__stream_available(stream);
        n = (ssize_t)view_out->size;
    }
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}

/* In a file what is far needs not be read to be passed. Returns: how far this went. */
static int64_t leap(nw_stream *stream, int64_t size_bytes)
{
    struct nw__transport *transport = stream->transport;
    int64_t position = nw__stream_tell(stream);
    int64_t end = transport->kind->known_end ? transport->kind->known_end(transport) : -1;

    if (!transport->seekable)
        return 0; /* it may know its end all the same */
    if (size_bytes > end - position)
        size_bytes = end - position;
    if (size_bytes <= (int64_t)(nw__stream_available(stream) + stream->buffer_bytes))
        return 0;
    if (transport->shared && transport->kind->settle(transport, position + size_bytes) < 0)
        return 0;
    nw__stream_forget_input(stream, position + size_bytes);
    return size_bytes;
}

static int64_t skip(nw_stream *stream, int64_t size_bytes)
{
    int64_t done = size_bytes > (int64_t)stream->buffer_bytes ? leap(stream, size_bytes) : 0;
    ssize_t n = 1;

    while (n > 0) {
        size_t step = nw__stream_available(stream);
        if ((int64_t)step > size_bytes - done)
            step = (size_t)(size_bytes - done);
        stream->at += step;
        done += (int64_t)step;
        if (done == size_bytes)
            break;
        n = nw__stream_fill(stream);
    }
    return n > 0 || done > 0 ? done : n;
}

int64_t nw_skip(nw_stream *stream, int64_t size_bytes)
{
    int64_t n;

    if (size_bytes < 0)
        return -EINVAL;
    if (is_buffered(stream, (uint64_t)size_bytes)) {
        stream->at += size_bytes;
        return size_bytes;
    }
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    n = skip(stream, size_bytes);
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}
