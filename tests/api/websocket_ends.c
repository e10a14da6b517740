/* SPDX-License-Identifier: MIT */
/*
 * How WebSockets end: either side first, both, a handler that returns, a server that is cancelled, a peer
 * that says nothing any more (with pings, and when it is waited for), and while other tasks are in calls.
 */
#include "../support/http_peer.h"
#include "../support/ws.h"

struct row {
    int (*handle)(nw_websocket *websocket);
    int status; /* that the client sees */
    int result; /* of its receive */
};

static int say_1001(nw_websocket *websocket)
{
    CHECK_EQ(nw_websocket_close(websocket, 1001, "gr\xc3\xbc\xc3\x9f"), 0);
    return 0;
}

static int say_nonsense(nw_websocket *websocket)
{
    CHECK_EQ(nw_websocket_close(websocket, 1005, NULL), -EINVAL);
    return 0;
}

static int say_long(nw_websocket *websocket)
{
    char reason[125];

    memset(reason, 'x', sizeof reason);
    reason[124] = '\0';
    CHECK_EQ(nw_websocket_close(websocket, 3000, reason), -EINVAL);
    return 0;
}

static int say_nothing(nw_websocket *websocket)
{
    (void)websocket;
    return 0;
}

static int fail(nw_websocket *websocket)
{
    (void)websocket;
    return -ENOENT;
}

static const struct row rows[] = {
    {say_1001, 1001, 0},    {say_nonsense, 1000, 0}, {say_long, 1000, 0},
    {say_nothing, 1000, 0}, {fail, 1011, 0},
};

static int handle(nw_http_exchange *exchange, void *context)
{
    const struct row *const *row = context;
    nw_websocket *websocket;

    CHECK_EQ(nw_websocket_accept(exchange, NULL, &websocket), 0);
    return (*row)->handle(websocket);
}

static int test_handlers(void *arg)
{
    const struct row *row;
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, handle, &row);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        row = &rows[i];
        nw_websocket *websocket = ws_connect(&web, NULL);
        WS_RECEIVE(websocket, row->result);
        CHECK_EQ(nw_websocket_status(websocket), row->status);
        CHECK_EQ(nw_websocket_send_text(websocket, "late"), NW_ECLOSED);
        CHECK_EQ(nw_websocket_ping(websocket), NW_ECLOSED);
        CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
    }
    web_stop(&web);
    return 0;
}

/* -- with others in calls -- */

static int receive_one(void *arg)
{
    enum nw_websocket_type type;
    nw_slice message;

    return nw_websocket_receive(arg, &type, &message);
}

static int send_ten(void *arg)
{
    static char data[100000];
    int rc = 0;

    for (int i = 0; i < 100 && rc == 0; i++)
        rc = nw_websocket_send(arg, NW_WEBSOCKET_BINARY, data, sizeof data);
    return rc;
}

/* Agrees, and then neither reads nor writes, until the other end is gone. */
static int fall_silent(struct peer *peer, nw_stream *stream)
{
    CHECK_EQ(ws_agree(stream, ""), 0);
    CHECK_EQ(nw_event_wait(peer->arg), 0);
    return 0;
}

static nw_websocket *connect_to(struct peer *peer, const nw_websocket_options *options)
{
    nw_websocket *websocket;
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%u/", peer->port);
    CHECK_EQ(nw_websocket_connect(NULL, options, url, &websocket), 0);
    return websocket;
}

static int test_silence(void *arg)
{
    const nw_websocket_options pings = {.ping_ns = NW_MS(5), .close_timeout_ns = NW_MS(5)};
    static struct peer peer;
    nw_websocket *websocket;
    nw_task *tasks[4];
    nw_event go;

    (void)arg;
    peer_begin(&peer, fall_silent);
    nw_event_init(&go);
    peer.arg = &go;
    websocket = connect_to(&peer, &(nw_websocket_options){.close_timeout_ns = NW_MS(5)});
    tasks[0] = nw_spawn(receive_one, websocket);
    for (int i = 1; i < 4; i++)
        tasks[i] = nw_spawn(send_ten, websocket);
    CHECK_EQ(nw_yield(), 0);
    WS_RECEIVE(websocket, -EBUSY);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), -ETIMEDOUT);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(nw_await(tasks[i]), NW_ECLOSED);

    websocket = connect_to(&peer, &pings);
    WS_RECEIVE(websocket, -ETIMEDOUT);
    CHECK_EQ(nw_websocket_status(websocket), 1006);
    CHECK_EQ(nw_websocket_send_text(websocket, "x"), -ETIMEDOUT);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), -ETIMEDOUT);
    nw_event_set(&go);
    peer_end(&peer);
    nw_event_finish(&go);
    return 0;
}

/* -- pings that are answered keep it open -- */

static int test_answered(void *arg)
{
    const nw_websocket_options pings = {.ping_ns = NW_MS(250)}; /* in which the answer has to come */
    struct web web = {.handler = NULL};
    nw_deadline deadline;

    (void)arg;
    web_start(&web, ws_echo, NULL);
    nw_websocket *websocket = ws_connect(&web, &pings);
    nw_deadline_begin(&deadline, NW_MS(900));
    WS_RECEIVE(websocket, -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_websocket_send_text(websocket, "still there"), 0);
    WS_TEXT(websocket, "still there");
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
    web_stop(&web);
    return 0;
}

/* -- a server that is cancelled -- */

static void shut_down(int64_t drain_ns, nw_task_fn *client_task)
{
    struct web web = {.options = {.drain_ns = drain_ns}};
    nw_task *client = NULL;

    web_start(&web, ws_echo, NULL);
    nw_websocket *websocket = ws_connect(&web, NULL);
    CHECK_EQ(nw_websocket_send_text(websocket, "a"), 0);
    WS_TEXT(websocket, "a");
    if (client_task)
        client = nw_spawn(client_task, websocket);
    web_stop(&web);
    if (client)
        CHECK_EQ(nw_await(client), 0);
    WS_RECEIVE(websocket, 0);
    CHECK_EQ(nw_websocket_status(websocket), 1001);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
}

/* One that has time to drain tells its clients at once, and goes when they have answered. */
static int test_shutdown(void *arg)
{
    (void)arg;
    shut_down(-1, NULL);
    shut_down(NW_SEC(3600), receive_one);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test_handlers, NULL), 0);
    CHECK_EQ(nw_run(test_silence, NULL), 0);
    CHECK_EQ(nw_run(test_answered, NULL), 0);
    CHECK_EQ(nw_run(test_shutdown, NULL), 0);
    return 0;
}
