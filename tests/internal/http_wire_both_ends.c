/* SPDX-License-Identifier: MIT */
/*
 * Two wires that talk to each other: requests and answers, by length, in chunks with trailers, up to the end;
 * bodies read directly and as streams; several messages on one connection.
 */
#include <check.h>
#include <nowait.h>
#include <sys/socket.h>

#include "http/wire.h"

#define BIG_BYTES (300 * 1000)

static const struct nw__http_limits limits = {.head_bytes = 4096, .fields = 20};

static char big[BIG_BYTES];

static void send_text(nw_stream *stream, const char *text)
{
    CHECK_EQ(nw_write(stream, text, strlen(text)), (ssize_t)strlen(text));
}

static void send_big(struct nw__http_wire *wire, int64_t size_bytes, const nw_http_headers *trailers)
{
    nw_stream *body;

    CHECK_EQ(nw__http_wire_send_body(wire, size_bytes, &body), 0);
    CHECK_EQ(nw_write(body, big, 10), 10);
    CHECK_EQ(nw_flush(body), 0);
    CHECK_EQ(nw_write(body, big + 10, 90), 90);
    CHECK_EQ(nw_write(body, big + 100, BIG_BYTES - 100), BIG_BYTES - 100);
    CHECK_EQ(nw__http_wire_send_end(wire, trailers), 0);
    CHECK_EQ(wire->out_bytes, BIG_BYTES);
    CHECK_EQ(nw_flush(wire->stream), 0);
}

static int serve(void *arg)
{
    nw_http_headers *trailers;
    struct nw__http_wire wire;
    nw_stream *stream = arg, *body;
    nw_bytes bytes;
    char data[100];

    nw__http_wire_init(&wire, stream, NW__HTTP_REQUESTS, &limits);

    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_STR(wire.parser.target.data, "/length");
    CHECK_EQ(nw__http_wire_read(&wire, data, sizeof data), 0);
    send_text(stream, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
    send_big(&wire, BIG_BYTES, NULL);

    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_STR(wire.parser.target.data, "/chunks");
    CHECK_EQ(nw__http_wire_body(&wire, &body), 0);
    CHECK_EQ(nw_read_all(body, 0, &bytes), 0);
    CHECK_EQ(bytes.size, BIG_BYTES);
    CHECK_MEM(bytes.data, big, BIG_BYTES);
    nw_bytes_finish(&bytes);
    CHECK_STR(nw_http_headers_get(&wire.parser.trailers, "X-Sum"), "1");
    send_text(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK_EQ(nw_http_headers_create(&trailers), 0);
    CHECK_EQ(nw_http_headers_add(trailers, "X-Sum", "2"), 0);
    send_big(&wire, -1, trailers);
    nw_http_headers_destroy(trailers);

    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_STR(wire.parser.target.data, "/end");
    CHECK_EQ(nw__http_wire_drain(&wire, 3), -EFBIG);
    CHECK_EQ(nw__http_wire_drain(&wire, 4), 0);
    send_text(stream, "HTTP/1.1 200 OK\r\n\r\n");
    send_big(&wire, NW__HTTP_UNTIL_CLOSE, NULL);
    nw__http_wire_finish(&wire);
    return nw_close(stream);
}

static void read_big(struct nw__http_wire *wire)
{
    static char data[BIG_BYTES];
    size_t done = 0;
    ssize_t n;

    CHECK_EQ(nw__http_wire_read_head(wire, NW__HTTP_ANSWER), 1);
    CHECK_EQ(wire->parser.status, 200);
    while ((n = nw__http_wire_read(wire, data + done, sizeof data - done + 1)) > 0)
        done += (size_t)n;
    CHECK_EQ(n, 0);
    CHECK_EQ(done, BIG_BYTES);
    CHECK_MEM(data, big, BIG_BYTES);
    CHECK(wire->parser.message_done);
}

static void ask(struct nw__http_wire *wire)
{
    nw_http_headers *trailers;

    send_text(wire->stream, "GET /length HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_EQ(nw_flush(wire->stream), 0);
    read_big(wire);

    send_text(wire->stream, "PUT /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK_EQ(nw_http_headers_create(&trailers), 0);
    CHECK_EQ(nw_http_headers_add(trailers, "X-Sum", "1"), 0);
    send_big(wire, -1, trailers);
    nw_http_headers_destroy(trailers);
    read_big(wire);
    CHECK_STR(nw_http_headers_get(&wire->parser.trailers, "x-sum"), "2");

    send_text(wire->stream, "PUT /end HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd");
    CHECK_EQ(nw_flush(wire->stream), 0);
    read_big(wire);
    CHECK_EQ(nw__http_wire_read_head(wire, NW__HTTP_ANSWER), 0);
}

static int both(void *arg)
{
    struct nw__http_wire wire;
    nw_stream *ours, *theirs;
    int fds[2];

    (void)arg;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 31 + i / 251);
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    CHECK_EQ(nw_open_fd(fds[0], "r+", &ours), 0);
    CHECK_EQ(nw_open_fd(fds[1], "r+", &theirs), 0);
    nw_task *server = nw_spawn(serve, theirs);
    nw__http_wire_init(&wire, ours, NW__HTTP_RESPONSES, &limits);
    ask(&wire);
    nw__http_wire_finish(&wire);
    CHECK_EQ(nw_close(ours), 0);
    return nw_await(server);
}

int main(void)
{
    return nw_run(both, NULL);
}
