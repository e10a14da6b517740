/* SPDX-License-Identifier: MIT */
/*
 * Replies: the head, written into the connection's stream, and what follows it. Which framing a reply gets is
 * decided here and nowhere else (RFC 9112, 6). Must not flush but where the client has to see something at
 * once: replies to requests that came together leave together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "stream/stream.h"

#define WRITE_BYTES ((size_t)65536)

/* -- what may be said -- */

/* RFC 9110, 6.4.1: these replies have no content, whatever the handler says. */
static bool has_no_content(int status)
{
    return status < 200 || status == 204 || status == 304;
}

static bool is_field(const char *name, const char *field)
{
    return strcasecmp(name, field) == 0;
}

/* What frames the message is the server's to say (RFC 9112, 6). 1: it is said, and not added. */
static int take_special(nw_http_exchange *exchange, const char *name, const char *value)
{
    if (is_field(name, "Content-Length") || is_field(name, "Transfer-Encoding"))
        return -EINVAL;
    if (is_field(name, "Connection")) {
        if (strcasecmp(value, "close") != 0)
            return -EINVAL;
        exchange->close = true;
        return 1;
    }
    exchange->has_date |= is_field(name, "Date");
    exchange->has_server |= is_field(name, "Server");
    return 0;
}

int nw_http_reply_header(nw_http_exchange *exchange, const char *name, const char *value)
{
    int rc;

    if (!exchange || !name || !value)
        return -EINVAL;
    if (exchange->reply != NW__HTTP_NO_REPLY)
        return -EALREADY;
    rc = take_special(exchange, name, value);
    return rc != 0 ? (rc < 0 ? rc : 0) : nw_http_headers_add(&exchange->fields, name, value);
}

int nw_http_reply_trailer(nw_http_exchange *exchange, const char *name, const char *value)
{
    static const char *const forbidden[] = {"Content-Length",   "Transfer-Encoding", "Connection", "Trailer",
                                            "Content-Encoding", "Content-Type",      "Host",       NULL};

    if (!exchange || !name || !value)
        return -EINVAL;
    for (int i = 0; forbidden[i]; i++) /* RFC 9110, 6.5.1 */
        if (is_field(name, forbidden[i]))
            return -EINVAL;
    if (exchange->reply > NW__HTTP_REPLY_BODY)
        return -EALREADY;
    return nw_http_headers_add(&exchange->trailer, name, value);
}

bool nw_http_replied(const nw_http_exchange *exchange)
{
    return exchange && exchange->reply != NW__HTTP_NO_REPLY;
}

/* Nothing that could end its line. */
bool nw__http_may_be_media_type(const char *media_type)
{
    return !media_type || nw__http_is_value((nw_slice){media_type, strlen(media_type)});
}

/* -- the head -- */

static void put(struct nw__bytes *head, const char *text, size_t size_bytes)
{
    memcpy(nw__bytes_tail(head), text, size_bytes); /* there is room: see reserve_head() */
    nw__bytes_commit(head, size_bytes);
}

static void put_number(struct nw__bytes *head, int64_t number)
{
    char text[20], *at = text + sizeof text;

    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put(head, at, (size_t)(text + sizeof text - at));
}

#define PUT(head, literal) put((head), (literal), sizeof(literal) - 1)

static int reserve_head(struct nw__bytes *head, const nw_http_exchange *exchange, const char *reason,
                        size_t media_type_bytes)
{
    const nw_http_headers *fields = &exchange->fields;

    return nw__bytes_reserve(head, 256 + strlen(reason) + exchange->connection->server->server_field_bytes +
                                       media_type_bytes + exchange->lines.size + fields->text.size_bytes +
                                       4 * fields->count);
}

/* RFC 9112, 4. */
static void put_status(struct nw__bytes *head, int status, const char *reason)
{
    PUT(head, "HTTP/1.1 ");
    put_number(head, status);
    PUT(head, " ");
    put(head, reason, strlen(reason));
    PUT(head, "\r\n");
}

static void put_origin(struct nw__bytes *head, const nw_http_exchange *exchange)
{
    struct nw__http_server *server = exchange->connection->server;

    if (!exchange->has_server)
        put(head, server->server_field, server->server_field_bytes);
    if (!exchange->has_date)
        put(head, nw__http_clock_date(server), NW__HTTP_DATE_LINE_BYTES);
}

/* How the content's end is found: RFC 9112, 6.3. */
static void put_framing(struct nw__bytes *head, const nw_http_exchange *exchange)
{
    if (has_no_content(exchange->status))
        return;
    if (exchange->size_bytes >= 0) {
        PUT(head, "Content-Length: ");
        put_number(head, exchange->size_bytes);
        PUT(head, "\r\n");
    } else if (exchange->wire.parser.minor_version >= 1) {
        PUT(head, "Transfer-Encoding: chunked\r\n");
    }
}

/* RFC 9112, 9.3: what the client expects otherwise is said. */
static void put_connection(struct nw__bytes *head, const nw_http_exchange *exchange)
{
    if (exchange->close)
        PUT(head, "Connection: close\r\n");
    else if (exchange->wire.parser.minor_version == 0)
        PUT(head, "Connection: keep-alive\r\n");
}

static int put_fields(struct nw__bytes *head, const nw_http_exchange *exchange)
{
    int rc = exchange->fields.count > 0 ? nw__http_headers_format(&exchange->fields, head) : 0;

    if (rc == 0)
        rc = nw__bytes_append(head, "\r\n", 2);
    return rc;
}

static int format_head(nw_http_exchange *exchange, const char *media_type)
{
    struct nw__bytes *head = &exchange->head;
    const char *reason = nw_http_reason(exchange->status);
    size_t media_type_bytes = media_type ? strlen(media_type) : 0;

    nw__bytes_clear(head);
    if (reserve_head(head, exchange, reason, media_type_bytes) < 0)
        return -ENOMEM;
    put_status(head, exchange->status, reason);
    put_origin(head, exchange);
    if (media_type) {
        PUT(head, "Content-Type: ");
        put(head, media_type, media_type_bytes);
        PUT(head, "\r\n");
    }
    put_framing(head, exchange);
    put_connection(head, exchange);
    if (exchange->lines.size)
        put(head, exchange->lines.data, exchange->lines.size);
    return put_fields(head, exchange);
}

/* Is this the last request of the connection? What can be known when the head is sent. */
static bool must_close(const nw_http_exchange *exchange, int64_t size_bytes)
{
    const struct nw__http_connection *connection = exchange->connection;
    const struct nw__http_parser *parser = &exchange->wire.parser;
    int64_t most = connection->server->options.requests_per_connection;

    if (exchange->close || !parser->keep_alive || connection->server->draining || !parser->head_done ||
        exchange->wire.read_error || exchange->wire.read_timed_out)
        return true; /* RFC 9110, 15.5.9: who was too slow once is not waited for again */
    if (most > 0 && connection->requests >= most)
        return true;
    if (size_bytes < 0 && parser->minor_version == 0 && !has_no_content(exchange->status))
        return true; /* the end of the content is that of the connection */
    if (parser->message_done)
        return false;
    /* The body comes or does not: RFC 9110, 10.1.1. Or nobody wants that much of it. */
    return !exchange->body_wanted ||
           (parser->length > (int64_t)(exchange->wire.body_bytes + NW__HTTP_DRAIN_BYTES) &&
            !exchange->reads_on);
}

/*
 * More than the buffer takes: who takes some of it in time may go on, so that a client may be slow, but not
 * stop. That time is not the connection's: the handler goes on when it has passed. `done_out`: see
 * write_all().
 */
static int write_long(nw_http_exchange *exchange, const char *data, size_t size_bytes, size_t *done_out)
{
    struct nw__http_connection *connection = exchange->connection;
    ssize_t n = 0;

    *done_out = 0;
    while (n >= 0 && *done_out < size_bytes) {
        size_t left = size_bytes - *done_out, piece = left < WRITE_BYTES ? left : WRITE_BYTES;
        struct nw__http_wire_write write;
        nw__http_wire_begin_write(&exchange->wire, &write);
        n = nw_write(connection->stream, data + *done_out, piece);
        nw__http_wire_end_write(&exchange->wire, &write, n > 0 ? n : 0);
        *done_out += n > 0 ? (size_t)n : 0;
        if (n >= 0 && n < (ssize_t)piece && nw_interrupted() < 0)
            return nw_interrupted();
    }
    return n < 0 ? (int)n : 0;
}

/* A client that asks again and again, and reads nothing, fills the buffer with small replies, too.
 * `*done_out` of it was written, also before an error. */
static int write_all(nw_http_exchange *exchange, const void *data, size_t size_bytes, size_t *done_out)
{
    nw_stream *stream = exchange->connection->stream;
    ssize_t n;

    if (!nw__stream_has_room(stream, size_bytes))
        return write_long(exchange, data, size_bytes, done_out);
    n = nw_write(stream, data, size_bytes);
    *done_out = n < 0 ? 0 : (size_t)n;
    return n < 0 ? (int)n : n == (ssize_t)size_bytes ? 0 : -EPIPE;
}

static int write_head(nw_http_exchange *exchange)
{
    size_t done;
    int rc = write_all(exchange, exchange->head.data, exchange->head.size_bytes, &done);

    if (rc < 0)
        exchange->reply = NW__HTTP_REPLY_BROKEN;
    return rc;
}

int nw__http_reply_begin(nw_http_exchange *exchange, int status, const char *media_type, int64_t size_bytes)
{
    bool closed_before = exchange->close;
    int rc;

    if (exchange->reply != NW__HTTP_NO_REPLY)
        return -EALREADY;
    if (status < 200 || status > 599 || size_bytes < -1)
        return -EINVAL;
    if (status == 205)
        size_bytes = 0; /* RFC 9110, 15.3.6: no content, but framed as one that has it */
    exchange->status = status;
    exchange->size_bytes = size_bytes;
    exchange->close = must_close(exchange, size_bytes);
    rc = format_head(exchange, media_type);
    if (rc < 0) {
        exchange->close = closed_before;
        return rc;
    }
    rc = write_head(exchange);
    if (rc < 0)
        return rc;
    bool content = !exchange->to_head && !has_no_content(status) && size_bytes != 0;
    exchange->reply = content ? NW__HTTP_REPLY_BODY : NW__HTTP_REPLIED;
    return content;
}

/* RFC 9110, 15.2.2. */
int nw__http_reply_switch(nw_http_exchange *exchange)
{
    struct nw__bytes *head = &exchange->head;
    int rc;

    nw__bytes_clear(head);
    if (reserve_head(head, exchange, "", 0) < 0)
        return -ENOMEM;
    PUT(head, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
    rc = put_fields(head, exchange);
    if (rc < 0)
        return rc;
    exchange->status = 101;
    exchange->close = true;
    exchange->reply = NW__HTTP_UPGRADED;
    return write_head(exchange);
}

void nw__http_reply_lost(nw_http_exchange *exchange)
{
    int64_t lost = (int64_t)nw__stream_pending(exchange->connection->stream);

    exchange->reply = NW__HTTP_REPLY_BROKEN;
    exchange->sent_bytes -= lost < exchange->sent_bytes ? lost : exchange->sent_bytes;
}

void nw__http_reply_sent(nw_http_exchange *exchange, int64_t bytes, int error)
{
    exchange->sent_bytes += bytes;
    if (error < 0)
        nw__http_reply_lost(exchange);
    else if (exchange->reply == NW__HTTP_REPLY_BODY && exchange->sent_bytes == exchange->size_bytes)
        exchange->reply = NW__HTTP_REPLIED;
}

int nw__http_reply_write(nw_http_exchange *exchange, const void *data, size_t size_bytes)
{
    size_t done;
    int rc = write_all(exchange, data, size_bytes, &done);

    nw__http_reply_sent(exchange, (int64_t)done, rc);
    return rc;
}

/* -- whole replies -- */

int nw_http_reply(nw_http_exchange *exchange, int status, const char *media_type, nw_slice body)
{
    int rc;

    if (!exchange || (!body.data && body.size) || body.size > INT64_MAX ||
        !nw__http_may_be_media_type(media_type))
        return -EINVAL;
    rc = nw__http_reply_begin(exchange, status, media_type, (int64_t)body.size);
    if (rc <= 0)
        return rc;
    return nw__http_reply_write(exchange, body.data, body.size);
}

int nw_http_reply_text(nw_http_exchange *exchange, int status, const char *format, ...)
{
    char small[256], *text = small;
    va_list arguments;
    int size, rc;

    if (!exchange || !format)
        return -EINVAL;
    va_start(arguments, format);
    size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof small) {
        va_start(arguments, format);
        size = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (size < 0)
            return -ENOMEM;
    }
    if (size < 0)
        return -EINVAL;
    rc = nw_http_reply(exchange, status, "text/plain; charset=utf-8", (nw_slice){text, (size_t)size});
    if (text != small)
        free(text);
    return rc;
}

int nw_http_reply_json(nw_http_exchange *exchange, int status, const char *json)
{
    if (!json)
        return -EINVAL;
    return nw_http_reply(exchange, status, "application/json", (nw_slice){json, strlen(json)});
}

int nw_http_reply_redirect(nw_http_exchange *exchange, int status, const char *location)
{
    int rc;

    if (status < 300 || status > 399 || status == 304)
        return -EINVAL;
    rc = nw_http_reply_header(exchange, "Location", location);
    return rc < 0 ? rc : nw_http_reply(exchange, status, NULL, (nw_slice){"", 0});
}
