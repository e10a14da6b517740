/* SPDX-License-Identifier: MIT */
/*
 * https: connections are verified and kept, one that was closed while idle is noticed, a tunnel through a
 * proxy leads to the right server, and a redirect from https to http takes no credentials along.
 */
#include "../support/http_peer.h"
#include "../support/tls.h"

static nw_tls_context *server_context;

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/* A peer behind TLS: `says` once a connection, or as long as somebody asks. */
static int talk_tls(struct peer *peer, nw_stream *below, int times)
{
    nw_stream *stream;

    if (nw_tls_accept(server_context, below, &stream) < 0)
        return -1;
    while (times-- > 0 && peer_read_head(peer, stream) > 0)
        if (peer_say(stream, peer->says) < 0)
            break;
    (void)!nw_shutdown(stream);
    (void)nw_skip(stream, 1000); /* until the other end is closed, too */
    return nw_close(stream);
}

/* peer_talk_task() closes what it was given: here, nothing is left of that. */
struct secured {
    struct peer peer;
    int times;
};

static int secured_task(void *arg)
{
    struct peer_talk talk = *(struct peer_talk *)arg;
    struct secured *secured = talk.peer->arg;

    free(arg);
    talk.peer->connections++;
    talk.peer->open++;
    if (talk_tls(talk.peer, talk.stream, secured->times) < 0)
        (void)nw_close(talk.stream);
    talk.peer->open--;
    return 0;
}

static int secured_accept(void *arg)
{
    struct peer *peer = arg;
    nw_group group;
    nw_stream *stream;

    nw_group_init(&group, 0);
    while (nw_accept(peer->listener, &stream) == 0) {
        struct peer_talk *talk = malloc(sizeof *talk);
        CHECK(talk);
        *talk = (struct peer_talk){peer, stream};
        CHECK_EQ(nw_group_spawn(&group, secured_task, talk), 0);
    }
    nw_group_cancel(&group);
    (void)nw_group_finish(&group);
    return 0;
}

static void begin(struct secured *secured, int times)
{
    nw_address address;

    memset(secured, 0, sizeof *secured);
    secured->times = times;
    secured->peer.arg = secured;
    secured->peer.says = ok;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &secured->peer.listener), 0);
    CHECK_EQ(nw_listener_address(secured->peer.listener, &address), 0);
    secured->peer.port = nw_address_port(&address);
    secured->peer.task = nw_spawn(secured_accept, &secured->peer);
}

static int get(nw_http_client *client, const char *host, unsigned port, nw_http_failure *failure)
{
    nw_http_request_options request = {.failure_out = failure, .user = "u", .password = "p"};
    nw_http_response *response;
    char url[128];

    snprintf(url, sizeof url, "https://%s:%u/", host, port);
    request.url = url;
    int rc = nw_http_request(client, &request, &response);
    if (rc == 0) {
        CHECK_EQ(nw_http_response_status(response), 200);
        peer_check_body(response, "ok");
    }
    return rc;
}

static void kept(nw_http_client *client)
{
    nw_http_failure failure;
    struct secured many;

    begin(&many, 1000);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(get(client, "localhost", many.peer.port, &failure), 0);
    CHECK_EQ(many.peer.connections, 1);
    CHECK_EQ(many.peer.requests, 5);
    nw_http_client_destroy(client);
    peer_end(&many.peer);
}

static void closed_while_idle(nw_http_client *client)
{
    nw_http_failure failure;
    struct secured once;

    begin(&once, 1);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(get(client, "localhost", once.peer.port, &failure), 0);
        for (int k = 0; k < 20; k++)
            CHECK_EQ(nw_yield(), 0);
    }
    CHECK_EQ(once.peer.requests, 3);
    CHECK_EQ(once.peer.connections, 3);
    nw_http_client_destroy(client);
    peer_end(&once.peer);
}

static void wrong_host(nw_http_client *client, nw_http_client *stranger)
{
    nw_http_failure failure;
    struct secured server;

    begin(&server, 1000);
    int rc = get(client, "127.0.0.2", server.peer.port, &failure); /* nobody listens there */
    CHECK(rc < 0);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_CONNECT);
    CHECK_EQ(get(stranger, "localhost", server.peer.port, &failure), NW_ECERTUNTRUSTED);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_TLS);
    CHECK_EQ(server.peer.requests, 0);
    nw_http_client_destroy(client);
    nw_http_client_destroy(stranger);
    peer_end(&server.peer);
}

/* A proxy that connects: passes bytes on both ways. */
struct relay {
    nw_stream *from;
    nw_stream *to;
};

static int relay(void *arg)
{
    struct relay *relay = arg;

    return nw_copy(relay->to, relay->from, 0, NULL) < 0 ? -1 : 0;
}

static int talk_proxy(struct peer *peer, nw_stream *stream)
{
    struct relay back;
    nw_stream *target;
    char where[64];
    unsigned port = 0;

    if (peer_read_head(peer, stream) <= 0)
        return 0;
    CHECK_EQ(sscanf(peer->head, "CONNECT localhost:%u ", &port), 1);
    CHECK(!strstr(peer->head, "\r\nAuthorization"));
    snprintf(where, sizeof where, "tcp://127.0.0.1:%u", port);
    CHECK_EQ(nw_connect(where, &target), 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 Connected\r\n\r\n"), 0);
    back = (struct relay){target, stream};
    nw_task *task = nw_spawn(relay, &back);
    (void)relay(&(struct relay){stream, target});
    nw_cancel(task);
    (void)nw_await(task);
    return nw_close(target);
}

/* A 407 behind a tunnel is the server's: the proxy had its say when it was asked to connect. */
static void refused_behind_tunnel(nw_http_client *client, struct peer *server)
{
    nw_http_response *response;
    char url[64];

    server->says = "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nok";
    snprintf(url, sizeof url, "https://localhost:%u/", server->port);
    CHECK_EQ(nw_http_get(client, url, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 407);
    peer_check_body(response, "ok");
}

static void tunnelled(const nw_tls_context *context)
{
    nw_http_client_options options = {.tls = context};
    nw_http_failure failure;
    nw_http_client *client;
    struct secured server;
    struct peer proxy;
    char option[64];

    begin(&server, 1000);
    peer_begin(&proxy, talk_proxy);
    snprintf(option, sizeof option, "http://u:p@127.0.0.1:%u", proxy.port);
    options.proxy = option;
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(get(client, "localhost", server.peer.port, &failure), 0);
    CHECK_EQ(proxy.connections, 1);
    CHECK_EQ(server.peer.requests, 3);
    CHECK(peer_heard(&server.peer, "Authorization: Basic dTpw"));
    CHECK(!strstr(server.peer.head, "Proxy-"));
    refused_behind_tunnel(client, &server.peer);
    CHECK_EQ(proxy.connections, 1);
    nw_http_client_destroy(client);
    peer_end(&proxy);
    peer_end(&server.peer);
}

static void down_to_http(nw_http_client *client)
{
    nw_http_failure failure;
    struct secured server;
    struct peer plain;
    char says[256];

    peer_begin(&plain, peer_says);
    plain.says = ok;
    begin(&server, 1000);
    snprintf(says, sizeof says,
             "HTTP/1.1 302 F\r\nLocation: http://localhost:%u/\r\nContent-Length: 0\r\n\r\n", plain.port);
    server.peer.says = says;
    CHECK_EQ(get(client, "localhost", server.peer.port, &failure), 0);
    CHECK(peer_heard(&server.peer, "Authorization: Basic dTpw"));
    CHECK(!strcasestr(plain.head, "Authorization"));
    nw_http_client_destroy(client);
    peer_end(&server.peer);
    peer_end(&plain);
}

/* Refuses an upload, and then neither reads nor closes: giving up does not wait for that. */
static int refuse_task(void *arg)
{
    nw_listener *listener = arg;
    nw_stream *below, *stream;
    nw_slice line;

    CHECK_EQ(nw_accept(listener, &below), 0);
    CHECK_EQ(nw_tls_accept(server_context, below, &stream), 0);
    CHECK(nw_read_line(stream, &line) > 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"), 0);
    (void)nw_sleep(NW_FOREVER);
    return nw_close(stream);
}

static void refused_upload(nw_http_client *client)
{
    size_t size = 16 * 1024 * 1024;
    char *data = calloc(1, size), url[64];
    nw_http_request_options request = {.url = url, .body = {data, size}};
    nw_http_response *response;
    nw_listener *listener;
    nw_address address;

    CHECK(data);
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(url, sizeof url, "https://localhost:%u/", nw_address_port(&address));
    nw_task *task = nw_spawn(refuse_task, listener);
    CHECK_EQ(nw_http_request(client, &request, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 413);
    peer_check_body(response, "big");
    nw_http_client_destroy(client);
    nw_cancel(task);
    (void)nw_await(task);
    nw_listener_close(listener);
    free(data);
}

#define LONG_BYTES 100000

struct chatter {
    nw_listener *listener;
    nw_event more;
};

/* A body that is read in one go, and in its last record an answer to nothing; then, elsewhere, a good one. */
static int chatter_task(void *arg)
{
    static const char evil[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    static char body[LONG_BYTES + sizeof evil - 1];
    struct chatter *chatter = arg;
    struct peer *peer = calloc(1, sizeof *peer);
    nw_stream *below, *streams[2];

    CHECK(peer);
    memset(body, 'x', LONG_BYTES);
    memcpy(body + LONG_BYTES, evil, sizeof evil - 1);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(nw_accept(chatter->listener, &below), 0);
        CHECK_EQ(nw_tls_accept(server_context, below, &streams[i]), 0);
        CHECK(peer_read_head(peer, streams[i]) > 0);
        CHECK_EQ(peer_say(streams[i], i ? ok : "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), 0);
        if (i == 0)
            CHECK_EQ(nw_event_wait(&chatter->more), 0);
        if (i == 0)
            CHECK_EQ(peer_send(streams[i], body, sizeof body), 0);
    }
    free(peer);
    (void)nw_close(streams[0]);
    return nw_close(streams[1]);
}

/* What is decrypted already is no answer to the next request, either. */
static void unasked(nw_http_client *client)
{
    struct chatter chatter;
    nw_http_response *response;
    nw_http_failure failure;
    nw_address address;
    nw_bytes body;
    char url[64];

    nw_event_init(&chatter.more);
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &chatter.listener), 0);
    CHECK_EQ(nw_listener_address(chatter.listener, &address), 0);
    snprintf(url, sizeof url, "https://localhost:%u/", nw_address_port(&address));
    nw_task *task = nw_spawn(chatter_task, &chatter);
    CHECK_EQ(nw_http_get(client, url, &response), 0);
    nw_event_set(&chatter.more);
    CHECK_EQ(nw_http_response_read(response, 0, &body), 0);
    CHECK_EQ(body.size, LONG_BYTES);
    nw_bytes_finish(&body);
    nw_http_response_close(response);
    CHECK_EQ(get(client, "localhost", nw_address_port(&address), &failure), 0);
    nw_http_client_destroy(client);
    (void)nw_await(task); /* the first stream may be reset by now */
    nw_listener_close(chatter.listener);
    nw_event_finish(&chatter.more);
}

static nw_http_client *client_with(const nw_tls_context *context)
{
    nw_http_client_options options = {.tls = context, .proxy = ""};
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    return client;
}

static int run(void *arg)
{
    nw_tls_context *context = tls_client(NULL);
    nw_tls_context *stranger;
    int before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw_tls_client_create(NULL, &stranger), 0); /* the system's authorities */
    server_context = tls_server(NULL);
    kept(client_with(context));
    closed_while_idle(client_with(context));
    wrong_host(client_with(context), client_with(stranger));
    tunnelled(context);
    down_to_http(client_with(context));
    refused_upload(client_with(context));
    unasked(client_with(context));
    nw_tls_destroy(context);
    nw_tls_destroy(stranger);
    nw_tls_destroy(server_context);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    return tls_main(run);
}
