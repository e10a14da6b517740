/* SPDX-License-Identifier: MIT */
/*
 * What http_client.h says of a client's options: the defaults that requests go out with, what a request puts
 * in their place, limits of answers, and what makes no sense.
 */
#include "../support/http_peer.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct peer peer;

static void ask(const nw_http_client_options *options, nw_http_request_options request, const char *head)
{
    nw_http_response *response;
    nw_http_client *client;
    char expected[1024];

    CHECK_EQ(nw_http_client_create(options, &client), 0);
    request.url = peer_url(&peer, "/");
    peer.says = OK;
    CHECK_EQ(nw_http_request(client, &request, &response), 0);
    peer_check_body(response, "ok");
    nw_http_client_destroy(client);
    snprintf(expected, sizeof expected, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", peer.port, head);
    CHECK_STR(peer.head, expected);
}

static void fields(void)
{
    static const nw_pair of_client[] = {{"X-A", "client"}, {"X-B", "client"}},
                         of_request[] = {
                             {"x-a", "request"}, {"User-Agent", "mine"}, {"Accept", "text/plain"}};
    nw_http_client_options options = {.no_decoding = true};
    char head[128];

    snprintf(head, sizeof head, "User-Agent: nowait/%s\r\nAccept: */*\r\n", nw_version());
    ask(&options, (nw_http_request_options){.url = NULL}, head);
    options.user_agent = "";
    ask(&options, (nw_http_request_options){.url = NULL}, "Accept: */*\r\n");
    options.user_agent = "robot/1 (somebody)";
    options.headers = of_client;
    options.header_count = 2;
    ask(&options, (nw_http_request_options){.url = NULL},
        "User-Agent: robot/1 (somebody)\r\nAccept: */*\r\nX-A: client\r\nX-B: client\r\n");
    ask(&options, (nw_http_request_options){.headers = of_request, .header_count = 3},
        "x-a: request\r\nUser-Agent: mine\r\nAccept: text/plain\r\nX-B: client\r\n");
}

static void nonsense(void)
{
    static const nw_pair newline[] = {{"X", "a\nb"}}, reserved[] = {{"Content-Length", "1"}};
    const nw_http_client_options wrong[] = {
        {.connect_timeout_ns = -1},
        {.first_byte_timeout_ns = -1},
        {.read_timeout_ns = -1},
        {.whole_timeout_ns = -1},
        {.cookies = (enum nw_http_cookies)2},
        {.user_agent = "a\r\nb"},
        {.headers = newline, .header_count = 1},
        {.headers = reserved, .header_count = 1},
        {.header_count = 1},
        {.proxy = "socks5://127.0.0.1:1080"},
        {.proxy = "http://"},
        {.reserved = {0, 0, 0, 0, 0, 0, 1}},
    };
    nw_http_client *client = NULL;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (nw_http_client_create(&wrong[i], &client) != -EINVAL)
            check_fail(__FILE__, __LINE__, "number %zu is accepted", i);
    CHECK_EQ(nw_http_client_create(NULL, NULL), -EINVAL);
    CHECK(client == NULL);
    nw_http_client_destroy(NULL);
}

static int get_limited(nw_http_client *client, const char *says)
{
    nw_http_response *response;

    peer.says = says;
    int rc = nw_http_get(client, peer_url(&peer, "/"), &response);
    return rc < 0 ? rc : peer_drain(response);
}

/* All that an answer says before its body, and after it, is within the limit. */
static void header_limit(void)
{
    const nw_http_client_options options = {.header_limit_bytes = 200};
    nw_http_failure failure;
    nw_http_client *client;
    char says[512];

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\nX: %0100d\r\nContent-Length: 0\r\n\r\n", 1);
    CHECK_EQ(get_limited(client, says), 0);
    snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\nX: %0250d\r\nContent-Length: 0\r\n\r\n", 1);
    CHECK_EQ(get_limited(client, says), -EMSGSIZE);
    CHECK_EQ(nw_http_last_failure(&failure), 0);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_HEADERS);
    snprintf(says, sizeof says, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: %0250d\r\n\r\n",
             1);
    CHECK_EQ(get_limited(client, says), -EMSGSIZE);
    nw_http_client_destroy(client);
}

/* 4 MiB of nothing, by brotli, in 14 bytes. */
static int inflate(struct peer *of, nw_stream *stream)
{
    static const char coded[] = "\x9f\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x07";

    while (peer_read_head(of, stream) > 0)
        if (peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 14\r\n\r\n") < 0 ||
            peer_send(stream, coded, 14) < 0)
            break;
    return 0;
}

static void ratio_limit(void)
{
    static const struct {
        nw_http_client_options options;
        int result;
    } cases[] = {
        {{.decoded_ratio_limit = 0}, -EFBIG}, /* 1,000 */
        {{.decoded_ratio_limit = 279000}, -EFBIG},
        {{.decoded_ratio_limit = 300000}, 0}, /* 4 MiB / 14 is 299,593 */
        {{.decoded_ratio_limit = 300000, .decoded_limit_bytes = 4194303}, -EFBIG},
        {{.decoded_ratio_limit = 300000, .decoded_limit_bytes = 4194304}, 0},
    };
    nw_http_client *client;
    struct peer bomb;

    peer_begin(&bomb, inflate);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nw_http_response *response;
        nw_bytes body = {NULL, 0};
        CHECK_EQ(nw_http_client_create(&cases[i].options, &client), 0);
        CHECK_EQ(nw_http_get(client, peer_url(&bomb, "/"), &response), 0);
        if (strstr(bomb.head, ", br")) /* else it is as it came: built without brotli */
            CHECK_EQ(nw_http_response_read(response, 0, &body), cases[i].result);
        if (body.data)
            CHECK_EQ(body.size, 4194304);
        nw_bytes_finish(&body);
        nw_http_response_close(response);
        nw_http_client_destroy(client);
    }
    peer_end(&bomb);
}

/* A URL that is longer than there is room for is cut off, and no password is in it. */
static void long_url(void)
{
    char url[3000];
    nw_http_failure failure;
    nw_http_response *response;

    memset(url, 'x', sizeof url - 1);
    url[sizeof url - 1] = '\0';
    memcpy(url, "http://me:secret@127.0.0.1:1/", 29);
    const nw_http_request_options request = {.url = url, .failure_out = &failure, .bearer = "both"};
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ECONNREFUSED);
    CHECK_EQ(strlen(failure.url), sizeof failure.url - 1);
    CHECK(strncmp(failure.url, "http://127.0.0.1:1/xxx", 22) == 0);
    CHECK(strlen(failure.text) < sizeof failure.text);
    CHECK(strstr(failure.text, ": connect: Connection refused"));
    CHECK(!strstr(failure.url, "secret") && !strstr(failure.text, "secret"));
}

static void phases(void)
{
    static const char *const names[] = {"url",  "wait",    "resolve", "connect", "TLS",
                                        "send", "headers", "body",    "redirect"};

    for (int i = 0; i < 9; i++)
        CHECK_STR(nw_http_phase_name((enum nw_http_phase)i), names[i]);
    CHECK_EQ(NW_HTTP_PHASE_REDIRECT, 8);
    CHECK_STR(nw_http_phase_name((enum nw_http_phase)9), "unknown");
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, peer_says);
    fields();
    nonsense();
    header_limit();
    ratio_limit();
    long_url();
    phases();
    peer_end(&peer);
    return 0;
}

int main(void)
{
    nw_http_client *client;

    unsetenv("http_proxy");
    CHECK_EQ(nw_http_client_create(NULL, &client), NW_ENOTASK);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
