/* SPDX-License-Identifier: MIT */
/*
 * The calls that write: into the buffer, which goes its way when it is full. Must not wait while there is
 * room. What was taken before an error or a cancellation is counted; the error is told by the next call.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "stream/stream.h"

#define FORMAT_BYTES 512 /* the least room in which a format is tried */

/* Appended in one piece, so that it is one system call, which nobody else's can come into. */
static int keep_whole(nw_stream *stream, size_t size_bytes)
{
    bool fits = size_bytes <= (size_t)(stream->room - stream->fill);

    if (!stream->transport->serial || fits || nw__stream_pending(stream) == 0 ||
        size_bytes > stream->buffer_bytes)
        return 0;
    stream->room = stream->fill; /* full */
    return nw__stream_make_room(stream);
}

/* Without a buffer in between. 0: this is nothing for it. */
static ssize_t write_straight(nw_stream *stream, const char *data, size_t size_bytes)
{
    struct nw__transport *transport = stream->transport;
    ssize_t n;

    if (transport->kind->prepare_write || size_bytes < stream->buffer_bytes || nw__stream_pending(stream) > 0)
        return 0;
    if (stream->hurried)
        return -EBADF;
    if ((uint64_t)(INT64_MAX - stream->out_position) < size_bytes)
        return 0; /* the buffer goes as far as a file can */
    n = transport->kind->write(transport, data, size_bytes, stream->out_position);
    if (n > 0) {
        stream->out_position += n;
        stream->written_bytes += n;
    }
    return n == 0 ? -EIO : nw__stream_evicted(stream, n);
}

static ssize_t take_some(nw_stream *stream, const char *data, size_t size_bytes)
{
    ssize_t n = write_straight(stream, data, size_bytes);
    int rc;

    if (n != 0)
        return n;
    rc = nw__stream_make_room(stream);
    if (rc == 0)
        rc = keep_whole(stream, size_bytes);
    if (rc < 0)
        return rc;
    n = stream->room - stream->fill;
    if ((size_t)n > size_bytes)
        n = (ssize_t)size_bytes;
    memcpy(stream->fill, data, (size_t)n);
    stream->fill += n;
    nw__stream_pass_on(stream);
    return n;
}

ssize_t nw__stream_write(nw_stream *stream, const char *data, size_t size_bytes)
{
    size_t done = 0;
    int rc = nw__stream_begin_writing(stream);

    if (rc < 0)
        return rc;
    while (done < size_bytes) {
        ssize_t n = take_some(stream, data + done, size_bytes - done);
        if (n < 0)
            return done ? (ssize_t)done : n;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* What a call has taken is taken, whatever comes of it. */
static void flush_if_asked(nw_stream *stream, const char *data, size_t size_bytes)
{
    int rc;

    if (!data || (!stream->flush_each && !(stream->line_buffered && memrchr(data, '\n', size_bytes))))
        return;
    rc = nw__stream_flush(stream);
    if (rc < 0 && !nw_interrupted())
        nw__stream_keep_error(stream, rc);
}

static ssize_t write_and_flush(nw_stream *stream, const char *data, size_t size_bytes)
{
    ssize_t n = nw__stream_write(stream, data, size_bytes);

    if (n > 0 && stream->slow & NW__SLOW_EACH)
        flush_if_asked(stream, data, (size_t)n);
    return n;
}

/* A call that writes: `error` is one that was not told before; then nothing else happens. */
static int enter_to_write(nw_stream *stream)
{
    int rc = nw__stream_enter(stream, NW__STREAM_WRITES);

    if (rc < 0)
        return rc;
    rc = nw__stream_take_error(stream);
    if (rc < 0)
        nw__stream_leave(stream, NW__STREAM_WRITES);
    return rc;
}

/* An error in whose place nothing was taken is told by this call. */
static ssize_t leave_after_write(nw_stream *stream, ssize_t result)
{
    if (result < 0 && result == stream->write_error)
        (void)nw__stream_take_error(stream);
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return result;
}

ssize_t nw_write(nw_stream *stream, const void *data, size_t size_bytes)
{
    int rc;

    if (nw__stream_quick(stream) && !(stream->slow & NW__SLOW_WRITE) && data &&
        size_bytes < (size_t)(stream->room - stream->fill)) {
        memcpy(stream->fill, data, size_bytes);
        stream->fill += size_bytes;
        return (ssize_t)size_bytes;
    }
    if ((!data && size_bytes) || size_bytes > SSIZE_MAX)
        return -EINVAL;
    rc = enter_to_write(stream);
    return rc < 0 ? rc : leave_after_write(stream, write_and_flush(stream, data, size_bytes));
}

/* -- several -- */

static ssize_t write_vectors(nw_stream *stream, const struct iovec *vectors, int count)
{
    size_t done = 0;

    for (int i = 0; i < count; i++) {
        ssize_t n = nw__stream_write(stream, vectors[i].iov_base, vectors[i].iov_len);
        if (n < 0)
            return done ? (ssize_t)done : n;
        done += (size_t)n;
        if ((size_t)n < vectors[i].iov_len)
            break;
    }
    return (ssize_t)done;
}

/* Appended, they are one write as long as they fit into the buffer together. */
static int join_whole(nw_stream *stream, size_t size_bytes)
{
    int rc = nw__stream_begin_writing(stream);

    if (rc == 0 && stream->transport->serial && size_bytes <= stream->buffer_bytes)
        rc = nw__stream_make_room(stream);
    return rc == 0 && stream->out ? keep_whole(stream, size_bytes) : rc;
}

static ssize_t check_vectors(const struct iovec *vectors, int count)
{
    size_t sum = 0;

    if (count < 0 || (count > 0 && !vectors))
        return -EINVAL;
    for (int i = 0; i < count; i++) {
        if (vectors[i].iov_len > (size_t)SSIZE_MAX - sum || (!vectors[i].iov_base && vectors[i].iov_len))
            return -EINVAL;
        sum += vectors[i].iov_len;
    }
    return (ssize_t)sum;
}

ssize_t nw_writev(nw_stream *stream, const struct iovec *vectors, int count)
{
    ssize_t n = check_vectors(vectors, count);
    int rc;

    if (n < 0)
        return n;
    rc = enter_to_write(stream);
    if (rc < 0)
        return rc;
    rc = join_whole(stream, (size_t)n);
    n = rc < 0 ? rc : write_vectors(stream, vectors, count);
    if (n > 0 && stream->slow & NW__SLOW_EACH)
        for (int i = 0; i < count; i++)
            flush_if_asked(stream, vectors[i].iov_base, vectors[i].iov_len);
    return leave_after_write(stream, n);
}

static ssize_t check_lines(const char *const *lines, size_t count)
{
    size_t sum = 0;

    if (count > 0 && !lines)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        size_t size = lines[i] ? strlen(lines[i]) : SIZE_MAX;
        if (size > (size_t)SSIZE_MAX - sum)
            return -EINVAL;
        sum += size;
    }
    return (ssize_t)sum;
}

static ssize_t write_strings(nw_stream *stream, const char *const *lines, size_t count)
{
    size_t done = 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(lines[i]);
        ssize_t n = write_and_flush(stream, lines[i], size);
        if (n < 0)
            return done ? (ssize_t)done : n;
        done += (size_t)n;
        if ((size_t)n < size)
            break;
    }
    return (ssize_t)done;
}

ssize_t nw_write_lines(nw_stream *stream, const char *const *lines, size_t count)
{
    ssize_t n = check_lines(lines, count);
    int rc;

    if (n < 0)
        return n;
    rc = enter_to_write(stream);
    if (rc < 0)
        return rc;
    rc = join_whole(stream, (size_t)n);
    return leave_after_write(stream, rc < 0 ? rc : write_strings(stream, lines, count));
}

/* -- formats -- */

/* Straight into the buffer. -EAGAIN: it does not fit. */
NW_PRINTF(2, 0)
static int format_in_place(nw_stream *stream, const char *format, va_list arguments)
{
    size_t room = (size_t)(stream->room - stream->fill);
    va_list copy;
    int n;

    va_copy(copy, arguments);
    n = vsnprintf(stream->fill, room, format, copy);
    va_end(copy);
    if (n < 0)
        return errno == EOVERFLOW ? -EOVERFLOW : -EINVAL;
    if ((size_t)n >= room)
        return -EAGAIN;
    stream->fill += n;
    return n;
}

NW_PRINTF(2, 0)
static int format_aside(nw_stream *stream, const char *format, va_list arguments)
{
    char *text = NULL;
    va_list copy;
    int n;

    va_copy(copy, arguments);
    n = vasprintf(&text, format, copy);
    va_end(copy);
    if (n < 0)
        return errno == ENOMEM ? -ENOMEM : errno == EOVERFLOW ? -EOVERFLOW : -EINVAL;
    n = (int)nw_write(stream, text, (size_t)n);
    free(text);
    return n;
}

int nw_vprintf(nw_stream *stream, const char *format, va_list arguments)
{
    int saved_errno = errno;
    int n = -EAGAIN;

    if (!format || !stream)
        return -EINVAL;
    if (nw__stream_quick(stream) && !(stream->slow & NW__SLOW_WRITE) &&
        stream->room - stream->fill >= FORMAT_BYTES)
        n = format_in_place(stream, format, arguments);
    if (n == -EAGAIN)
        n = format_aside(stream, format, arguments);
    errno = saved_errno;
    return n;
}

int nw_printf(nw_stream *stream, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = nw_vprintf(stream, format, arguments);
    va_end(arguments);
    return n;
}

/* -- flushing -- */

int nw_flush(nw_stream *stream)
{
    enum nw__stream_use use = stream && !stream->writable ? NW__STREAM_READS : NW__STREAM_WRITES;
    int rc = nw__stream_enter(stream, use);

    if (rc < 0)
        return rc;
    rc = nw__stream_flush(stream);
    nw__stream_leave(stream, use);
    return rc;
}

int nw_sync(nw_stream *stream)
{
    int rc = nw__stream_enter(stream, NW__STREAM_WRITES);

    if (rc < 0)
        return rc;
    rc = nw__stream_flush(stream);
    if (rc == 0)
        rc = stream->transport->kind->sync ? stream->transport->kind->sync(stream->transport) : -EINVAL;
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return rc;
}

int64_t nw_written(const nw_stream *stream)
{
    if (!stream)
        return -EINVAL;
    if (nw__list_empty(&stream->behind))
        return stream->written_bytes;
    const struct nw__piece *first = nw__container(stream->behind.head.next, struct nw__piece, link);
    return stream->written_bytes + (int64_t)first->done_bytes;
}
