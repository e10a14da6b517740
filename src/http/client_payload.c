/* SPDX-License-Identifier: MIT */
/*
 * The body of a request: bytes, JSON, a form, parts, or a stream of the caller's. Owns what it makes of them.
 * Knows how long it is, writes it to where it is sent, and whether that can be done again.
 */
#include <nowait/text.h>
#include <stddef.h>
#include <string.h>

#include "http/body.h"
#include "http/client.h"
#include "stream/stream.h"

#define SLICE_BYTES (256 * 1024) /* between two calls of the caller's progress */

static void use_bytes(struct nw__http_payload *payload, nw_slice bytes, const char *media_type)
{
    payload->kind = NW__HTTP_BYTES;
    payload->bytes = bytes;
    payload->size_bytes = (int64_t)bytes.size;
    payload->media_type = media_type;
}

static int use_form(struct nw__http_payload *payload)
{
    int rc = nw_form_encode(payload->request->form, payload->request->form_count, &payload->owned);

    if (rc == 0)
        use_bytes(payload, (nw_slice){payload->owned.data, payload->owned.size},
                  "application/x-www-form-urlencoded");
    return rc;
}

static int use_parts(struct nw__http_payload *payload)
{
    const nw_http_request_options *request = payload->request;
    int rc = nw__http_boundary(payload->boundary);

    if (rc < 0)
        return rc;
    int64_t size = nw__http_multipart_size(request->parts, request->part_count, payload->boundary);
    if (size < -1)
        return (int)size;
    payload->kind = NW__HTTP_PARTS;
    payload->size_bytes = size;
    snprintf(payload->media_type_text, sizeof payload->media_type_text, "multipart/form-data; boundary=%s",
             payload->boundary);
    payload->media_type = payload->media_type_text;
    return 0;
}

/*
 * What is left of a file; -1: it is none, or holds more than it says (in /proc they are 0 bytes long). A
 * short one is read to its end, into the stream's buffer, through which it goes anyway: in /sys it has less.
 */
static int64_t left_in(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    bool plain = transport->seekable && transport->kind->known_end && !stream->writing &&
                 !(stream->slow & NW__SLOW_BEGIN);
    int64_t at = plain ? nw__stream_tell(stream) : -1;
    int64_t end = at < 0 ? -1 : transport->kind->known_end(transport);
    int64_t left = end > at ? end - at : -1;
    nw_slice view;

    if (left < 0 || left > NW__CLAIM_BYTES)
        return left;
    ssize_t n = nw_peek(stream, (size_t)left + 1, &view);
    return n > 0 && n <= left ? (int64_t)n : -1;
}

/* Trailers follow chunks only. */
static int64_t size_of(const nw_http_request_options *request)
{
    return request->stream_bytes    ? request->stream_bytes
           : request->trailer_count ? -1
                                    : left_in(request->stream);
}

static void use_stream(struct nw__http_payload *payload, const char *media_type)
{
    nw_stream *stream = payload->request->stream;

    payload->kind = NW__HTTP_STREAM;
    payload->size_bytes = size_of(payload->request);
    payload->media_type = media_type;
    payload->begin = stream->transport->seekable ? nw_tell(stream) : -1;
}

static int count_bodies(const nw_http_request_options *request)
{
    return (request->body.data != NULL) + (request->json != NULL) + (request->form_count > 0) +
           (request->part_count > 0) + (request->stream != NULL);
}

static int check(const nw_http_request_options *request)
{
    if (count_bodies(request) > 1 || request->stream_bytes < 0 ||
        (request->stream_bytes && !request->stream) || (request->form_count > 0 && !request->form) ||
        (request->part_count > 0 && !request->parts) || (request->body.size > 0 && !request->body.data))
        return -EINVAL;
    if (request->trailer_count > 0 && (!request->stream || request->stream_bytes))
        return -EINVAL; /* only a body in chunks has room for them */
    return 0;
}

int nw__http_payload_init(struct nw__http_payload *payload, const nw_http_request_options *request)
{
    const char *plain = request->media_type ? request->media_type : "application/octet-stream";

    memset(payload, 0, offsetof(struct nw__http_payload, boundary)); /* texts are longer than all else */
    payload->request = request;
    payload->begin = -1;
    int rc = check(request);
    if (rc < 0)
        return rc;
    if (request->form_count > 0)
        return use_form(payload);
    if (request->part_count > 0)
        return use_parts(payload);
    if (request->json)
        use_bytes(payload, nw_slice_of(request->json), "application/json");
    else if (request->stream)
        use_stream(payload, plain);
    else if (request->body.data)
        use_bytes(payload, request->body, plain);
    return 0;
}

void nw__http_payload_finish(struct nw__http_payload *payload)
{
    if (payload->owned.data)
        nw_bytes_finish(&payload->owned);
}

void nw__http_payload_drop(struct nw__http_payload *payload)
{
    payload->kind = NW__HTTP_NOTHING;
    payload->size_bytes = 0;
    payload->media_type = NULL;
    payload->dropped = true;
}

/* A part that is a stream was read and cannot be set back, as far as we know. */
static bool has_stream(const struct nw__http_payload *payload)
{
    for (size_t i = 0; i < payload->request->part_count; i++)
        if (payload->request->parts[i].stream)
            return true;
    return false;
}

int nw__http_payload_rewind(struct nw__http_payload *payload)
{
    if (!payload->begun || payload->kind == NW__HTTP_NOTHING || payload->kind == NW__HTTP_BYTES)
        return 0;
    if (payload->kind == NW__HTTP_PARTS)
        return has_stream(payload) ? -ESPIPE : 0;
    if (payload->begin < 0)
        return -ESPIPE;
    int64_t at = nw_seek(payload->request->stream, payload->begin, SEEK_SET);
    if (at < 0)
        return (int)at;
    payload->begun = false;
    return 0;
}

/* -- writing -- */

static int tell(const struct nw__http_payload *payload, uint64_t done_bytes)
{
    const nw_progress *progress = payload->request->progress;
    uint64_t total = payload->size_bytes < 0 ? 0 : (uint64_t)payload->size_bytes;
    int rc = progress && progress->fn ? progress->fn(done_bytes, total, progress->arg) : 0;

    return rc < 0 ? rc : 0;
}

static int write_bytes(const struct nw__http_payload *payload, nw_stream *to)
{
    nw_slice left = payload->bytes;
    int rc = 0;

    while (left.size > 0 && rc == 0) {
        size_t size = left.size < SLICE_BYTES ? left.size : SLICE_BYTES;
        ssize_t n = nw_write(to, left.data, size);
        if (n < 0)
            return (int)n;
        left.data += n;
        left.size -= (size_t)n;
        rc = tell(payload, payload->bytes.size - left.size);
    }
    return rc;
}

static int write_parts(const struct nw__http_payload *payload, nw_stream *to)
{
    const nw_http_request_options *request = payload->request;
    int rc = nw__http_multipart_write(to, request->parts, request->part_count, payload->boundary);

    return rc < 0 ? rc : tell(payload, (uint64_t)nw_tell(to));
}

int nw__http_payload_write(struct nw__http_payload *payload, nw_stream *to)
{
    const nw_http_request_options *request = payload->request;

    payload->begun = true;
    if (payload->kind == NW__HTTP_BYTES)
        return write_bytes(payload, to);
    if (payload->kind == NW__HTTP_PARTS)
        return write_parts(payload, to);
    int64_t size = payload->size_bytes,
            n = nw_copy(to, request->stream, size < 0 ? 0 : size, request->progress);
    if (n < 0)
        return (int)n;
    return n < size ? -EPIPE : 0;
}
