/* SPDX-License-Identifier: MIT */
/*
 * Messages go there and come back: of both types, of sizes on either side of each form of the length; then
 * both say good-bye.
 */
#include "../support/ws.h"

#define LARGEST (1 << 20)

static void echo_size(nw_websocket *websocket, char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 + size);
    CHECK_EQ(nw_websocket_send(websocket, NW_WEBSOCKET_BINARY, data, size), 0);
    WS_BINARY(websocket, data, size);
}

static int test(void *arg)
{
    static const size_t sizes[] = {0, 1, 3, 4, 7, 8, 9, 125, 126, 127, 65535, 65536, 65537, LARGEST};
    struct web web = {.handler = NULL};
    nw_websocket *websocket;
    char *data = malloc(LARGEST);
    int end = -1;

    (void)arg;
    CHECK(data);
    web_start(&web, ws_echo, &end);
    websocket = ws_connect(&web, NULL);
    CHECK_STR(nw_websocket_protocol(websocket), "");
    CHECK_EQ(nw_websocket_status(websocket), 1006);
    CHECK_EQ(nw_websocket_send_text(websocket, "one"), 0);
    WS_TEXT(websocket, "one");
    CHECK_EQ(nw_websocket_send_text(websocket, ""), 0);
    WS_TEXT(websocket, "");
    CHECK_EQ(nw_websocket_send_text(websocket, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 0);
    WS_TEXT(websocket, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK_EQ(nw_websocket_ping(websocket), 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        echo_size(websocket, data, sizes[i]);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(nw_websocket_send(websocket, NW_WEBSOCKET_TEXT, &"0123456789"[i % 10], 1), 0);
    for (int i = 0; i < 100; i++)
        ws_expect(__FILE__, __LINE__, websocket, NW_WEBSOCKET_TEXT, &"0123456789"[i % 10], 1);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
    web_stop(&web);
    CHECK_EQ(end, 0);
    free(data);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
