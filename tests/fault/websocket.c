/* SPDX-License-Identifier: MIT */
/*
 * WebSockets of both sides, while one request for memory or a thread fails: the calls say so or the other
 * side sees an end; the next one works, and nothing leaks.
 */
#include <nowait.h>

#include "place.h"

static int echo(nw_http_exchange *exchange, void *context)
{
    static const char *const protocols[] = {"echo"};
    const nw_websocket_options options = {
        .protocols = protocols, .protocol_count = 1, .close_timeout_ns = NW_SEC(60)};
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_accept(exchange, &options, &websocket);

    (void)context;
    while (rc >= 0 && (rc = nw_websocket_receive(websocket, &type, &message)) > 0)
        rc = nw_websocket_send(websocket, type, message.data, message.size);
    return rc;
}

/* 0: all came back, and both have said good-bye. */
static int talk(const char *url, size_t turn)
{
    static const char *const protocols[] = {"x", "echo"};
    static char data[100000];
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_connect(NULL, &(nw_websocket_options){.protocols = protocols, .protocol_count = 2},
                                  url, &websocket);

    (void)turn;
    if (rc < 0)
        return rc;
    rc = nw_websocket_ping(websocket);
    if (rc == 0)
        rc = nw_websocket_send_text(websocket, "a");
    if (rc == 0)
        rc = nw_websocket_send(websocket, NW_WEBSOCKET_BINARY, data, sizeof data);
    for (int i = 0; i < 2 && rc >= 0; i++) {
        rc = nw_websocket_receive(websocket, &type, &message);
        CHECK(rc <= 0 || message.size == (i ? sizeof data : 1));
        rc = rc == 0 ? -EPIPE : rc;
    }
    int closed = nw_websocket_close(websocket, 0, NULL);
    return rc < 0 ? rc : closed;
}

static int use_websocket(void *arg)
{
    struct place place = {.handler = echo, .scheme = "ws://", .path = "/"};

    (void)arg;
    return place_ask(&place, talk, 2);
}

int main(void)
{
    fault_run(use_websocket);
    return 0;
}
