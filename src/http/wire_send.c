/* SPDX-License-Identifier: MIT */
/*
 * The writing side of a connection: content by length or in chunks (RFC 9112, 7.1). A write that ends early
 * may leave a chunk of which more was announced than written, or half of its framing: what comes next goes on
 * there.
 */
#include <assert.h>
#include <string.h>

#include "http/wire.h"
#include "stream/stream.h"

void nw__http_wire_begin_write(const struct nw__http_wire *wire, struct nw__http_wire_write *write)
{
    const struct nw__http_wire_timeouts *timeouts = &wire->timeouts;
    bool timed = nw__http_wire_timed(timeouts->write_ns);

    write->began_ns = timeouts->write_rate_bytes ? nw__clock_ns() : 0;
    nw_deadline_begin(&write->deadline,
                      timed ? nw__http_wire_patience(timeouts->write_ns, timeouts->write_rate_bytes,
                                                     wire->taken_bytes, wire->out_waited_ns)
                            : NW_FOREVER);
}

/* What was taken in time was taken. */
void nw__http_wire_end_write(struct nw__http_wire *wire, struct nw__http_wire_write *write,
                             int64_t taken_bytes)
{
    (void)nw_deadline_end(&write->deadline);
    wire->taken_bytes += (uint64_t)taken_bytes;
    if (wire->timeouts.write_rate_bytes)
        wire->out_waited_ns += nw__clock_ns() - write->began_ns;
}

static ssize_t send(struct nw__http_wire *wire, const void *data, size_t size_bytes)
{
    struct nw__http_wire_write write;
    bool timed =
        nw__http_wire_timed(wire->timeouts.write_ns) && !nw__stream_has_room(wire->stream, size_bytes);
    ssize_t n;

    if (timed)
        nw__http_wire_begin_write(wire, &write);
    n = nw_write(wire->stream, data, size_bytes);
    if (timed)
        nw__http_wire_end_write(wire, &write, n > 0 ? n : 0);
    else
        wire->taken_bytes += n > 0 ? (uint64_t)n : 0;
    if (n < 0)
        wire->write_error = (int)n;
    return n;
}

static int flush(struct nw__http_wire *wire)
{
    struct nw__http_wire_write write;
    bool timed = nw__http_wire_timed(wire->timeouts.write_ns);
    int rc;

    if (timed)
        nw__http_wire_begin_write(wire, &write);
    rc = nw_flush(wire->stream);
    if (timed)
        nw__http_wire_end_write(wire, &write, 0);
    if (rc < 0)
        wire->write_error = rc;
    return rc;
}

/* -- framing -- */

static int send_frame(struct nw__http_wire *wire)
{
    while (wire->frame_at < wire->frame_end) {
        ssize_t n = send(wire, wire->frame + wire->frame_at, (size_t)(wire->frame_end - wire->frame_at));
        if (n < 0)
            return (int)n;
        wire->frame_at = (uint8_t)(wire->frame_at + n);
    }
    wire->frame_at = wire->frame_end = 0;
    return 0;
}

static void add_frame(struct nw__http_wire *wire, const char *text, size_t size_bytes)
{
    assert(wire->frame_end + size_bytes <= sizeof wire->frame);
    memcpy(wire->frame + wire->frame_end, text, size_bytes);
    wire->frame_end = (uint8_t)(wire->frame_end + size_bytes);
}

static void begin_chunk(struct nw__http_wire *wire, size_t size_bytes)
{
    char text[2 * sizeof size_bytes + 2], *at = text + sizeof text;
    size_t rest = size_bytes;

    *--at = '\n';
    *--at = '\r';
    for (; rest > 0; rest >>= 4)
        *--at = "0123456789abcdef"[rest & 15];
    add_frame(wire, at, (size_t)(text + sizeof text - at));
    wire->chunk_left = size_bytes;
}

/* -- content -- */

static ssize_t write_chunk(struct nw__http_wire *wire, const void *data, size_t size_bytes)
{
    ssize_t n;
    int rc;

    if (wire->chunk_left == 0)
        begin_chunk(wire, size_bytes);
    rc = send_frame(wire);
    if (rc < 0)
        return rc;
    n = send(wire, data, size_bytes < wire->chunk_left ? size_bytes : (size_t)wire->chunk_left);
    if (n < 0)
        return n;
    wire->chunk_left -= (uint64_t)n;
    if (wire->chunk_left == 0)
        add_frame(wire, "\r\n", 2); /* with the next chunk */
    return n;
}

static ssize_t write_counted(struct nw__http_wire *wire, const void *data, size_t size_bytes)
{
    ssize_t n;

    if (wire->out_left == 0)
        return -EFBIG;
    n = send(wire, data, (uint64_t)wire->out_left < size_bytes ? (size_t)wire->out_left : size_bytes);
    if (n > 0)
        wire->out_left -= n;
    return n;
}

ssize_t nw__http_wire_write(struct nw__http_wire *wire, const void *data, size_t size_bytes)
{
    ssize_t n = wire->out_left == -1                     ? write_chunk(wire, data, size_bytes)
                : wire->out_left == NW__HTTP_UNTIL_CLOSE ? send(wire, data, size_bytes)
                                                         : write_counted(wire, data, size_bytes);

    if (n > 0)
        wire->out_bytes += (uint64_t)n;
    return n;
}

int nw__http_wire_flush(struct nw__http_wire *wire)
{
    int rc = wire->chunk_left == 0 ? send_frame(wire) : 0;

    return rc < 0 ? rc : flush(wire);
}

int nw__http_wire_send_body(struct nw__http_wire *wire, int64_t size_bytes, nw_stream **stream_out)
{
    int rc;

    if (wire->out || size_bytes < NW__HTTP_UNTIL_CLOSE)
        return -EINVAL;
    wire->out_left = size_bytes;
    wire->out_bytes = wire->chunk_left = 0;
    wire->frame_at = wire->frame_end = 0;
    wire->ending = false;
    rc = nw__http_wire_open_out(wire, &wire->out);
    if (rc == 0)
        *stream_out = wire->out;
    return rc;
}

static int send_trailers(struct nw__http_wire *wire, const nw_http_headers *trailers)
{
    struct nw__bytes text;
    ssize_t n = 0;
    int rc;

    nw__bytes_init(&text, SIZE_MAX);
    rc = nw__http_headers_format(trailers, &text);
    for (size_t at = 0; rc == 0 && at < text.size_bytes; at += (size_t)n) {
        n = send(wire, text.data + at, text.size_bytes - at);
        if (n < 0)
            rc = (int)n;
    }
    nw__bytes_finish(&text);
    return rc;
}

static int end_chunks(struct nw__http_wire *wire, const nw_http_headers *trailers)
{
    int rc;

    if (wire->chunk_left > 0)
        return -EPIPE;
    add_frame(wire, "0\r\n", 3);
    if (trailers && trailers->count > 0) {
        rc = send_frame(wire);
        if (rc == 0)
            rc = send_trailers(wire, trailers);
        if (rc < 0)
            return rc;
    }
    add_frame(wire, "\r\n", 2);
    return send_frame(wire);
}

int nw__http_wire_send_end(struct nw__http_wire *wire, const nw_http_headers *trailers)
{
    int rc;

    if (!wire->out)
        return -EINVAL;
    wire->ending = true;
    rc = nw_flush(wire->out);
    (void)nw_close(wire->out); /* what it says, the flush has said */
    wire->out = NULL;
    if (rc < 0)
        return rc;
    if (wire->out_left == -1)
        return end_chunks(wire, trailers);
    return wire->out_left > 0 ? -EPIPE : 0;
}
