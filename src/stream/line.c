/* SPDX-License-Identifier: MIT */
/*
 * Lines: views into the buffer, and what text asks for besides. The short way is one memchr().
 */
#include <nowait/text.h>
#include <string.h>

#include "stream/stream.h"

/* How long the part is, with its end; 0: it is not in the buffer. */
typedef size_t find_end_fn(nw_stream *stream, char end, size_t from, bool at_eof);

static size_t find_byte(nw_stream *stream, char end, size_t from, bool at_eof)
{
    size_t available = nw__stream_available(stream);
    const char *found = available > from ? memchr(stream->at + from, end, available - from) : NULL;

    if (found)
        return (size_t)(found - stream->at) + 1;
    return at_eof ? available : 0;
}

/* The first of "\n", "\r\n", "\r": of the last, what comes next must be known. */
static size_t find_newline(nw_stream *stream, char end, size_t from, bool at_eof)
{
    size_t size = find_byte(stream, end, from, false);
    const char *limit = size ? stream->at + size : stream->end;
    const char *found = NULL;

    if (from > 0 && stream->at[from - 1] == '\r')
        from--; /* it was the last one there when this looked before */
    if (limit > stream->at + from)
        found = memchr(stream->at + from, '\r', (size_t)(limit - stream->at) - from);
    if (!found)
        return size ? size : at_eof ? nw__stream_available(stream) : 0;
    if (found + 1 == stream->end)
        return at_eof ? (size_t)(found - stream->at) + 1 : 0;
    return (size_t)(found - stream->at) + (found[1] == '\n' ? 2 : 1);
}

static ssize_t find_end(nw_stream *stream, find_end_fn *find, char end, size_t limit_bytes)
{
    size_t size, from = 0;
    bool at_eof = false;

    while ((size = find(stream, end, from, at_eof)) == 0 && !at_eof) {
        from = nw__stream_available(stream);
        if (from > limit_bytes)
            return -EFBIG;
        ssize_t n = nw__stream_fill(stream);
        if (n < 0)
            return n;
        at_eof = n == 0;
    }
    return size > limit_bytes ? -EFBIG : (ssize_t)size;
}

static ssize_t check_text(nw_stream *stream, size_t size_bytes)
{
    const nw_slice line = {stream->at, size_bytes};
    size_t bad;

    if (!stream->check_utf8 || nw_utf8_check(line, &bad) == 0)
        return 0;
    stream->utf8_error_offset = nw__stream_tell(stream) + (int64_t)bad;
    return -EILSEQ;
}

/* "\r\n" and "\r" are shown as "\n": the byte is changed in the buffer until the next call. */
static nw_slice show_newline(nw_stream *stream, size_t size_bytes)
{
    nw_slice line = {stream->at, size_bytes};
    char *last = (char *)(uintptr_t)stream->at + size_bytes - 1;

    if (size_bytes > 1 && *last == '\n' && last[-1] == '\r') {
        last--;
        line.size--;
    }
    if (*last != '\r')
        return line;
    *last = '\n';
    stream->patched = last;
    stream->slow |= NW__SLOW_PATCHED;
    return line;
}

static ssize_t read_line(nw_stream *stream, nw_slice *line_out)
{
    bool universal = stream->universal_newlines;
    ssize_t rc, n = find_end(stream, universal ? find_newline : find_byte, '\n', stream->line_limit_bytes);
    nw_slice line;

    if (n < 0)
        return n;
    rc = check_text(stream, (size_t)n);
    if (rc < 0)
        return rc;
    line = (nw_slice){n ? stream->at : "", (size_t)n};
    if (universal && n > 0)
        line = show_newline(stream, (size_t)n);
    stream->at += n;
    *line_out = line;
    return (ssize_t)line.size;
}

/* The short way: the whole of it is in the buffer. */
static inline ssize_t quick_part(nw_stream *stream, uint8_t slow_mask, char end, size_t limit_bytes,
                                 nw_slice *part_out)
{
    const char *found;

    if (!nw__stream_quick(stream) || !part_out || stream->slow & slow_mask || stream->at == stream->end)
        return 0;
    found = memchr(stream->at, end, nw__stream_available(stream));
    if (!found)
        return 0;
    size_t size = (size_t)(found - stream->at) + 1;
    if (size > limit_bytes)
        return 0;
    *part_out = (nw_slice){stream->at, size};
    stream->at = found + 1;
    return (ssize_t)size;
}

ssize_t nw_read_line(nw_stream *stream, nw_slice *line_out)
{
    size_t limit = stream ? stream->line_limit_bytes : 0;
    ssize_t n = quick_part(stream, NW__SLOW_LINE, '\n', limit, line_out);

    if (n)
        return n;
    if (!line_out)
        return -EINVAL;
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    n = read_line(stream, line_out);
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}

ssize_t nw_read_until(nw_stream *stream, char end, size_t limit_bytes, nw_slice *part_out)
{
    size_t limit = limit_bytes ? limit_bytes : NW__STREAM_LINE_LIMIT_BYTES;
    ssize_t n = quick_part(stream, NW__SLOW_READ, end, limit, part_out);

    if (n)
        return n;
    if (!part_out)
        return -EINVAL;
    n = nw__stream_enter_reading(stream);
    if (n < 0)
        return n;
    n = find_end(stream, find_byte, end, limit);
    if (n >= 0) {
        *part_out = (nw_slice){n ? stream->at : "", (size_t)n};
        stream->at += n;
    }
    nw__stream_leave(stream, NW__STREAM_READS);
    return n;
}

int64_t nw_utf8_error_offset(const nw_stream *stream)
{
    return stream ? stream->utf8_error_offset : -EINVAL;
}
