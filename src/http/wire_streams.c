/* SPDX-License-Identifier: MIT */
/*
 * A body as a stream: transports over the two directions of a wire. Their buffers are small, and made when
 * something goes through them that is smaller. Own nothing: whoever closes them tells the wire.
 */
#include <stdlib.h>

#include "http/wire.h"
#include "stream/stream.h"

/* So that what fills it is read from the connection past its buffer (stream/read.c). */
#define IN_BYTES  ((size_t)32 * 1024)
#define OUT_BYTES ((size_t)16 * 1024)

struct body {
    struct nw__transport base;
    struct nw__http_wire *wire;
};

static struct nw__http_wire *wire_of(const struct nw__transport *transport)
{
    return ((const struct body *)transport)->wire;
}

static ssize_t read_body(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return nw__http_wire_read(wire_of(transport), data, size_bytes);
}

static ssize_t write_body(struct nw__transport *transport, const void *data, size_t size_bytes,
                          int64_t offset)
{
    (void)offset;
    return nw__http_wire_write(wire_of(transport), data, size_bytes);
}

/* Whoever flushes a body wants it to be on its way, unless it is the wire that ends it. */
static int flush_body(struct nw__transport *transport)
{
    struct nw__http_wire *wire = wire_of(transport);

    return wire->ending ? 0 : nw__http_wire_flush(wire);
}

static int close_in(struct nw__transport *transport)
{
    wire_of(transport)->in = NULL;
    free(transport);
    return 0;
}

static int close_out(struct nw__transport *transport)
{
    wire_of(transport)->out = NULL;
    free(transport);
    return 0;
}

static const struct nw__transport_kind in_kind = {
    .name = "http body",
    .read = read_body,
    .close = close_in,
};

static const struct nw__transport_kind out_kind = {
    .name = "http body",
    .write = write_body,
    .flush = flush_body,
    .close = close_out,
};

static int open_body(struct nw__http_wire *wire, const struct nw__transport_kind *kind,
                     const struct nw__open_mode *mode, size_t buffer_bytes, nw_stream **stream_out)
{
    nw_open_options options = {.buffer_bytes = buffer_bytes};
    struct body *body = calloc(1, sizeof *body);
    int rc;

    if (!body)
        return -ENOMEM;
    body->base.kind = kind;
    body->wire = wire;
    rc = nw__stream_create(&body->base, mode, &options, stream_out);
    if (rc < 0)
        free(body);
    return rc;
}

int nw__http_wire_open_in(struct nw__http_wire *wire, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true};

    return open_body(wire, &in_kind, &mode, IN_BYTES, stream_out);
}

int nw__http_wire_open_out(struct nw__http_wire *wire, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.writable = true};

    return open_body(wire, &out_kind, &mode, OUT_BYTES, stream_out);
}
