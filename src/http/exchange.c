/* SPDX-License-Identifier: MIT */
/*
 * What a handler asks of the request. Owns an exchange's memory, which goes from connection to connection:
 * after the first few requests nothing is allocated. Waits for bodies only.
 */
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "http/cookie.h"
#include "stream/stream.h"

#define REPLY_FIELDS_BYTES ((size_t)65536)
#define REPLY_FIELDS       256

/* -- taking and giving -- */

/* All of it or nothing: a reply may be the next that is written. */
static int write_continue(nw_http_exchange *exchange)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    nw_stream *stream = exchange->wire.stream;
    int rc = nw__stream_has_room(stream, sizeof text) ? 0 : nw__http_connection_flush(exchange->connection);

    return rc < 0 ? rc : (int)nw_write(stream, text, sizeof text - 1);
}

/* RFC 9110, 10.1.1: the client has been waiting for this before it sends the body. After an error, the next
 * read asks again. */
static int send_continue(struct nw__http_wire *wire, void *arg)
{
    nw_http_exchange *exchange = arg;
    int rc = 0;

    if (wire->parser.length > 0 && (uint64_t)wire->parser.length > wire->body_limit_bytes)
        return -EFBIG;
    if (!wire->parser.expect_continue) {
        if (exchange->reply == NW__HTTP_NO_REPLY)
            nw__http_wire_show(wire); /* what was replied to earlier requests */
        return 0;
    }
    if (!exchange->body_wanted && exchange->reply == NW__HTTP_NO_REPLY)
        rc = write_continue(exchange);
    if (rc < 0)
        return rc;
    exchange->body_wanted = true;
    return nw__http_connection_flush(exchange->connection); /* a reply that has begun says as much */
}

static void start_wire(nw_http_exchange *exchange, struct nw__http_connection *connection)
{
    const nw_http_server_options *options = &connection->server->options;
    struct nw__http_wire *wire = &exchange->wire;

    wire->stream = connection->stream;
    wire->timeouts.read_ns = wire->timeouts.write_ns = options->body_timeout_ns;
    wire->timeouts.rate_bytes = options->body_rate_bytes < 0 ? 0 : options->body_rate_bytes;
    wire->timeouts.write_rate_bytes = options->reply_rate_bytes < 0 ? 0 : options->reply_rate_bytes;
    wire->body_limit_bytes = options->body_limit_bytes < 0 ? UINT64_MAX : (uint64_t)options->body_limit_bytes;
    wire->before_body = send_continue;
    wire->arg = exchange;
}

static nw_http_exchange *create(struct nw__http_connection *connection)
{
    const nw_http_server_options *options = &connection->server->options;
    struct nw__http_limits limits = {options->header_limit_bytes, options->header_limit};
    nw_http_exchange *exchange = calloc(1, sizeof *exchange);

    if (!exchange)
        return NULL;
    nw__link_init(&exchange->spare);
    nw__bytes_init(&exchange->text, SIZE_MAX);
    nw__bytes_init(&exchange->head, SIZE_MAX);
    nw__http_headers_init(&exchange->fields, REPLY_FIELDS_BYTES, REPLY_FIELDS);
    nw__http_headers_init(&exchange->trailer, REPLY_FIELDS_BYTES, REPLY_FIELDS);
    nw__http_wire_init(&exchange->wire, connection->stream, NW__HTTP_REQUESTS, &limits);
    return exchange;
}

static void destroy(nw_http_exchange *exchange)
{
    nw__http_wire_finish(&exchange->wire);
    nw__http_headers_finish(&exchange->fields);
    nw__http_headers_finish(&exchange->trailer);
    nw__bytes_finish(&exchange->text);
    nw__bytes_finish(&exchange->head);
    free(exchange);
}

/* As it is before a request. */
static void clear(nw_http_exchange *exchange)
{
    exchange->method = exchange->target = exchange->path = exchange->query = "";
    exchange->to_head = exchange->body_wanted = exchange->reads_on = false;
    exchange->reply = NW__HTTP_NO_REPLY;
    exchange->status = 0;
    exchange->size_bytes = exchange->sent_bytes = 0;
    exchange->close = exchange->has_date = exchange->has_server = exchange->out_discards = false;
    exchange->out = NULL;
    exchange->lines = (nw_slice){NULL, 0};
    exchange->websocket = NULL;
    exchange->params = NULL;
    exchange->param_count = 0;
}

int nw__http_exchange_take(struct nw__http_connection *connection, nw_http_exchange **exchange_out)
{
    struct nw__http_server *server = connection->server;
    struct nw__link *link = nw__list_pop_front(&server->spare);
    nw_http_exchange *exchange = link ? nw__container(link, nw_http_exchange, spare) : create(connection);

    if (!exchange)
        return -ENOMEM;
    server->spare_count -= link != NULL;
    exchange->connection = connection;
    exchange->began_ns = server->loop->turn_began_ns;
    start_wire(exchange, connection);
    clear(exchange);
    *exchange_out = exchange;
    return 0;
}

/* What the request has made, and the next one must not find. */
static void forget_request(nw_http_exchange *exchange)
{
    nw__http_multipart_close(exchange->multipart);
    exchange->multipart = NULL;
    if (exchange->form_known)
        nw_form_finish(&exchange->form);
    exchange->form_known = false;
    while (exchange->kept) {
        struct nw__http_kept *kept = exchange->kept;
        exchange->kept = kept->next;
        free(kept);
    }
    nw__http_headers_clear(&exchange->fields);
    nw__http_headers_clear(&exchange->trailer);
    nw__bytes_clear(&exchange->text);
}

void nw__http_exchange_give(nw_http_exchange *exchange)
{
    struct nw__http_server *server = exchange->connection->server;
    bool reusable = exchange->wire.parser.message_done && !exchange->wire.read_error;

    forget_request(exchange);
    if (!reusable || server->spare_count >= NW__HTTP_SPARE_EXCHANGES) {
        destroy(exchange);
        return;
    }
    exchange->connection = NULL;
    nw__http_wire_reuse(&exchange->wire, NULL);
    nw__list_push_front(&server->spare, &exchange->spare);
    server->spare_count++;
}

void nw__http_exchanges_free(struct nw__http_server *server)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(&server->spare)))
        destroy(nw__container(link, nw_http_exchange, spare));
    server->spare_count = 0;
}

/* -- the target -- */

/* "http://host/path" (RFC 9112, 3.2.2): what counts begins behind the authority. */
static nw_slice skip_authority(nw_slice target)
{
    const char *end = target.data + target.size, *at;

    if (target.size == 0 || target.data[0] == '/')
        return target;
    at = memmem(target.data, target.size, "://", 3);
    if (!at)
        return target;
    for (at += 3; at < end && *at != '/' && *at != '?'; at++) {
    }
    return (nw_slice){at, (size_t)(end - at)};
}

static char *put(char *at, nw_slice text)
{
    memcpy(at, text.data, text.size);
    at[text.size] = '\0';
    return at + text.size + 1;
}

/* Method, target, query and path, one after the other. */
static int take_apart(nw_http_exchange *exchange, nw_slice method, nw_slice target)
{
    nw_slice path = skip_authority(target), query = {"", 0};
    const char *mark = memchr(path.data, '?', path.size);
    bool star = target.size == 1 && target.data[0] == '*';
    char *at;

    if (mark) {
        query = (nw_slice){mark + 1, (size_t)(path.data + path.size - mark - 1)};
        path.size = (size_t)(mark - path.data);
    }
    if (path.size == 0 && path.data != target.data)
        path = (nw_slice){"/", 1};
    if (nw__bytes_reserve(&exchange->text, method.size + 2 * target.size + 5) < 0)
        return -ENOMEM;
    exchange->method = at = exchange->text.data;
    exchange->target = at = put(at, method);
    exchange->query = at = put(at, target);
    exchange->path = at = put(at, query);
    if (star) {
        put(at, target);
        return 0;
    }
    return nw__http_path_decode(path, at);
}

int nw__http_exchange_begin(nw_http_exchange *exchange)
{
    struct nw__http_parser *parser = &exchange->wire.parser;
    int rc;

    exchange->body_wanted = !parser->expect_continue;
    exchange->to_head = parser->method.size == 4 && memcmp(parser->method.data, "HEAD", 4) == 0;
    rc = take_apart(exchange, parser->method, parser->target);
    if (parser->method.size == 7 && memcmp(parser->method.data, "CONNECT", 7) == 0)
        return 501; /* RFC 9110, 9.3.6: an origin server need not know it */
    if (rc < 0)
        return rc == -ENOMEM ? 503 : 400;
    if (parser->form == NW__HTTP_ABSOLUTE_FORM && (rc = nw__http_parser_replace_host(parser)) < 0)
        return rc == -ENOMEM ? 503 : 431;
    if (exchange->path[0] == '*' && strcmp(exchange->method, "OPTIONS") != 0)
        return 400; /* RFC 9112, 3.2.4 */
    return 0;
}

/* -- what the handler asks -- */

const char *nw_http_method(const nw_http_exchange *exchange)
{
    return exchange ? exchange->method : "";
}

const char *nw_http_target(const nw_http_exchange *exchange)
{
    return exchange ? exchange->target : "";
}

const char *nw_http_path(const nw_http_exchange *exchange)
{
    return exchange ? exchange->path : "";
}

const char *nw_http_query_text(const nw_http_exchange *exchange)
{
    return exchange ? exchange->query : "";
}

const char *nw_http_query(nw_http_exchange *exchange, const char *name)
{
    nw_slice text;

    if (!exchange || !name)
        return NULL;
    text = (nw_slice){exchange->query, strlen(exchange->query)};
    if (!exchange->form_known && nw_form_decode(text, &exchange->form) < 0)
        return NULL;
    exchange->form_known = true;
    return nw_form_value(&exchange->form, name);
}

const nw_http_headers *nw_http_headers_of(const nw_http_exchange *exchange)
{
    return exchange ? &exchange->wire.parser.headers : NULL;
}

const char *nw_http_header(const nw_http_exchange *exchange, const char *name)
{
    return name ? nw_http_headers_get(nw_http_headers_of(exchange), name) : NULL;
}

const char *nw_http_param(const nw_http_exchange *exchange, const char *name)
{
    if (!exchange || !name)
        return NULL;
    for (size_t i = 0; i < exchange->param_count; i++)
        if (strcmp(exchange->params[i].name, name) == 0)
            return exchange->params[i].value;
    return NULL;
}

static const char *keep(nw_http_exchange *exchange, nw_slice text)
{
    struct nw__http_kept *kept = malloc(sizeof *kept + text.size + 1);

    if (!kept)
        return NULL;
    memcpy(kept->text, text.data, text.size);
    kept->text[text.size] = '\0';
    kept->next = exchange->kept;
    exchange->kept = kept;
    return kept->text;
}

const char *nw_http_cookie(nw_http_exchange *exchange, const char *name)
{
    const char *cookies = nw_http_header(exchange, "Cookie");
    nw_slice value;

    if (!cookies || !name || !nw__cookie_find(cookies, name, &value))
        return NULL;
    return keep(exchange, value);
}

const nw_address *nw_http_peer(const nw_http_exchange *exchange)
{
    return exchange ? &exchange->connection->peer : NULL;
}

int nw_http_tls(const nw_http_exchange *exchange, nw_tls_info *info_out)
{
    return exchange && info_out ? nw_tls_inspect(exchange->connection->stream, info_out) : -EINVAL;
}

int64_t nw_http_length(const nw_http_exchange *exchange)
{
    return exchange ? exchange->wire.parser.length : 0;
}

/* -- bodies -- */

void nw_http_limit_body(nw_http_exchange *exchange, int64_t limit_bytes)
{
    if (exchange)
        exchange->wire.body_limit_bytes = limit_bytes < 0 ? UINT64_MAX : (uint64_t)limit_bytes;
}

nw_stream *nw_http_body(nw_http_exchange *exchange)
{
    nw_stream *stream;

    if (!exchange || exchange->reply == NW__HTTP_UPGRADED)
        return NULL;
    return nw__http_wire_body(&exchange->wire, &stream) < 0 ? NULL : stream;
}

int nw_http_read(nw_http_exchange *exchange, size_t limit_bytes, nw_bytes *body_out)
{
    if (!exchange || !body_out)
        return -EINVAL;
    if (limit_bytes && exchange->wire.parser.length > 0 &&
        (uint64_t)exchange->wire.parser.length > limit_bytes)
        return -EFBIG;
    return nw_read_all(nw_http_body(exchange), limit_bytes, body_out);
}

const nw_http_headers *nw_http_trailers(const nw_http_exchange *exchange)
{
    if (!exchange || !exchange->wire.parser.chunked || !exchange->wire.parser.message_done)
        return NULL;
    return &exchange->wire.parser.trailers;
}

int nw_http_next_part(nw_http_exchange *exchange, nw_http_form_part *part_out)
{
    const char *media_type = nw_http_header(exchange, "Content-Type");
    int rc = 0;

    if (!exchange || !part_out || !media_type)
        return -EINVAL;
    if (!exchange->multipart)
        rc = nw__http_multipart_open(nw_http_body(exchange), media_type, &exchange->multipart);
    return rc < 0 ? rc : nw__http_multipart_next(exchange->multipart, part_out);
}

nw_stream *nw__http_exchange_stream(const nw_http_exchange *exchange)
{
    return exchange->connection->stream;
}
