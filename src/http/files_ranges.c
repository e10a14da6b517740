/* SPDX-License-Identifier: MIT */
/*
 * The content of a file on its way: a part of it, or several as a multipart/byteranges body. Its length is
 * known before it is sent, because it never is in chunks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/files.h"
#include "stream/stream.h"

#define SLICE_BYTES     (1024 * 1024) /* within the time that is allowed for a piece of a body */
#define PART_HEAD_BYTES 400

/* As nw__stream_send_file(); `*sent_out` tells how much went, also before an error. */
static int send_slice(nw_stream *stream, const struct nw__file *file, int64_t at, int64_t size,
                      int64_t *sent_out)
{
    int rc = nw__stream_enter(stream, NW__STREAM_WRITES);

    *sent_out = 0;
    if (rc < 0)
        return rc;
    rc = nw__stream_take_error(stream);
    if (rc == 0)
        rc = nw__stream_send_part(stream, file->fd, at, size, sent_out);
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return rc;
}

/* The time that is allowed is for a piece, not for the whole: who takes some of it in time may go on. */
static int send_slices(nw_http_exchange *exchange, const struct nw__file *file,
                       const struct nw__http_range *range, int64_t *sent_out)
{
    nw_stream *stream = nw__http_exchange_stream(exchange);
    int64_t at = range->begin, sent;
    int rc = 0;

    while (rc == 0 && at < range->end) {
        int64_t size = range->end - at < SLICE_BYTES ? range->end - at : SLICE_BYTES;
        struct nw__http_wire_write write;

        nw__http_wire_begin_write(&exchange->wire, &write);
        rc = send_slice(stream, file, at, size, &sent);
        nw__http_wire_end_write(&exchange->wire, &write, sent);
        if (rc == -ETIMEDOUT && sent > 0)
            rc = nw_interrupted(); /* that was no other deadline */
        at += sent;
    }
    *sent_out = at - range->begin;
    return rc;
}

int nw__files_send(nw_http_exchange *exchange, const struct nw__file *file,
                   const struct nw__http_range *range)
{
    int64_t sent;
    int rc;

    if (file->content)
        return nw__http_reply_write(exchange, file->content + range->begin,
                                    (size_t)(range->end - range->begin));
    rc = send_slices(exchange, file, range, &sent);
    nw__http_reply_sent(exchange, sent, rc);
    return rc;
}

/* -- several -- */

/* The head of a part, with the delimiter before it. Returns: its length. */
static int part_head(const struct nw__files_choice *choice, const char *boundary,
                     const struct nw__http_range *range, bool first, char text[PART_HEAD_BYTES])
{
    return snprintf(text, PART_HEAD_BYTES,
                    "%s--%s\r\nContent-Type: %s\r\nContent-Range: bytes %" PRId64 "-%" PRId64 "/%" PRId64
                    "\r\n\r\n",
                    first ? "" : "\r\n", boundary, choice->media_type, range->begin, range->end - 1,
                    choice->file->size_bytes);
}

static int64_t body_size(const struct nw__files_choice *choice, const char *boundary,
                         const struct nw__http_range *ranges, int count)
{
    char text[PART_HEAD_BYTES];
    int64_t size = 8 + (int64_t)strlen(boundary); /* the last delimiter: CR LF "--" "--" CR LF */

    for (int i = 0; i < count; i++)
        size += part_head(choice, boundary, &ranges[i], i == 0, text) + ranges[i].end - ranges[i].begin;
    return size;
}

static int write_text(nw_http_exchange *exchange, const char *text, size_t size)
{
    return nw__http_reply_write(exchange, text, size);
}

static int write_parts(nw_http_exchange *exchange, const struct nw__files_choice *choice,
                       const char *boundary, const struct nw__http_range *ranges, int count)
{
    char text[PART_HEAD_BYTES];
    int n, rc = 0;

    for (int i = 0; i < count && rc == 0; i++) {
        n = part_head(choice, boundary, &ranges[i], i == 0, text);
        rc = write_text(exchange, text, (size_t)n);
        if (rc == 0)
            rc = nw__files_send(exchange, choice->file, &ranges[i]);
    }
    n = snprintf(text, sizeof text, "\r\n--%s--\r\n", boundary);
    return rc < 0 ? rc : write_text(exchange, text, (size_t)n);
}

int nw__files_reply_ranges(nw_http_exchange *exchange, const struct nw__files_choice *choice,
                           const struct nw__http_range *ranges, int count)
{
    char boundary[NW__HTTP_BOUNDARY_BYTES], type[NW__HTTP_BOUNDARY_BYTES + 40];
    int rc = nw__http_boundary(boundary);

    if (rc < 0)
        return rc;
    snprintf(type, sizeof type, "multipart/byteranges; boundary=%s", boundary);
    rc = nw__files_begin(exchange, choice, 206, type, body_size(choice, boundary, ranges, count));
    return rc == 1 ? write_parts(exchange, choice, boundary, ranges, count) : rc;
}
