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

/* -- a server that says bytes as they are -- */

CHECK_UNUSED static uint32_t ws_turn(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

/* SHA-1 of less than 120 bytes, for the key of the client under test. */
CHECK_UNUSED static void ws_sha1(const char *text, unsigned char digest[20])
{
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char data[128] = {0};
    size_t size = strlen(text), blocks = size < 56 ? 1 : 2;

    memcpy(data, text, size);
    data[size] = 0x80;
    data[blocks * 64 - 2] = (unsigned char)(size * 8 >> 8);
    data[blocks * 64 - 1] = (unsigned char)(size * 8);
    for (size_t block = 0; block < blocks; block++) {
        uint32_t w[80], v[5];
        for (size_t i = 0; i < 80; i++) {
            const unsigned char *at = data + block * 64 + i * 4;
            w[i] = i < 16 ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                          : ws_turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        }
        memcpy(v, h, sizeof v);
        for (size_t i = 0; i < 80; i++) {
            uint32_t f = i < 20   ? ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5a827999
                         : i < 40 ? (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1
                         : i < 60 ? ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8f1bbcdc
                                  : (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
            uint32_t next = ws_turn(v[0], 5) + f + v[4] + w[i];
            v[4] = v[3], v[3] = v[2], v[2] = ws_turn(v[1], 30), v[1] = v[0], v[0] = next;
        }
        for (int i = 0; i < 5; i++)
            h[i] += v[i];
    }
    for (int i = 0; i < 20; i++)
        digest[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* Read the client's request and answer it; `lines`: more of the answer. */
CHECK_UNUSED static int ws_agree(nw_stream *stream, const char *lines)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char key[64] = "", accept[32] = "";
    unsigned char digest[21] = {0};
    nw_slice line;
    ssize_t n;

    while ((n = nw_read_line(stream, &line)) > 2)
        if (n > 43 && memcmp(line.data, "Sec-WebSocket-Key: ", 19) == 0)
            memcpy(key, line.data + 19, 24);
    if (n <= 0)
        return -1;
    strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    ws_sha1(key, digest);
    for (int i = 0; i < 27; i++) {
        unsigned bits = (unsigned)digest[i * 6 / 8] << 8 | digest[i * 6 / 8 + 1];
        accept[i] = digits[bits >> (10 - i * 6 % 8) & 63];
    }
    accept[27] = '=';
    n = nw_printf(stream,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                  accept, lines);
    return n < 0 ? (int)n : nw_flush(stream);
}

#endif
