/* SPDX-License-Identifier: MIT */
/*
 * Answers of all kinds: to HEAD, without a body, with trailers, until the connection's end, interim ones, an
 * upgrade; and those that must not be taken: lying lengths, nonsense, headers and bodies beyond their limits.
 */
#include "../support/http_peer.h"

static struct peer peer;

static int request(const char *method, const char *says, nw_http_response **response)
{
    peer.says = says;
    return nw_http_request(NULL, &(nw_http_request_options){.method = method, .url = peer_url(&peer, "/")},
                           response);
}

static nw_http_response *get(const char *says)
{
    nw_http_response *response;

    CHECK_EQ(request("GET", says, &response), 0);
    return response;
}

static void heads(void)
{
    nw_http_response *response;

    CHECK_EQ(request("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", &response), 0);
    CHECK_STR(nw_http_response_header(response, "Content-Length"), "5");
    CHECK_EQ(nw_http_response_length(response), 5);
    peer_check_body(response, "");
    CHECK_EQ(request("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &response), 0);
    peer_check_body(response, "");
    response = get("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    CHECK_EQ(nw_http_response_status(response), 304);
    peer_check_body(response, "");
    CHECK_EQ(peer.connections, 1);
}

static void bodies(void)
{
    nw_http_response *response;
    nw_bytes body;
    nw_slice line;
    char three[3];

    response = get("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                   "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nlast");
    CHECK(!nw_http_response_header(response, "Link"));
    peer_check_body(response, "last");

    response = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n"
                   "6\r\none\ntw\r\n2\r\no\n\r\n0\r\nA: b\r\nC: d\r\n\r\n");
    CHECK_EQ(nw_http_response_length(response), -1);
    CHECK(!nw_http_response_trailers(response) || nw_http_headers_count(nw_http_response_trailers(response)));
    CHECK_EQ(nw_read_line(nw_http_response_body(response), &line), 4);
    CHECK_MEM(line.data, "one\n", 4);
    CHECK_EQ(nw_read_line(nw_http_response_body(response), &line), 4);
    CHECK_MEM(line.data, "two\n", 4);
    CHECK_EQ(nw_read_line(nw_http_response_body(response), &line), 0);
    CHECK_STR(nw_http_headers_get(nw_http_response_trailers(response), "a"), "b");
    CHECK_EQ(nw_http_headers_count(nw_http_response_trailers(response)), 2);
    nw_http_response_close(response);

    response = get("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcdefghi");
    CHECK_EQ(nw_read_exactly(nw_http_response_body(response), three, 3), 3);
    CHECK_MEM(three, "abc", 3);
    CHECK_EQ(nw_http_response_read(response, 5, &body), -EFBIG);
    CHECK_EQ(nw_http_response_read(response, 6, &body), 0);
    CHECK_STR(body.data, "defghi");
    nw_bytes_finish(&body);
    nw_http_response_close(response);
    response = get("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcdefghi");
    CHECK_EQ(nw_http_response_read(response, 8, &body), -EFBIG);
    nw_http_response_close(response);
    response = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabcdefghi\r\n0\r\n\r\n");
    CHECK_EQ(nw_http_response_read(response, 8, &body), -EFBIG);
    nw_http_response_close(response);
}

/* What is skipped is read, however much it is. */
static void skipped(void)
{
    char *says = malloc(1000100);
    nw_slice line;

    CHECK(says);
    int n = sprintf(says, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 1000000; i++)
        says[n + i] = (char)(i % 1000 == 999 ? '\n' : '0' + i / 1000 % 10);
    says[n + 1000000] = '\0';
    nw_http_response *response = get(says);
    nw_stream *body = nw_http_response_body(response);
    CHECK_EQ(nw_skip(body, 997000), 997000);
    CHECK_EQ(nw_read_line(body, &line), 1000);
    CHECK_EQ(line.data[0], '7');
    CHECK_EQ(nw_skip(body, 1000000), 2000);
    CHECK_EQ(nw_skip(body, 1), 0);
    nw_http_response_close(response);
    CHECK_EQ(peer.connections, 1);
    free(says);
}

static void refused(void)
{
    static const char *const answers[] = {
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 0\r\n\r\n",
    };
    nw_http_response *response;

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (request("GET", answers[i], &response) != NW_EPROTOCOL)
            check_fail(__FILE__, __LINE__, "taken: %s", answers[i]);
    response = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello");
    nw_bytes body;
    CHECK_EQ(nw_http_response_read(response, 0, &body), NW_EPROTOCOL);
    CHECK_EQ(nw_http_response_read(response, 0, &body), NW_EPROTOCOL);
    nw_http_response_close(response);
}

/* Fields without an end. */
static int talk_fields(struct peer *self, nw_stream *stream)
{
    CHECK(peer_read_head(self, stream) > 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\n"), 0);
    while (nw_printf(stream, "X-Field: %0200d\r\n", 1) > 0 && nw_flush(stream) == 0) {
    }
    return 0;
}

static void bombs(void)
{
    nw_http_response *response;
    struct peer bomber;

    peer_begin(&bomber, talk_fields);
    CHECK_EQ(nw_http_get(NULL, peer_url(&bomber, "/"), &response), -EMSGSIZE);
    peer_end(&bomber);
}

static int talk_echo(struct peer *self, nw_stream *stream)
{
    nw_slice line;

    CHECK(peer_read_head(self, stream) > 0);
    CHECK(peer_heard(self, "Connection: Upgrade"));
    CHECK(peer_heard(self, "Upgrade: echo/1"));
    CHECK_EQ(peer_say(stream,
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\n"
                      "first\n"),
             0);
    while (nw_read_line(stream, &line) > 0)
        CHECK_EQ(peer_send(stream, line.data, line.size), 0);
    return 0;
}

static void upgrade(void)
{
    nw_http_response *response;
    nw_stream *stream, *again;
    nw_slice line;
    struct peer echo;
    char byte;

    peer_begin(&echo, talk_echo);
    CHECK_EQ(nw_http_request(NULL,
                             &(nw_http_request_options){.url = peer_url(&echo, "/"), .upgrade = "echo/1"},
                             &response),
             0);
    CHECK_EQ(nw_http_response_status(response), 101);
    CHECK_EQ(nw_http_response_upgraded(response, &stream), 0);
    CHECK_EQ(nw_http_response_upgraded(response, &again), -EINVAL);
    CHECK_EQ(nw_read(nw_http_response_body(response), &byte, 1), 0);
    nw_http_response_close(response);
    CHECK_EQ(nw_read_line(stream, &line), 6);
    CHECK_MEM(line.data, "first\n", 6);
    CHECK_EQ(peer_say(stream, "hello\n"), 0);
    CHECK_EQ(nw_read_line(stream, &line), 6);
    CHECK_MEM(line.data, "hello\n", 6);
    CHECK_EQ(nw_close(stream), 0);

    CHECK_EQ(nw_http_request(NULL,
                             &(nw_http_request_options){.url = peer_url(&echo, "/"), .upgrade = "echo/1"},
                             &response),
             0);
    nw_http_response_close(response); /* nobody took it: it is closed */
    while (echo.open > 0)
        CHECK_EQ(nw_yield(), 0);
    peer_end(&echo);
    response = get("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK_EQ(nw_http_response_upgraded(response, &stream), -EINVAL);
    nw_http_response_close(response);
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, peer_says);
    heads();
    skipped();
    bodies();
    refused();
    bombs();
    upgrade();
    peer_end(&peer);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
