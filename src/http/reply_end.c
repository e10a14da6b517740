/* SPDX-License-Identifier: MIT */
/*
 * The content of a reply as a stream, its end, and what is sent in place of a reply that no handler gave.
 * A content that is not sent (HEAD, 204, 205, 304) is taken and forgotten, so that handlers need not know.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "http/websocket.h"
#include "stream/stream.h"

/* -- content that is not sent -- */

struct sink {
    struct nw__transport base;
    int64_t left_bytes; /* -1: any number */
};

static ssize_t swallow(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    struct sink *sink = (struct sink *)transport;

    (void)data, (void)offset;
    if (sink->left_bytes >= 0 && (uint64_t)sink->left_bytes < size_bytes)
        return -EFBIG;
    if (sink->left_bytes >= 0)
        sink->left_bytes -= (int64_t)size_bytes;
    return (ssize_t)size_bytes;
}

static int close_sink(struct nw__transport *transport)
{
    free(transport);
    return 0;
}

static const struct nw__transport_kind sink_kind = {.name = "nothing", .write = swallow, .close = close_sink};

static int open_sink(int64_t size_bytes, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.writable = true};
    static const nw_open_options options = {.buffer_bytes = 512};
    struct sink *sink = malloc(sizeof *sink);
    int rc;

    if (!sink)
        return -ENOMEM;
    *sink = (struct sink){.base.kind = &sink_kind, .left_bytes = size_bytes};
    rc = nw__stream_create(&sink->base, &mode, &options, stream_out);
    if (rc < 0)
        free(sink);
    return rc;
}

int nw_http_reply_stream(nw_http_exchange *exchange, int status, const char *media_type, int64_t size_bytes,
                         nw_stream **stream_out)
{
    int rc;

    if (!exchange || !stream_out || !nw__http_may_be_media_type(media_type))
        return -EINVAL;
    exchange->reads_on = exchange->wire.in != NULL;
    rc = nw__http_reply_begin(exchange, status, media_type, size_bytes);
    if (rc < 0)
        return rc;
    exchange->out_discards = rc == 0;
    if (rc == 0)
        rc = open_sink(size_bytes, &exchange->out);
    else if (size_bytes < 0 && exchange->wire.parser.minor_version == 0)
        rc = nw__http_wire_send_body(&exchange->wire, NW__HTTP_UNTIL_CLOSE, &exchange->out);
    else
        rc = nw__http_wire_send_body(&exchange->wire, size_bytes, &exchange->out);
    if (rc < 0) {
        exchange->reply = NW__HTTP_REPLY_BROKEN; /* its head may be with the client */
        return rc;
    }
    exchange->reply = NW__HTTP_REPLY_BODY;
    *stream_out = exchange->out;
    return 0;
}

/* -- another protocol -- */

/* RFC 9110, 7.8: a request in HTTP/1.1 that names the protocol, and has no body that would come before. */
static bool asks_for(const nw_http_exchange *exchange, const char *protocol)
{
    const struct nw__http_parser *parser = &exchange->wire.parser;

    return parser->minor_version >= 1 && parser->length == 0 &&
           nw__http_headers_have_token(&parser->headers, "Connection", "upgrade") &&
           nw__http_headers_have_token(&parser->headers, "Upgrade", protocol);
}

int nw_http_upgrade(nw_http_exchange *exchange, const char *protocol, nw_stream **stream_out)
{
    struct nw__http_connection *connection;
    int rc;

    if (!exchange || !protocol || !stream_out)
        return -EINVAL;
    if (exchange->reply != NW__HTTP_NO_REPLY)
        return -EALREADY;
    if (!asks_for(exchange, protocol))
        return -EINVAL;
    connection = exchange->connection;
    rc = nw_http_headers_set(&exchange->fields, "Upgrade", protocol);
    if (rc == 0)
        rc = nw__http_reply_switch(exchange);
    if (rc == 0)
        rc = nw__http_connection_flush(connection);
    if (rc < 0)
        return rc;
    *stream_out = connection->stream;
    return 0;
}

/* -- the end -- */

static int end_content(nw_http_exchange *exchange)
{
    nw_stream *out = exchange->out;

    exchange->out = NULL;
    if (!out)
        return -EPIPE; /* it was to be sent past us, and was not all */
    return exchange->out_discards ? nw_close(out)
                                  : nw__http_wire_send_end(&exchange->wire, &exchange->trailer);
}

/* The content has ended, as the handler or its client would have it. */
static int finish_content(nw_http_exchange *exchange, int result)
{
    bool streamed = exchange->out && !exchange->out_discards;
    int rc = result;

    if (result == 0)
        rc = end_content(exchange);
    else if (exchange->out_discards)
        (void)nw_close(exchange->out);
    if (streamed)
        exchange->sent_bytes = (int64_t)exchange->wire.out_bytes;
    exchange->reply = rc < 0 ? NW__HTTP_REPLY_BROKEN : NW__HTTP_REPLIED;
    if (rc < 0 && exchange->wire.write_error)
        nw__http_reply_lost(exchange);
    return rc;
}

/* Which status an error of a handler is, or of what it has read (wire.read_error). */
static int status_of(const nw_http_exchange *exchange, int error)
{
    if (exchange->wire.read_timed_out && error == -ETIMEDOUT)
        return 408;
    if (exchange->wire.read_error && exchange->wire.parser.refusal)
        return exchange->wire.parser.refusal; /* chunks and trailers that must not be let pass */
    if (exchange->wire.read_error == NW_EPROTOCOL || exchange->wire.read_error == NW_ETRUNCATED)
        return 400;
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return 404;
    case -EACCES:
    case -EPERM:
        return 403;
    case -EMSGSIZE:
    case -EFBIG:
        return 413;
    case -ETIMEDOUT:
        return 503;
    default:
        return 500;
    }
}

int nw__http_reply_status(nw_http_exchange *exchange, int status)
{
    return nw_http_reply_text(exchange, status, "%d %s\n", status, nw_http_reason(status));
}

void nw__http_reply_refuse(nw_http_exchange *exchange, int status, const char *why)
{
    char text[256];
    int size;

    if (exchange->reply != NW__HTTP_NO_REPLY)
        return;
    if (status == 413 && !exchange->wire.parser.message_done)
        exchange->close = true;                /* RFC 9110, 15.5.14: so that no more of it comes */
    nw__http_headers_clear(&exchange->fields); /* those of a reply that never came */
    exchange->has_date = exchange->has_server = false;
    size = snprintf(text, sizeof text, "%d %s%s%s\n", status, nw_http_reason(status), why ? ": " : "",
                    why ? why : "");
    if (nw_http_reply(exchange, status, "text/plain; charset=utf-8", (nw_slice){text, (size_t)size}) < 0)
        exchange->reply = NW__HTTP_REPLY_BROKEN;
}

void nw__http_reply_finish(nw_http_exchange *exchange, int result)
{
    struct nw__http_connection *connection = exchange->connection;
    int rc = result < 0 ? result : 0;

    if (rc < 0)
        nw__http_server_tell(connection->server, rc, "handler", &connection->peer);
    if (exchange->websocket)
        nw__ws_abandon(exchange->websocket, rc);
    if (exchange->reply == NW__HTTP_REPLY_BODY) {
        rc = finish_content(exchange, rc);
        if (rc < 0 && result >= 0)
            nw__http_server_tell(connection->server, rc, "reply", &connection->peer);
    } else if (exchange->reply == NW__HTTP_NO_REPLY && rc < 0) {
        nw__http_reply_refuse(exchange, status_of(exchange, rc), NULL);
    } else if (exchange->reply == NW__HTTP_NO_REPLY) {
        if (nw_http_reply(exchange, 204, NULL, (nw_slice){"", 0}) < 0)
            exchange->reply = NW__HTTP_REPLY_BROKEN;
    }
}
