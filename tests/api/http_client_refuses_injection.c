/* SPDX-License-Identifier: MIT */
/*
 * Nothing that a caller passes becomes a second field or a second request: what does not fit its place is
 * -EINVAL before anything is sent, and queries and forms are encoded.
 */
#include "../support/http_peer.h"

static struct peer peer;

static int try(nw_http_request_options *request)
{
    nw_http_failure failure = {.error = 0};
    nw_http_response *response;

    if (!request->url)
        request->url = peer_url(&peer, "/");
    request->failure_out = &failure;
    int rc = nw_http_request(NULL, request, &response);
    if (rc == 0)
        nw_http_response_close(response);
    else
        CHECK_EQ(failure.phase, NW_HTTP_PHASE_URL);
    CHECK_EQ(failure.error, rc);
    CHECK(!strpbrk(failure.text, "\r\n")); /* one line, whatever it is about */
    return rc;
}

#define REFUSED(...) CHECK_EQ(try(&(nw_http_request_options){__VA_ARGS__}), -EINVAL)
#define SENT(...)    CHECK_EQ(try(&(nw_http_request_options){__VA_ARGS__}), 0)

static void fields(void)
{
    static const nw_pair bad[] = {
        {"X\r\nY", "a"},
        {"X", "a\r\nY: b"},
        {"X", "a\nb"},
        {"X", "a\rb"},
        {"X:", "a"},
        {"X ", "a"},
        {" X", "a"},
        {"", "a"},
        {"X", "a\x01"},
        {"X", NULL},
        {NULL, "a"},
        {"Content-Length", "5"},
        {"connection", "keep-alive, X"},
        {"Transfer-Encoding", "chunked"},
        {"TE", "trailers"},
        {"Upgrade", "h2c"},
        {"Expect", "100-continue"},
        {"H\xc3\xb6", "a"},
    };
    const nw_pair hosts[] = {{"Host", "a"}, {"host", "b"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(.headers = &bad[i], .header_count = 1);
    REFUSED(.headers = hosts, .header_count = 2);
    REFUSED(.header_count = 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const nw_http_client_options options = {.headers = &bad[i], .header_count = 1};
        nw_http_client *client;
        CHECK_EQ(nw_http_client_create(&options, &client), -EINVAL);
    }
}

static void the_rest(void)
{
    nw_stream *stream;
    const nw_pair trailer = {"X", "a\r\nb"}, length = {"Content-Length", "1"}, good = {"X", "a"};

    REFUSED(.method = "GET / HTTP/1.1\r\nX:");
    REFUSED(.method = "GE T");
    REFUSED(.method = "");
    REFUSED(.method = "CONNECT");
    REFUSED(.url = "http://127.0.0.1/a\r\nX: b");
    REFUSED(.url = "http://127.0.0.1\r\n/");
    REFUSED(.url = "http://a b/");
    REFUSED(.url = "http:///a");
    REFUSED(.url = "ftp://127.0.0.1/");
    REFUSED(.url = "/relative");
    REFUSED(.url = "http://127.0.0.1:70000/");
    REFUSED(.url = "http://a%0d%0ab/");
    REFUSED(.url = "http://a%0d%0ab:c@127.0.0.1/");
    REFUSED(.user = "a:b", .password = "c");
    REFUSED(.user = "a\r\n", .password = "c");
    REFUSED(.user = "a", .password = "c\n");
    REFUSED(.password = "c");
    REFUSED(.bearer = "a\r\nX: b");
    REFUSED(.bearer = "a b");
    REFUSED(.bearer = "");
    REFUSED(.upgrade = "a\r\nX: b");
    REFUSED(.upgrade = "");
    REFUSED(.body = {"a", 1}, .media_type = "text/plain\r\nX: b");
    REFUSED(.body = {"a", 1}, .json = "{}");
    REFUSED(.stream_bytes = 5);
    REFUSED(.reserved = {1});
    REFUSED(.read_timeout_ns = -1);
    CHECK_EQ(nw_open_slice((nw_slice){"abc", 3}, &stream), 0);
    REFUSED(.stream = stream, .trailers = &trailer, .trailer_count = 1);
    REFUSED(.stream = stream, .trailers = &length, .trailer_count = 1);
    REFUSED(.stream = stream, .stream_bytes = 3, .trailers = &good, .trailer_count = 1);
    REFUSED(.trailers = &good, .trailer_count = 1);
    CHECK_EQ(nw_close(stream), 0);
}

static void clients(void)
{
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.user_agent = "a\r\nX: b"}, &client), -EINVAL);
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.proxy = "http://a\r\nb"}, &client), -EINVAL);
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.proxy = "ftp://a/"}, &client), -EINVAL);
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.proxy = "http://a%0ab:c@d/"}, &client),
             -EINVAL);
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.reserved = {1}}, &client), -EINVAL);
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.idle_ns = 0}, NULL), -EINVAL);
    CHECK_EQ(nw_http_get(NULL, NULL, NULL), -EINVAL);
}

/* What is data stays data. */
static void encoded(void)
{
    const nw_pair pairs[] = {{"a\r\nX: b", "c d&e=f"}, {"\xc3\xb6", "#?"}};

    SENT(.query = pairs, .query_count = 2);
    CHECK(peer_heard(&peer, "GET /?a%0D%0AX%3A+b=c+d%26e%3Df&%C3%B6=%23%3F HTTP/1.1"));
    SENT(.url = peer_url(&peer, "/a b\xc3\xb6?c d"));
    CHECK(peer_heard(&peer, "GET /a%20b%C3%B6?c%20d HTTP/1.1"));
    CHECK(!strstr(peer.head, "\nX: b"));
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, peer_says);
    peer.says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    fields();
    the_rest();
    clients();
    CHECK_EQ(peer.connections, 0);
    encoded();
    peer_end(&peer);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
