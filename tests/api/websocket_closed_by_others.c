/* SPDX-License-Identifier: MIT */
/*
 * Who may close a WebSocket: a task of its loop, one at a time; all others are told so, and it stays open.
 * And what a client says of itself reaches the server.
 */
#include "../support/http_peer.h"
#include "../support/ws.h"

static int close_it(void *arg)
{
    return nw_websocket_close(arg, 0, NULL);
}

/* -- by somebody else -- */

struct call {
    nw_websocket *websocket;
    nw_event done;
    int result;
};

static int close_from_afar(void *arg)
{
    struct call *call = arg;

    call->result = close_it(call->websocket);
    nw_event_set(&call->done);
    return 0;
}

static nw_loop *another_loop(void)
{
    return nw_loop_at(nw_loop_at(0) == nw_loop_current());
}

static void check_strangers(const struct web *web)
{
    struct call call = {.websocket = ws_connect(web, NULL)};

    nw_event_init(&call.done);
    CHECK_EQ(nw_loop_call(another_loop(), close_from_afar, &call), 0);
    CHECK_EQ(nw_event_wait(&call.done), 0);
    CHECK_EQ(call.result, -EINVAL);
    CHECK_EQ(nw_to_thread(close_it, call.websocket), NW_ENOTASK);
    CHECK_EQ(nw_websocket_send_text(call.websocket, "still open"), 0);
    WS_TEXT(call.websocket, "still open");
    CHECK_EQ(nw_websocket_close(call.websocket, 0, NULL), 0);
    CHECK_EQ(nw_websocket_close(NULL, 0, NULL), 0);
    nw_event_finish(&call.done);
}

/* -- twice -- */

/* Agrees, and says no good-bye. */
static int fall_silent(struct peer *peer, nw_stream *stream)
{
    CHECK_EQ(ws_agree(stream, ""), 0);
    CHECK_EQ(nw_event_wait(peer->arg), 0);
    return 0;
}

static void check_twice(void)
{
    const nw_websocket_options options = {.close_timeout_ns = NW_FOREVER};
    static struct peer peer;
    nw_websocket *websocket;
    char url[64];
    nw_event go;

    peer_begin(&peer, fall_silent);
    nw_event_init(&go);
    peer.arg = &go;
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/", peer.port);
    CHECK_EQ(nw_websocket_connect(NULL, &options, url, &websocket), 0);
    nw_task *closer = nw_spawn(close_it, websocket);
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), -EBADF);
    CHECK_EQ(nw_websocket_send_text(websocket, "x"), NW_ECLOSED);
    nw_event_set(&go); /* the peer goes without a good-bye */
    CHECK(nw_await(closer) < 0);
    peer_end(&peer);
    nw_event_finish(&go);
}

/* -- what a client says of itself -- */

static int hear_client(nw_http_exchange *exchange, void *context)
{
    if (nw_http_query(exchange, "fields")) {
        CHECK_STR(nw_http_header(exchange, "Origin"), "http://here.example");
        CHECK_STR(nw_http_header(exchange, "X-Mine"), "1");
        CHECK(nw_http_header(exchange, "Sec-WebSocket-Extensions") == NULL);
    }
    return ws_echo(exchange, context);
}

static void check_fields(const struct web *web)
{
    const nw_pair mine = {"X-Mine", "1"};
    const nw_websocket_options options = {
        .origin = "http://here.example", .headers = &mine, .header_count = 1};
    char url[NW_ADDRESS_TEXT_BYTES + 32];
    nw_websocket *websocket;

    snprintf(url, sizeof url, "ws://%s/?fields", web->where + strlen("tcp://"));
    CHECK_EQ(nw_websocket_connect(NULL, &options, url, &websocket), 0);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, hear_client, NULL);
    check_strangers(&web);
    check_fields(&web);
    check_twice();
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, test, NULL), 0);
    return 0;
}
