/* SPDX-License-Identifier: MIT */
/*
 * What the tests of WebSockets share: a server with a handler, clients of it, and peers that say bytes as
 * they are. Public headers and the C library only.
 */
#ifndef NW_TESTS_WS_H
#define NW_TESTS_WS_H

#include "web.h"

#define WS_KEY    "dGhlIHNhbXBsZSBub25jZQ=="     /* RFC 6455, 1.3 */
#define WS_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* the same */

#define WS_REQUEST                                                                                           \
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " WS_KEY   \
    "\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define WS_RESPONSE                                                                                          \
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " WS_ACCEPT            \
    "\r\nUpgrade: websocket\r\n\r\n"

/* A handler: what comes goes back, until the peer has closed it. Its context is what receive returned last.
 */
CHECK_UNUSED static int ws_echo(nw_http_exchange *exchange, void *context)
{
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_accept(exchange, NULL, &websocket);

    if (rc < 0)
        return rc;
    while ((rc = nw_websocket_receive(websocket, &type, &message)) > 0)
        if (nw_websocket_send(websocket, type, message.data, message.size) < 0)
            break;
    if (context)
        *(int *)context = rc;
    nw_websocket_close(websocket, 0, NULL);
    return 0;
}

CHECK_UNUSED static nw_websocket *ws_connect(const struct web *web, const nw_websocket_options *options)
{
    nw_websocket *websocket;
    char url[NW_ADDRESS_TEXT_BYTES + 16];

    snprintf(url, sizeof url, "ws://%s/", web->where + strlen("tcp://"));
    CHECK_EQ(nw_websocket_connect(NULL, options, url, &websocket), 0);
    return websocket;
}

/* The next message is this. */
CHECK_UNUSED static void ws_expect(const char *file, int line, nw_websocket *websocket,
                                   enum nw_websocket_type expected_type, const char *expected, size_t size)
{
    enum nw_websocket_type type;
    nw_slice message;
    int rc = nw_websocket_receive(websocket, &type, &message);

    if (rc != 1 || type != expected_type || message.size != size || memcmp(message.data, expected, size) != 0)
        check_fail(file, line, "receive: %d, %.*s in place of %.*s", rc, rc == 1 ? (int)message.size : 0,
                   rc == 1 ? message.data : "", (int)size, expected);
}

#define WS_TEXT(websocket, text)                                                                             \
    ws_expect(__FILE__, __LINE__, websocket, NW_WEBSOCKET_TEXT, text, strlen(text))
#define WS_BINARY(websocket, data, size)                                                                     \
    ws_expect(__FILE__, __LINE__, websocket, NW_WEBSOCKET_BINARY, data, size)
/* receive returns this, and no message. */
#define WS_RECEIVE(websocket, expected)                                                                      \
    do {                                                                                                     \
        enum nw_websocket_type _type;                                                                        \
        nw_slice _message;                                                                                   \
        CHECK_EQ(nw_websocket_receive(websocket, &_type, &_message), expected);                              \
    } while (0)

#endif
