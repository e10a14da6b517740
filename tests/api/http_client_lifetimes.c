/* SPDX-License-Identifier: MIT */
/*
 * The loop ends while its own client and another one have idle connections; calls outside a task; cookies are
 * kept by the client that was asked to, and by no other.
 */
#include "../support/http_peer.h"

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static nw_http_client *left;

static int run(void *arg)
{
    nw_http_response *response;
    struct peer peer;

    (void)arg;
    peer_begin(&peer, peer_says);
    peer.says = ok;
    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    CHECK_EQ(nw_http_client_create(NULL, &left), 0);
    CHECK_EQ(nw_http_get(left, peer_url(&peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    CHECK_EQ(peer.open, 2);
    peer_end(&peer);
    return 0;
}

/* A body that nobody has closed, in a task that is cancelled. */
static int get_and_wait(void *arg)
{
    nw_http_response *response;
    int rc = nw_http_get(NULL, arg, &response);

    if (rc < 0)
        return rc;
    rc = nw_sleep(NW_FOREVER);
    nw_http_response_close(response);
    return rc;
}

static int talk_part(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart"), 0);
    return nw_skip(stream, 1) < 0 ? -1 : 0;
}

static int run_cancelled(void *arg)
{
    int before = check_open_fds();
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk_part);
    nw_task *task = nw_spawn(get_and_wait, (void *)(uintptr_t)peer_url(&peer, "/"));
    while (peer.requests == 0)
        CHECK_EQ(nw_yield(), 0);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    while (peer.open > 0)
        CHECK_EQ(nw_yield(), 0);
    peer_end(&peer);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

static int talk_cookie(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0)
        if (peer_say(
                stream,
                "HTTP/1.1 302 F\r\nLocation: /a\r\nSet-Cookie: n=1; Path=/\r\nSet-Cookie: m=2; Path=/b\r\n"
                "Set-Cookie: evil=1; Domain=example.com\r\nContent-Length: 0\r\n\r\n") < 0 ||
            peer_read_head(peer, stream) <= 0 || peer_say(stream, ok) < 0)
            break;
    return 0;
}

static int run_cookies(void *arg)
{
    const nw_http_client_options options = {.cookies = NW_HTTP_COOKIES_ON};
    const nw_pair own = {"Cookie", "mine=3"};
    nw_http_request_options request = {.headers = &own, .header_count = 1};
    nw_http_client *client;
    nw_http_response *response;
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk_cookie);
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    CHECK_EQ(nw_http_get(client, peer_url(&peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    CHECK(peer_heard(&peer, "Cookie: n=1"));
    request.url = peer_url(&peer, "/");
    CHECK_EQ(nw_http_request(client, &request, &response), 0);
    peer_check_body(response, "ok");
    CHECK(peer_heard(&peer, "Cookie: mine=3"));
    CHECK(!strstr(peer.head, "n=1"));
    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    CHECK(!strstr(peer.head, "Cookie"));
    nw_http_client_destroy(client);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    nw_http_client *client;
    nw_http_response *response;
    int before;

    CHECK_EQ(nw_http_client_create(NULL, &client), NW_ENOTASK);
    CHECK_EQ(nw_http_get(NULL, "http://127.0.0.1/", &response), NW_ENOTASK);
    nw_http_client_destroy(NULL);
    nw_http_response_close(NULL);
    CHECK_EQ(nw_run(run_cancelled, NULL), 0);
    before = check_open_fds();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(nw_run(run, NULL), 0);
        nw_http_client_destroy(left); /* too late for its connections, which have gone with the loop */
        CHECK_EQ(check_open_fds(), before);
    }
    CHECK_EQ(nw_run(run_cookies, NULL), 0);
    return 0;
}
