/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection: a task that waits for a request, calls the handler, sends what it has replied,
 * and begins again. Owns the stream, and an exchange from a request's first byte to the reply's last. What a
 * client sees of its mistakes is decided here.
 */
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "stream/stream.h"

enum next {
    NEXT_GONE = 0, /* everything was sent, or nothing can be */
    NEXT_CLOSE,    /* as soon as what was said is sent */
    NEXT_REQUEST,
    NEXT_LINGER, /* the client may be sending still */
};

void nw__http_server_tell(const struct nw__http_server *server, int error, const char *what,
                          const nw_address *peer)
{
    if (server->options.on_error && error != -ECANCELED)
        server->options.on_error(error, what, peer, server->options.arg);
}

static void tell(const struct nw__http_connection *connection, int error, const char *what)
{
    nw__http_server_tell(connection->server, error, what, &connection->peer);
}

/* Called by handlers, whose later waits must not find that the connection's own deadline has passed. */
int nw__http_connection_flush(struct nw__http_connection *connection)
{
    nw_deadline deadline;
    int rc;

    nw_deadline_begin(&deadline, connection->server->options.body_timeout_ns);
    rc = nw_flush(connection->stream);
    (void)nw_deadline_end(&deadline);
    return rc;
}

/* -- waiting -- */

static bool has_input(const struct nw__http_connection *connection)
{
    return nw__stream_available(connection->stream) > 0;
}

/* All that was replied to requests that came together goes out together. */
static int send_replies(struct nw__http_connection *connection)
{
    int rc;

    if (nw__stream_pending(connection->stream) == 0 && !connection->stream->transport->kind->flush)
        return 0;
    nw__http_clock_stage(connection, NW__HTTP_SEND);
    rc = nw_flush(connection->stream);
    if (rc < 0)
        tell(connection, rc, "send");
    return rc;
}

static void renew_deadline(struct nw__http_connection *connection)
{
    (void)nw_deadline_end(&connection->deadline);
    nw_deadline_begin(&connection->deadline, NW_FOREVER);
    connection->timed_out = false;
}

/* What the transports know of their input may be old. */
static void forget_what_is_known(nw_stream *stream)
{
    while (stream) {
        struct nw__transport *transport = stream->transport;
        transport->dry = false;
        stream = transport->kind->below ? transport->kind->below(transport) : NULL;
    }
}

/* Its time is over: a request that has come just now is served. One more look, without waiting for more than
 * the loop's next turn. */
static ssize_t look_once_more(struct nw__http_connection *connection)
{
    nw_deadline deadline;
    nw_slice view;
    ssize_t n;

    renew_deadline(connection);
    forget_what_is_known(connection->stream);
    nw_deadline_begin(&deadline, 1);
    n = nw_peek(connection->stream, 1, &view);
    (void)nw_deadline_end(&deadline);
    return n;
}

/* Returns: 1: it has begun to come; 0: none will; an error. */
static int await_request(struct nw__http_connection *connection)
{
    nw_slice view;
    int rc;

    if (has_input(connection))
        return 1;
    rc = send_replies(connection);
    if (rc < 0 || connection->server->draining)
        return rc;
    nw__http_clock_stage(connection, NW__HTTP_IDLE);
    ssize_t n = nw_peek(connection->stream, 1, &view);
    if (connection->timed_out)
        n = look_once_more(connection);
    return n > 0 ? 1 : (int)n;
}

/* -- what is refused -- */

/* Over TLS, too, the client sees that this is not all. */
static enum next tear(struct nw__http_connection *connection)
{
    connection->stream->transport->torn = true;
    return NEXT_CLOSE;
}

static enum next refuse(struct nw__http_connection *connection, int status, const char *why)
{
    nw_http_exchange *exchange = connection->exchange;

    exchange->close = true;
    nw__http_reply_refuse(exchange, status, why);
    nw__http_log(exchange);
    return exchange->reply == NW__HTTP_REPLIED ? NEXT_LINGER : tear(connection);
}

/* No head: what that means. RFC 9110, 15.5.9 for a client that is too slow. */
static enum next refuse_head(struct nw__http_connection *connection, int error)
{
    const struct nw__http_parser *parser = &connection->exchange->wire.parser;

    if (connection->timed_out) {
        if (!parser->begun)
            return NEXT_CLOSE;
        renew_deadline(connection);
        return refuse(connection, 408, NULL);
    }
    if (error == NW_EPROTOCOL || error == -EMSGSIZE)
        return refuse(connection, parser->refusal ? parser->refusal : 400, parser->why);
    if (error == -ENOMEM)
        return refuse(connection, 503, NULL);
    return NEXT_CLOSE;
}

/* RFC 9110, 9.3.7: it asks for the server, not for something on it. */
static void reply_to_options(nw_http_exchange *exchange)
{
    if (nw_http_reply_header(exchange, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS") < 0 ||
        nw_http_reply(exchange, 204, NULL, (nw_slice){"", 0}) < 0)
        exchange->reply = NW__HTTP_REPLY_BROKEN;
}

/* -- a request -- */

/* The rest of a body that the handler did not want (RFC 9112, 9.3). The client may be waiting for the reply.
 */
static enum next skip_body(struct nw__http_connection *connection)
{
    struct nw__http_wire *wire = &connection->exchange->wire;

    if (wire->parser.message_done)
        return NEXT_REQUEST;
    if (wire->read_error || wire->read_timed_out)
        return NEXT_LINGER;
    bool all_here = wire->parser.length >= 0 && (uint64_t)wire->parser.length - wire->body_bytes <=
                                                    nw__stream_available(connection->stream);
    if (!all_here && send_replies(connection) < 0)
        return NEXT_CLOSE;
    return nw__http_wire_drain(wire, NW__HTTP_DRAIN_BYTES) < 0 ? NEXT_LINGER : NEXT_REQUEST;
}

static enum next after_reply(struct nw__http_connection *connection)
{
    const nw_http_exchange *exchange = connection->exchange;

    if (exchange->reply == NW__HTTP_REPLY_BROKEN)
        return tear(connection);
    if (exchange->reply == NW__HTTP_UPGRADED)
        return NEXT_CLOSE;
    if (exchange->close) /* who has asked for it sends nothing more */
        return exchange->wire.parser.message_done && !exchange->wire.parser.keep_alive ? NEXT_CLOSE
                                                                                       : NEXT_LINGER;
    return skip_body(connection);
}

static enum next serve(struct nw__http_connection *connection)
{
    nw_http_exchange *exchange = connection->exchange;
    struct nw__http_server *server = connection->server;
    int status = nw__http_exchange_begin(exchange);

    connection->requests++;
    if (status)
        return refuse(connection, status, NULL);
    nw__http_clock_stage(connection, NW__HTTP_WORK);
    if (exchange->path[0] == '*')
        reply_to_options(exchange);
    else
        nw__http_reply_finish(exchange, server->handler(exchange, server->context));
    nw__http_log(exchange);
    return after_reply(connection);
}

/* A head that came in the turn in which its time was over is served: the handler's time is another. */
static int read_head(struct nw__http_connection *connection)
{
    int rc;

    nw__http_clock_stage(connection, NW__HTTP_HEAD);
    rc = nw__http_wire_read_head(&connection->exchange->wire, NW__HTTP_ANSWER);
    if (rc > 0 && connection->timed_out)
        renew_deadline(connection);
    return rc > 0 && nw_interrupted() < 0 ? nw_interrupted() : rc;
}

static enum next serve_request(struct nw__http_connection *connection)
{
    enum next next;
    int rc = await_request(connection);

    if (rc <= 0)
        return NEXT_GONE;
    rc = nw__http_exchange_take(connection, &connection->exchange);
    if (rc < 0) {
        tell(connection, rc, "request");
        return NEXT_CLOSE;
    }
    rc = read_head(connection);
    next = rc > 0 ? serve(connection) : refuse_head(connection, rc);
    nw__http_exchange_give(connection->exchange);
    connection->exchange = NULL;
    return next;
}

/* -- the end -- */

/*
 * RFC 9112, 9.6: a socket that is closed while something is unread is reset, and the client may lose the
 * reply. So only our side is closed first, and what comes is read for a while.
 */
static void linger(struct nw__http_connection *connection)
{
    nw__http_clock_stage(connection, NW__HTTP_LINGER);
    if (nw_shutdown(connection->stream) == 0)
        (void)nw_skip(connection->stream, NW__HTTP_LINGER_BYTES);
}

/* Too many connections: RFC 9110, 15.6.4 and 10.2.3. The request is not looked at. */
static enum next shed(struct nw__http_connection *connection)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Retry-After: 1\r\n"
                               "Content-Length: 0\r\n"
                               "Connection: close\r\n"
                               "\r\n";

    if (connection->server->options.tls)
        return NEXT_CLOSE; /* a handshake is what there is no room for */
    return nw_write(connection->stream, text, sizeof text - 1) < 0 ? NEXT_CLOSE : NEXT_LINGER;
}

static int open_tls(struct nw__http_connection *connection)
{
    const nw_tls_context *tls = connection->server->options.tls;
    nw_stream *stream;
    int rc;

    if (!tls || connection->shed)
        return 0;
    rc = nw_tls_accept(tls, connection->stream, &stream);
    if (rc < 0)
        tell(connection, rc, "tls");
    else
        connection->stream = stream;
    return rc;
}

static void leave(struct nw__http_connection *connection)
{
    struct nw__http_server *server = connection->server;

    server->shed_count -= connection->shed;
    nw__http_clock_leave(connection);
    nw_event_set(&server->left);
    free(connection);
}

static int live(void *arg)
{
    struct nw__http_connection *connection = arg;
    enum next next = NEXT_CLOSE;

    connection->task = nw__task_self();
    nw_deadline_begin(&connection->deadline, NW_FOREVER);
    if (!connection->server->draining && open_tls(connection) == 0)
        next = connection->shed ? shed(connection) : NEXT_REQUEST;
    while (next == NEXT_REQUEST)
        next = serve_request(connection);
    if (next != NEXT_GONE && send_replies(connection) == 0 && next == NEXT_LINGER)
        linger(connection);
    (void)nw_close(connection->stream);
    (void)nw_deadline_end(&connection->deadline);
    leave(connection);
    return 0;
}

int nw__http_connection_open(struct nw__http_server *server, nw_stream *stream, const nw_address *peer,
                             bool is_shed)
{
    struct nw__http_connection *connection = calloc(1, sizeof *connection);
    int rc;

    if (!connection)
        return -ENOMEM;
    connection->server = server;
    connection->stream = stream;
    connection->peer = *peer;
    connection->shed = is_shed;
    rc = nw__http_clock_join(connection);
    if (rc < 0) {
        free(connection);
        return rc;
    }
    server->shed_count += is_shed;
    rc = nw_group_spawn(&server->tasks, live, connection);
    if (rc < 0)
        leave(connection);
    return rc;
}
