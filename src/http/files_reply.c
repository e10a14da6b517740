/* SPDX-License-Identifier: MIT */
/*
 * A reply with a file: what the conditions make of it, its head, its content. Must not look for the file
 * (files.c), and knows nothing of its neighbours.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/files.h"
#include "stream/stream.h"

#define GENERATED_BYTES ((size_t)16 * 1024) /* read at a time: what /proc has is often made anew for each */

int nw__files_check_method(nw_http_exchange *exchange)
{
    int rc;

    if (exchange->to_head || strcmp(exchange->method, "GET") == 0)
        return 0;
    rc = nw_http_reply_header(exchange, "Allow", "GET, HEAD"); /* RFC 9110, 15.5.6 */
    if (rc == 0)
        rc = nw__http_reply_status(exchange, 405);
    return rc < 0 ? rc : 1;
}

static int status_of(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
    case -EISDIR:
    case -ENXIO:
    case -ELOOP:
    case -EXDEV:
    case -ENAMETOOLONG:
    case -EINVAL:
        return 404;
    case -EACCES:
    case -EPERM:
        return 403;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
    case -EAGAIN:
        return 503;
    default:
        return 500;
    }
}

int nw__files_refuse(nw_http_exchange *exchange, int error)
{
    int status = status_of(error);

    if (error == -ECANCELED || error == -ETIMEDOUT)
        return error;
    return nw__http_reply_status(exchange, status);
}

/* -- the head -- */

struct field {
    const char *name;
    const char *value; /* NULL: none is sent */
};

static int add_fields(nw_http_exchange *exchange, const struct field *fields, size_t count)
{
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++)
        if (fields[i].value)
            rc = nw_http_reply_header(exchange, fields[i].name, fields[i].value);
    return rc;
}

static int add_choice(nw_http_exchange *exchange, const struct nw__files_choice *choice, bool content)
{
    const struct field fields[] = {
        {"Cache-Control", choice->cache_control},
        {"Vary", choice->varies ? "Accept-Encoding" : NULL},
        {"Content-Encoding", content ? choice->coding : NULL},
    };

    return add_fields(exchange, fields, sizeof fields / sizeof *fields);
}

/* A 304 says what a 200 would, but for what describes the content (RFC 9110, 15.4.5). */
int nw__files_begin(nw_http_exchange *exchange, const struct nw__files_choice *choice, int status,
                    const char *media_type, int64_t size_bytes)
{
    bool content = status != 304;
    int rc = add_choice(exchange, choice, content);

    if (rc < 0)
        return rc;
    exchange->lines = content ? choice->file->description : choice->file->validators;
    rc = nw__http_reply_begin(exchange, status, media_type, size_bytes);
    exchange->lines = (nw_slice){NULL, 0};
    return rc;
}

static int reply_without_content(nw_http_exchange *exchange, const struct nw__files_choice *choice,
                                 int status)
{
    return status == 304 ? nw__files_begin(exchange, choice, status, NULL, 0)
                         : nw_http_reply(exchange, status, NULL, (nw_slice){"", 0});
}

/* RFC 9110, 15.5.17. */
static int reply_out_of_range(nw_http_exchange *exchange, const struct nw__file *file)
{
    char text[40];
    int rc;

    snprintf(text, sizeof text, "bytes */%" PRId64, file->size_bytes);
    rc = nw_http_reply_header(exchange, "Content-Range", text);
    return rc < 0 ? rc : nw__http_reply_status(exchange, 416);
}

/* -- the content -- */

static int reply_whole(nw_http_exchange *exchange, const struct nw__files_choice *choice)
{
    const struct nw__http_range whole = {0, choice->file->size_bytes};
    int rc = nw__files_begin(exchange, choice, 200, choice->media_type, whole.end);

    return rc == 1 ? nw__files_send(exchange, choice->file, &whole) : rc;
}

/* What the kernel makes as it is read goes as far as it would go without waiting. */
static int send_generated(nw_stream *out, const struct nw__file *file)
{
    char *data = malloc(GENERATED_BYTES);
    int64_t at = 0;
    ssize_t n = data ? 1 : -ENOMEM;

    while (n > 0) {
        n = nw__beneath_read_generated(file->fd, data, GENERATED_BYTES, at);
        if (n > 0) {
            at += n;
            n = nw_write(out, data, (size_t)n);
        }
    }
    free(data);
    return (int)n;
}

/* A file that does not say how long it is goes as far as it goes. */
static int reply_unmeasured(nw_http_exchange *exchange, const struct nw__files_choice *choice)
{
    nw_stream *out;
    int rc = add_choice(exchange, choice, true);

    if (rc < 0)
        return rc;
    rc = nw_http_reply_stream(exchange, 200, choice->media_type, -1, &out);
    if (rc < 0 || exchange->to_head)
        return rc;
    if (choice->file->generated)
        return send_generated(out, choice->file);
    rc = nw__stream_send_file(out, choice->file->fd, 0, INT64_MAX);
    return rc == NW_EINCOMPLETE ? 0 : rc;
}

static int reply_range(nw_http_exchange *exchange, const struct nw__files_choice *choice,
                       const struct nw__http_range *range)
{
    char text[80];
    int rc;

    snprintf(text, sizeof text, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, range->begin, range->end - 1,
             choice->file->size_bytes);
    rc = nw_http_reply_header(exchange, "Content-Range", text);
    if (rc == 0)
        rc = nw__files_begin(exchange, choice, 206, choice->media_type, range->end - range->begin);
    return rc == 1 ? nw__files_send(exchange, choice->file, range) : rc;
}

/* RFC 9110, 13.2.2: the conditions first, then If-Range, then Range; 14.2: that is for GET only. */
int nw__files_reply(nw_http_exchange *exchange, const struct nw__files_choice *choice)
{
    const nw_http_headers *request = nw_http_headers_of(exchange);
    const struct nw__file *file = choice->file;
    bool dated = file->size_bytes >= 0 &&
                 file->status.stx_mtime.tv_sec <= file->modified_s; /* one in the future says nothing */
    const struct nw__http_validators validators = {file->etag, dated ? file->modified_s : INT64_MIN,
                                                   !file->settled};
    struct nw__http_range ranges[NW__HTTP_RANGES];
    bool use_range;
    int count, status = nw__http_conditions(request, &validators, &use_range);

    if (status != 200)
        return reply_without_content(exchange, choice, status);
    if (file->size_bytes < 0)
        return reply_unmeasured(exchange, choice);
    if (!use_range || exchange->to_head)
        return reply_whole(exchange, choice);
    count = nw__http_ranges(nw_http_headers_get(request, "Range"), file->size_bytes, ranges);
    if (count == -ERANGE)
        return reply_out_of_range(exchange, file);
    if (count <= 0)
        return reply_whole(exchange, choice);
    return count == 1 ? reply_range(exchange, choice, ranges)
                      : nw__files_reply_ranges(exchange, choice, ranges, count);
}
