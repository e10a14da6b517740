/* SPDX-License-Identifier: MIT */
/*
 * What is sent: bytes, JSON, a form, a stream with and without a length, trailers; with which fields.
 */
#include "../support/http_peer.h"

static nw_bytes got;

/* Remembers all that comes of a request, and answers when it was as long as `arg` says. */
static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        size_t expected = *(size_t *)peer->arg;
        nw_bytes_finish(&got);
        got.data = calloc(1, expected + 1);
        CHECK(got.data);
        got.size = expected;
        if (expected)
            CHECK_EQ(nw_read_exactly(stream, got.data, expected), (ssize_t)expected);
        if (peer_say(stream, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n") < 0)
            break;
    }
    return 0;
}

static struct peer peer;
static size_t expected_bytes;

static void send(nw_http_request_options *request, const char *body)
{
    nw_http_response *response;

    request->url = peer_url(&peer, "/");
    expected_bytes = strlen(body);
    CHECK_EQ(nw_http_request(NULL, request, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 201);
    CHECK_STR(got.data, body);
    nw_http_response_close(response);
}

#define SEND(body, ...) send(&(nw_http_request_options){__VA_ARGS__}, body)

static void short_ones(void)
{
    const nw_pair form[] = {{"a", "b c"}, {"d", "&="}};
    nw_http_response *response;

    SEND("hello", .body = {"hello", 5});
    CHECK(peer_heard(&peer, "POST / HTTP/1.1"));
    CHECK(peer_heard(&peer, "Content-Length: 5"));
    CHECK(peer_heard(&peer, "Content-Type: application/octet-stream"));
    SEND("hello", .body = {"hello", 5}, .method = "PUT", .media_type = "text/plain");
    CHECK(peer_heard(&peer, "PUT / HTTP/1.1"));
    CHECK(peer_heard(&peer, "Content-Type: text/plain"));
    SEND("{\"a\": 1}", .json = "{\"a\": 1}", .method = "PATCH");
    CHECK(peer_heard(&peer, "PATCH / HTTP/1.1"));
    CHECK(peer_heard(&peer, "Content-Type: application/json"));
    SEND("a=b+c&d=%26%3D", .form = form, .form_count = 2);
    CHECK(peer_heard(&peer, "Content-Type: application/x-www-form-urlencoded"));
    SEND("", .method = "POST");
    CHECK(peer_heard(&peer, "Content-Length: 0"));
    SEND("", .method = "DELETE");
    CHECK(!strstr(peer.head, "Content-Length"));
    SEND("", .body = {"", 0});
    CHECK(peer_heard(&peer, "Content-Length: 0"));
    expected_bytes = 2;
    CHECK_EQ(nw_http_post(NULL, peer_url(&peer, "/"), "a/b", (nw_slice){"hi", 2}, &response), 0);
    CHECK_STR(got.data, "hi");
    CHECK(peer_heard(&peer, "Content-Type: a/b"));
    nw_http_response_close(response);
}

static void streams(void)
{
    const nw_pair trailers[] = {{"X-Sum", "1"}, {"X-More", "2"}};
    nw_stream *stream;

    CHECK_EQ(nw_open_slice((nw_slice){"streamed", 8}, &stream), 0);
    SEND("stream", .stream = stream, .stream_bytes = 6);
    CHECK(peer_heard(&peer, "Content-Length: 6"));
    SEND("2\r\ned\r\n0\r\n\r\n", .stream = stream, .media_type = "text/plain");
    CHECK(peer_heard(&peer, "Transfer-Encoding: chunked"));
    CHECK(peer_heard(&peer, "Content-Type: text/plain"));
    SEND("0\r\n\r\n", .stream = stream);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_open_slice((nw_slice){"streamed", 8}, &stream), 0);
    SEND("8\r\nstreamed\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", .stream = stream, .trailers = trailers,
         .trailer_count = 2);
    CHECK(peer_heard(&peer, "Trailer: X-Sum"));
    CHECK(peer_heard(&peer, "Trailer: X-More"));
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(peer.connections, 1);
}

/* The length of what is left of a file is known; of one that says it is empty it is not. */
static void files(void)
{
    const nw_pair trailer = {"X-Sum", "1"};
    nw_stream *stream;

    CHECK_EQ(nw_write_file("file", "0123456789", 10, 0), 0);
    CHECK_EQ(nw_open("file", "r", &stream), 0);
    SEND("0123456789", .stream = stream);
    CHECK(peer_heard(&peer, "Content-Length: 10"));
    CHECK_EQ(nw_seek(stream, 4, SEEK_SET), 4);
    SEND("456789", .stream = stream);
    CHECK(peer_heard(&peer, "Content-Length: 6"));
    SEND("0\r\n\r\n", .stream = stream);
    CHECK(peer_heard(&peer, "Transfer-Encoding: chunked"));
    CHECK_EQ(nw_seek(stream, 8, SEEK_SET), 8);
    SEND("2\r\n89\r\n0\r\nX-Sum: 1\r\n\r\n", .stream = stream, .trailers = &trailer, .trailer_count = 1);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_open("file", "r+", &stream), 0);
    CHECK_EQ(nw_write(stream, "abc", 3), 3); /* and more than the file has, once it is flushed */
    SEND("7\r\n3456789\r\n0\r\n\r\n", .stream = stream);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(peer.connections, 1);
}

static int count(uint64_t done, uint64_t total, void *arg)
{
    uint64_t *last = arg;

    CHECK(done > *last);
    CHECK_EQ(total, 1000000);
    *last = done;
    return 0;
}

/* Longer than any buffer on the way. */
static void long_one(void)
{
    char *data = malloc(1000001);
    uint64_t last = 0;
    const nw_progress progress = {count, &last};

    CHECK(data);
    for (int i = 0; i < 1000000; i++)
        data[i] = (char)('a' + i % 26);
    data[1000000] = '\0';
    SEND(data, .body = {data, 1000000}, .progress = &progress);
    CHECK_EQ(last, 1000000);
    CHECK_EQ(peer.connections, 1);
    free(data);
}

/* A stream that is shorter than announced is told, and the server sees no whole body. */
static void too_short(void)
{
    nw_http_failure failure;
    nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .stream_bytes = 10, .failure_out = &failure};
    nw_http_response *response;

    expected_bytes = 0;
    CHECK_EQ(nw_open_slice((nw_slice){"short", 5}, &request.stream), 0);
    request.expect_continue = false;
    int rc = nw_http_request(NULL, &request, &response);
    if (rc == 0) /* the answer, which does not wait for the body, was quicker */
        nw_http_response_close(response);
    else
        CHECK_EQ(rc, -EPIPE);
    CHECK_EQ(nw_close(request.stream), 0);
}

static void credentials(void)
{
    SEND("", .user = "Aladdin", .password = "open sesame");
    CHECK(peer_heard(&peer, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    SEND("", .user = "a");
    CHECK(peer_heard(&peer, "Authorization: Basic YTo="));
    SEND("", .bearer = "abc.def");
    CHECK(peer_heard(&peer, "Authorization: Bearer abc.def"));
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, talk);
    peer.arg = &expected_bytes;
    short_ones();
    streams();
    files();
    long_one();
    credentials();
    too_short();
    peer_end(&peer);
    nw_bytes_finish(&got);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
