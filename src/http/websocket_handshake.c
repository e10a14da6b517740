/* SPDX-License-Identifier: MIT */
/*
 * How both sides agree on a WebSocket (RFC 6455, 4): a request of the client's that asks for it, checked by
 * nw_websocket_accept(), and its answer, checked by nw_websocket_connect(). No extensions are offered, and
 * none taken.
 */
#include <nowait/text.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "http/server.h"
#include "http/websocket.h"

#define NONCE_BYTES  16
#define KEY_BYTES    24 /* of the nonce, in base64 */
#define ACCEPT_BYTES 28 /* of a SHA-1, the same */
#define FIELDS_MAX   1000

/* RFC 6455, 4.2.2, 5.4. */
static int answer_key(const char *key, char accept_out[ACCEPT_BYTES + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH], text[KEY_BYTES + sizeof guid - 1];
    int saved_errno = errno;
    bool done;

    memcpy(text, key, KEY_BYTES);
    memcpy(text + KEY_BYTES, guid, sizeof guid - 1);
    done = SHA1(text, sizeof text, digest) != NULL;
    if (done)
        EVP_EncodeBlock((unsigned char *)accept_out, digest, sizeof digest);
    errno = saved_errno;
    return done ? 0 : -ENOMEM;
}

/* 16 bytes in base64: 22 digits and "==". */
static bool is_key(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return strlen(key) == KEY_BYTES && strspn(key, digits) == KEY_BYTES - 2 && key[KEY_BYTES - 2] == '=' &&
           key[KEY_BYTES - 1] == '=';
}

static size_t count_of(const nw_http_headers *headers, const char *name)
{
    size_t count = 0;
    nw_pair field;

    for (size_t i = 0; nw_http_headers_at(headers, i, &field); i++)
        count += nw__http_same(nw_slice_of(field.name), nw_slice_of(name));
    return count;
}

static int check_protocols(const nw_websocket_options *options)
{
    for (size_t i = 0; i < options->protocol_count; i++)
        if (!options->protocols[i] || !nw__http_is_token(nw_slice_of(options->protocols[i])))
            return -EINVAL;
    return 0;
}

static int check(const nw_websocket_options *options)
{
    int rc = nw__ws_check_options(options);

    return rc < 0 ? rc : check_protocols(options);
}

/* -- the server -- */

static int refuse(nw_http_exchange *exchange, int status, const char *why, int error)
{
    int rc = nw_http_reply_text(exchange, status, "%d %s: %s\n", status, nw_http_reason(status), why);

    return rc < 0 ? rc : error;
}

/* RFC 6455, 4.2.2 and 4.4: a client that speaks another version, or none, is told which. */
static int ask_to_upgrade(nw_http_exchange *exchange)
{
    int rc;

    exchange->lines =
        NW__LITERAL("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
    rc = refuse(exchange, 426, "a WebSocket of version 13 is served here", NW_EPROTOCOL);
    exchange->lines = (nw_slice){NULL, 0};
    return rc;
}

/* RFC 6455, 4.2.1. */
static int check_request(nw_http_exchange *exchange, const nw_websocket_options *options)
{
    const nw_http_headers *headers = nw_http_headers_of(exchange);
    const char *key = nw_http_header(exchange, "Sec-WebSocket-Key");
    const char *version = nw_http_header(exchange, "Sec-WebSocket-Version");
    const char *origin = nw_http_header(exchange, "Origin");

    if (!nw__http_headers_have_token(headers, "Upgrade", "websocket"))
        return ask_to_upgrade(exchange);
    if (strcmp(nw_http_method(exchange), "GET") != 0 || exchange->wire.parser.minor_version < 1 ||
        exchange->wire.parser.length != 0 || !nw__http_headers_have_token(headers, "Connection", "upgrade"))
        return refuse(exchange, 400, "this cannot become a WebSocket", NW_EPROTOCOL);
    if (!version || strcmp(version, "13") != 0 || count_of(headers, "Sec-WebSocket-Version") != 1)
        return ask_to_upgrade(exchange);
    if (!key || !is_key(key) || count_of(headers, "Sec-WebSocket-Key") != 1)
        return refuse(exchange, 400, "Sec-WebSocket-Key is missing or malformed", NW_EPROTOCOL);
    if (options->origin &&
        (!origin || strcmp(origin, options->origin) != 0 || count_of(headers, "Origin") != 1))
        return refuse(exchange, 403, "not from this origin", -EACCES);
    return 0;
}

/* Protocols are compared with case. */
static bool asks_for(const nw_http_headers *headers, const char *protocol)
{
    nw_slice wanted = nw_slice_of(protocol), rest, item;
    nw_pair field;

    for (size_t i = 0; nw_http_headers_at(headers, i, &field); i++) {
        if (!nw__http_same(nw_slice_of(field.name), NW__LITERAL("Sec-WebSocket-Protocol")))
            continue;
        rest = nw_slice_of(field.value);
        while (nw__http_list_next(&rest, &item))
            if (nw_slice_equal(item, wanted))
                return true;
    }
    return false;
}

/* RFC 6455, 4.2.2, 5.5: one of those that were asked for, or none. */
static const char *choose_protocol(const nw_http_exchange *exchange, const nw_websocket_options *options)
{
    const nw_http_headers *headers = nw_http_headers_of(exchange);

    for (size_t i = 0; i < options->protocol_count; i++)
        if (asks_for(headers, options->protocols[i]))
            return options->protocols[i];
    return "";
}

static int switch_over(nw_http_exchange *exchange, const char *protocol, nw_stream **stream_out)
{
    char accept[ACCEPT_BYTES + 1];
    int rc = answer_key(nw_http_header(exchange, "Sec-WebSocket-Key"), accept);

    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Sec-WebSocket-Accept", accept);
    if (rc == 0 && *protocol)
        rc = nw_http_reply_header(exchange, "Sec-WebSocket-Protocol", protocol);
    return rc < 0 ? rc : nw_http_upgrade(exchange, "websocket", stream_out);
}

int nw_websocket_accept(nw_http_exchange *exchange, const nw_websocket_options *options,
                        nw_websocket **websocket_out)
{
    static const nw_websocket_options defaults;
    const nw_websocket_options *chosen = options ? options : &defaults;
    const char *protocol;
    nw_stream *stream;
    int rc;

    if (!exchange || !websocket_out || check(chosen) < 0)
        return -EINVAL;
    if (nw_http_replied(exchange))
        return -EALREADY;
    rc = check_request(exchange, chosen);
    if (rc < 0)
        return rc;
    protocol = choose_protocol(exchange, chosen);
    rc = switch_over(exchange, protocol, &stream);
    if (rc == 0)
        rc = nw__ws_open(stream, exchange, chosen, protocol, &exchange->websocket);
    if (rc == 0)
        *websocket_out = exchange->websocket;
    return rc;
}

/* -- the client -- */

/* What a request consists of, in one piece of memory. */
struct request {
    nw_http_headers fields;
    nw_pair *pairs;
    char *url;
    char key[KEY_BYTES + 1];
};

/* "ws" as "http", "wss" as "https". */
static int translate(const char *url, char **url_out)
{
    bool plain = nw__http_same((nw_slice){url, strnlen(url, 3)}, NW__LITERAL("ws:"));
    bool tls = nw__http_same((nw_slice){url, strnlen(url, 4)}, NW__LITERAL("wss:"));
    size_t size = strlen(url) + 3;

    if (!plain && !tls)
        return -EINVAL;
    *url_out = malloc(size);
    if (!*url_out)
        return -ENOMEM;
    memcpy(*url_out, tls ? "https" : "http", tls ? 5 : 4);
    strcpy(*url_out + (tls ? 5 : 4), url + (tls ? 3 : 2));
    return 0;
}

static int make_key(char key_out[KEY_BYTES + 1])
{
    unsigned char nonce[NONCE_BYTES];

    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        return -EIO;
    EVP_EncodeBlock((unsigned char *)key_out, nonce, sizeof nonce);
    return 0;
}

/* Those that make the handshake are ours. */
static bool is_ours(const char *name)
{
    static const char prefix[] = "Sec-WebSocket-";
    nw_slice text = nw_slice_of(name);

    if (nw__http_same(text, NW__LITERAL("Connection")) || nw__http_same(text, NW__LITERAL("Upgrade")))
        return true;
    text.size = text.size < sizeof prefix - 1 ? text.size : sizeof prefix - 1;
    return nw__http_same(text, NW__LITERAL("Sec-WebSocket-"));
}

static int add_users_fields(struct request *request, const nw_websocket_options *options)
{
    int rc = 0;

    for (size_t i = 0; i < options->header_count && rc == 0; i++) {
        const nw_pair *field = &options->headers[i];
        rc = !field->name || !field->value || is_ours(field->name)
                 ? -EINVAL
                 : nw_http_headers_add(&request->fields, field->name, field->value);
    }
    if (rc == 0 && options->origin)
        rc = nw_http_headers_set(&request->fields, "Origin", options->origin);
    return rc;
}

/* In one field: there are servers that read the first only. */
static int add_protocols(struct request *request, const nw_websocket_options *options)
{
    struct nw__bytes list;
    int rc = 0;

    nw__bytes_init(&list, NW__HTTP_HEADERS_BYTES);
    for (size_t i = 0; i < options->protocol_count && rc == 0; i++) {
        const char *protocol = options->protocols[i];
        rc = nw__bytes_append(&list, ", ", i > 0 ? 2 : 0);
        if (rc == 0)
            rc = nw__bytes_append_text(&list, protocol);
    }
    if (rc == 0)
        rc = nw__bytes_append(&list, "", 1);
    if (rc == 0)
        rc = nw_http_headers_add(&request->fields, "Sec-WebSocket-Protocol", list.data);
    nw__bytes_finish(&list);
    return rc;
}

/* RFC 6455, 4.1. */
static int add_fields(struct request *request, const nw_websocket_options *options)
{
    int rc = add_users_fields(request, options);

    if (rc == 0)
        rc = make_key(request->key);
    if (rc == 0)
        rc = nw_http_headers_add(&request->fields, "Sec-WebSocket-Key", request->key);
    if (rc == 0)
        rc = nw_http_headers_add(&request->fields, "Sec-WebSocket-Version", "13");
    return rc < 0 || options->protocol_count == 0 ? rc : add_protocols(request, options);
}

static void finish_request(struct request *request)
{
    nw__http_headers_finish(&request->fields);
    free(request->pairs);
    free(request->url);
}

static int init_request(struct request *request, const nw_websocket_options *options, const char *url)
{
    int rc;

    *request = (struct request){.pairs = NULL};
    nw__http_headers_init(&request->fields, NW__HTTP_HEADERS_BYTES, FIELDS_MAX);
    rc = translate(url, &request->url);
    if (rc == 0)
        rc = add_fields(request, options);
    if (rc == 0) {
        request->pairs = calloc(request->fields.count, sizeof *request->pairs);
        rc = request->pairs ? 0 : -ENOMEM;
    }
    for (size_t i = 0; rc == 0 && i < request->fields.count; i++)
        (void)nw_http_headers_at(&request->fields, i, &request->pairs[i]);
    if (rc < 0)
        finish_request(request);
    return rc;
}

static bool offered(const nw_websocket_options *options, const char *protocol)
{
    for (size_t i = 0; i < options->protocol_count; i++)
        if (strcmp(options->protocols[i], protocol) == 0)
            return true;
    return false;
}

/* RFC 6455, 4.1: what the server must have said. */
static int check_response(const nw_http_response *response, const struct request *request,
                          const nw_websocket_options *options)
{
    const nw_http_headers *headers = nw_http_response_headers(response);
    const char *upgrade = nw_http_headers_get(headers, "Upgrade");
    const char *accept = nw_http_headers_get(headers, "Sec-WebSocket-Accept");
    const char *protocol = nw_http_headers_get(headers, "Sec-WebSocket-Protocol");
    char expected[ACCEPT_BYTES + 1];
    int rc = answer_key(request->key, expected);

    if (rc < 0)
        return rc;
    if (nw_http_response_status(response) != 101 || !upgrade ||
        !nw__http_same(nw_slice_of(upgrade), NW__LITERAL("websocket")) ||
        !nw__http_headers_have_token(headers, "Connection", "upgrade") || !accept ||
        strcmp(accept, expected) != 0 || count_of(headers, "Sec-WebSocket-Accept") != 1)
        return NW_EPROTOCOL;
    if (nw_http_headers_get(headers, "Sec-WebSocket-Extensions"))
        return NW_EPROTOCOL;
    if (protocol && (count_of(headers, "Sec-WebSocket-Protocol") != 1 || !offered(options, protocol)))
        return NW_EPROTOCOL;
    return 0;
}

static int open_over(nw_http_response *response, const nw_websocket_options *options,
                     nw_websocket **websocket_out)
{
    const char *protocol = nw_http_response_header(response, "Sec-WebSocket-Protocol");
    nw_stream *stream;
    int rc = nw_http_response_upgraded(response, &stream);

    if (rc < 0)
        return rc;
    rc = nw__ws_open(stream, NULL, options, protocol ? protocol : "", websocket_out);
    if (rc < 0)
        (void)nw_close(stream);
    return rc;
}

static int connect_with(nw_http_client *client, const nw_websocket_options *options,
                        const struct request *request, nw_websocket **websocket_out)
{
    nw_http_request_options ask = {.url = request->url,
                                   .headers = request->pairs,
                                   .header_count = request->fields.count,
                                   .upgrade = "websocket"};
    nw_http_response *response;
    int rc = nw_http_request(client, &ask, &response);

    if (rc < 0)
        return rc;
    rc = check_response(response, request, options);
    if (rc == 0)
        rc = open_over(response, options, websocket_out);
    nw_http_response_close(response);
    return rc;
}

int nw_websocket_connect(nw_http_client *client, const nw_websocket_options *options, const char *url,
                         nw_websocket **websocket_out)
{
    static const nw_websocket_options defaults;
    const nw_websocket_options *chosen = options ? options : &defaults;
    struct request request;
    int rc;

    if (!url || !websocket_out || check(chosen) < 0)
        return -EINVAL;
    rc = init_request(&request, chosen, url);
    if (rc < 0)
        return rc;
    rc = connect_with(client, chosen, &request, websocket_out);
    finish_request(&request);
    return rc;
}
