/* SPDX-License-Identifier: MIT */
/*
 * How the two sides agree: what a server takes and what it answers to the rest, byte for byte; and which
 * answers a client does not believe.
 */
#include "../support/http_peer.h"
#include "../support/ws.h"

#define BEGIN   "GET / HTTP/1.1\r\nHost: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: " WS_KEY "\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define ORIGIN  "Origin: http://a.example\r\n"

#define TEXT(status, length, fields, text)                                                                   \
    WEB_REPLY(status, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " length "\r\n" fields,    \
              text)
#define NO TEXT("400 Bad Request", "48", "", "400 Bad Request: this cannot become a WebSocket\n")
#define NO_KEY                                                                                               \
    TEXT("400 Bad Request", "59", "", "400 Bad Request: Sec-WebSocket-Key is missing or malformed\n")
#define NO_ORIGIN TEXT("403 Forbidden", "36", "", "403 Forbidden: not from this origin\n")
#define NO_VERSION                                                                                           \
    TEXT("426 Upgrade Required", "63",                                                                       \
         "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",                       \
         "426 Upgrade Required: a WebSocket of version 13 is served here\n")

static int accept_some(nw_http_exchange *exchange, void *context)
{
    static const char *const protocols[] = {"chat.2", "chat.1"};
    const nw_websocket_options options = {
        .protocols = protocols, .protocol_count = 2, .origin = "http://a.example"};
    nw_websocket *websocket;
    int rc = nw_websocket_accept(exchange, &options, &websocket);

    *(int *)context = rc;
    if (rc < 0)
        return 0;
    CHECK_EQ(nw_websocket_accept(exchange, &options, &websocket), -EALREADY);
    CHECK_EQ(nw_websocket_send_text(websocket, nw_websocket_protocol(websocket)), 0);
    WS_RECEIVE(websocket, 0);
    return 0; /* it is closed with the handler */
}

static const struct request {
    const char *fields, *answer;
    int rc;
} requests[] = {
    {BEGIN "\r\n", NO_VERSION, NW_EPROTOCOL},
    {BEGIN UPGRADE KEY ORIGIN "\r\n", NO_VERSION, NW_EPROTOCOL},
    {BEGIN UPGRADE KEY ORIGIN "Sec-WebSocket-Version: 8\r\n\r\n", NO_VERSION, NW_EPROTOCOL},
    {BEGIN UPGRADE KEY ORIGIN VERSION VERSION "\r\n", NO_VERSION, NW_EPROTOCOL},
    {BEGIN "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION ORIGIN "\r\n", NO_VERSION, NW_EPROTOCOL},
    {BEGIN "Upgrade: websocket\r\n" KEY VERSION ORIGIN "\r\n", NO, NW_EPROTOCOL},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" UPGRADE KEY VERSION ORIGIN "\r\n", NO,
     NW_EPROTOCOL},
    {BEGIN UPGRADE VERSION ORIGIN "\r\n", NO_KEY, NW_EPROTOCOL},
    {BEGIN UPGRADE VERSION ORIGIN KEY KEY "\r\n", NO_KEY, NW_EPROTOCOL},
    {BEGIN UPGRADE VERSION ORIGIN "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n\r\n", NO_KEY, NW_EPROTOCOL},
    {BEGIN UPGRADE VERSION ORIGIN "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSEh\r\n\r\n", NO_KEY,
     NW_EPROTOCOL},
    {BEGIN UPGRADE KEY VERSION "\r\n", NO_ORIGIN, -EACCES},
    {BEGIN UPGRADE KEY VERSION "Origin: http://b.example\r\n\r\n", NO_ORIGIN, -EACCES},
    {BEGIN UPGRADE KEY VERSION ORIGIN ORIGIN "\r\n", NO_ORIGIN, -EACCES},
};

#define BYE_AND_END "\x88\x80\0\0\0\0"

static void check_agreed(const struct web *web, const char *fields, const char *protocol_line,
                         const char *text)
{
    nw_stream *stream = web_connect(web);
    char answer[512], frames[64];

    web_say(stream, fields);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " WS_ACCEPT
             "\r\n%sUpgrade: websocket\r\n\r\n",
             protocol_line);
    WEB_NEXT(stream, answer);
    CHECK_EQ(nw_write(stream, BYE_AND_END, 6), 6);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_read_exactly(stream, frames, 4 + strlen(text)), (ssize_t)(4 + strlen(text)));
    CHECK(frames[0] == (char)0x81 && (size_t)frames[1] == strlen(text));
    CHECK(memcmp(frames + 2, text, strlen(text)) == 0);
    CHECK(memcmp(frames + 2 + strlen(text), "\x88", 2) == 0);
    CHECK_EQ(nw_read(stream, frames, 1), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static void check_server(void)
{
    struct web web = {.handler = NULL};
    int rc;

    web_start(&web, accept_some, &rc);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        rc = 1;
        WEB_EXCHANGE(&web, requests[i].fields, requests[i].answer);
        CHECK_EQ(rc, requests[i].rc);
    }
    check_agreed(&web, BEGIN UPGRADE KEY VERSION ORIGIN "\r\n", "", "");
    check_agreed(&web,
                 BEGIN "upgrade: h2c, WebSocket\r\nconnection: keep-alive, UPGRADE\r\n" KEY VERSION ORIGIN
                       "Sec-WebSocket-Protocol: x, chat.1\r\nSec-WebSocket-Protocol: chat.2\r\n"
                       "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                 "Sec-WebSocket-Protocol: chat.2\r\n", "chat.2");
    check_agreed(&web, BEGIN UPGRADE KEY VERSION ORIGIN "Sec-WebSocket-Protocol: CHAT.2\r\n\r\n", "", "");
    web_stop(&web);
}

/* -- the client -- */

#define SWITCH   "HTTP/1.1 101 Switching Protocols\r\n"
#define ACCEPTED "Sec-WebSocket-Accept: " WS_ACCEPT "\r\n"

static int answer(struct peer *peer, nw_stream *stream)
{
    const char *text = peer->arg;

    if (strncmp(text, "HTTP", 4) != 0)
        CHECK_EQ(ws_agree(stream, text), 0);
    else if (peer_read_head(peer, stream) > 0)
        CHECK_EQ(peer_say(stream, text), 0);
    return 0;
}

static int try_answer(struct peer *peer, const char *text, char protocol_out[32])
{
    static const char *const protocols[] = {"a", "b"};
    const nw_websocket_options options = {.protocols = protocols, .protocol_count = 2};
    nw_websocket *websocket;
    char url[64];
    int rc;

    peer->arg = (void *)(uintptr_t)text;
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/x?y", peer->port);
    rc = nw_websocket_connect(NULL, &options, url, &websocket);
    if (rc == 0) {
        snprintf(protocol_out, 32, "%s", nw_websocket_protocol(websocket));
        CHECK_EQ(nw_websocket_close(websocket, 0, NULL), NW_ETRUNCATED);
    }
    return rc;
}

static void check_client(void)
{
    static struct peer peer;
    char protocol[32] = "";

    peer_begin(&peer, answer);
    CHECK_EQ(try_answer(&peer, "", protocol), 0);
    CHECK_STR(protocol, "");
    CHECK_EQ(try_answer(&peer, "Sec-WebSocket-Protocol: b\r\n", protocol), 0);
    CHECK_STR(protocol, "b");
    CHECK_EQ(try_answer(&peer, "Sec-WebSocket-Protocol: c\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, "Sec-WebSocket-Protocol: a, b\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, "Sec-WebSocket-Extensions: permessage-deflate\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, SWITCH UPGRADE "\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, SWITCH UPGRADE ACCEPTED "\r\n", protocol), NW_EPROTOCOL); /* of another key */
    CHECK_EQ(try_answer(&peer, SWITCH "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", protocol), NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", protocol),
             NW_EPROTOCOL);
    CHECK_EQ(try_answer(&peer, "HTTP/1.1 101", protocol), NW_ETRUNCATED);
    peer_end(&peer);
}

static void check_mistakes(void)
{
    static const char *const no_token[] = {"a b"};
    static const nw_pair ours[] = {{"sec-websocket-key", "x"}}, split[] = {{"X", "a\r\nY: b"}};
    nw_websocket *websocket = NULL;

    CHECK_EQ(nw_websocket_connect(NULL, NULL, "http://127.0.0.1/", &websocket), -EINVAL);
    CHECK_EQ(nw_websocket_connect(NULL, NULL, "w", &websocket), -EINVAL);
    CHECK_EQ(nw_websocket_connect(NULL, NULL, NULL, &websocket), -EINVAL);
    CHECK_EQ(
        nw_websocket_connect(NULL, &(nw_websocket_options){.reserved = {1}}, "ws://127.0.0.1/", &websocket),
        -EINVAL);
    CHECK_EQ(nw_websocket_connect(NULL, &(nw_websocket_options){.protocols = no_token, .protocol_count = 1},
                                  "ws://127.0.0.1/", &websocket),
             -EINVAL);
    CHECK_EQ(nw_websocket_connect(NULL, &(nw_websocket_options){.headers = ours, .header_count = 1},
                                  "ws://127.0.0.1/", &websocket),
             -EINVAL);
    CHECK_EQ(nw_websocket_connect(NULL, &(nw_websocket_options){.headers = split, .header_count = 1},
                                  "ws://127.0.0.1/", &websocket),
             -EINVAL);
    CHECK(websocket == NULL);
    CHECK_EQ(nw_websocket_accept(NULL, NULL, &websocket), -EINVAL);
    CHECK_EQ(nw_websocket_close(NULL, 0, NULL), 0);
}

static int test(void *arg)
{
    (void)arg;
    check_server();
    check_client();
    check_mistakes();
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
