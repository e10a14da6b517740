/* SPDX-License-Identifier: MIT */
/*
 * A body that is longer than is allowed, exactly as long, longer than is drained; what is called before it is
 * waited for; what is here already; and that a connection allocates for its first message only.
 */
#include <check.h>
#include <nowait.h>
#include <sys/socket.h>

#include "http/wire.h"

#define LENGTH "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n01234567"
#define CHUNKS                                                                                               \
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n4\r\n4567\r\n0\r\n\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct nw__http_limits limits = {.head_bytes = 4096, .fields = 20};

static struct nw__http_wire wire;
static nw_stream *peer;

static void begin(const char *text, enum nw__http_side side)
{
    nw_stream *ours;
    int fds[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    CHECK_EQ(nw_open_fd(fds[0], "r+", &ours), 0);
    CHECK_EQ(nw_open_fd(fds[1], "r+", &peer), 0);
    nw__http_wire_init(&wire, ours, side, &limits);
    CHECK_EQ(nw_write(peer, text, strlen(text)), (ssize_t)strlen(text));
    CHECK_EQ(nw_flush(peer), 0);
}

static void end(void)
{
    nw_stream *ours = wire.stream;

    nw__http_wire_finish(&wire);
    CHECK_EQ(nw_close(ours), 0);
    CHECK_EQ(nw_close(peer), 0);
}

/* Returns: the error; else how much there was. */
static ssize_t read_limited(const char *text, enum nw__http_side side, uint64_t limit, bool close_peer)
{
    char data[64];
    ssize_t n = 1, sum = 0;

    begin(text, side);
    if (close_peer)
        CHECK_EQ(nw_shutdown(peer), 0);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    wire.body_limit_bytes = limit;
    while (n > 0) {
        n = nw__http_wire_read(&wire, data, sizeof data);
        sum += n > 0 ? n : 0;
    }
    if (n < 0)
        CHECK_EQ(nw__http_wire_read(&wire, data, sizeof data), n);
    end();
    return n < 0 ? n : sum;
}

static void longer_than_allowed(void)
{
    static const char until_end[] = "HTTP/1.1 200 OK\r\n\r\n01234567";

    CHECK_EQ(read_limited(LENGTH, NW__HTTP_REQUESTS, 8, false), 8);
    CHECK_EQ(read_limited(LENGTH, NW__HTTP_REQUESTS, 7, false), -EFBIG);
    CHECK_EQ(read_limited(CHUNKS, NW__HTTP_REQUESTS, 8, false), 8);
    CHECK_EQ(read_limited(CHUNKS, NW__HTTP_REQUESTS, 7, false), -EFBIG);
    CHECK_EQ(read_limited(CHUNKS, NW__HTTP_REQUESTS, 4, false), -EFBIG);
    CHECK_EQ(read_limited(CHUNKS, NW__HTTP_REQUESTS, 0, false), -EFBIG);
    CHECK_EQ(read_limited(until_end, NW__HTTP_RESPONSES, 8, true), 8);
    CHECK_EQ(read_limited(until_end, NW__HTTP_RESPONSES, 7, true), -EFBIG);
    CHECK_EQ(read_limited(GET, NW__HTTP_REQUESTS, 0, false), 0);
}

static void drained(void)
{
    begin(LENGTH CHUNKS GET "\r\n", NW__HTTP_REQUESTS);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), -EINVAL);
    CHECK_EQ(nw__http_wire_drain(&wire, 7), -EFBIG);
    CHECK_EQ(nw__http_wire_drain(&wire, 8), 0);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_EQ(nw__http_wire_drain(&wire, 8), 0);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK_STR(wire.parser.method.data, "GET");
    CHECK_EQ(nw__http_wire_drain(&wire, 0), 0);
    CHECK(nw__http_wire_has_input(&wire));
    end();
}

static int called;

static int before_body(struct nw__http_wire *which, void *arg)
{
    CHECK(which == &wire && arg == &called);
    if (++called == 1)
        return -EPIPE;
    CHECK_EQ(nw_write(peer, "01234567", 8), 8);
    return nw_flush(peer);
}

static void called_before_the_wait(void)
{
    char data[64];

    begin("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
          NW__HTTP_REQUESTS);
    CHECK_EQ(nw__http_wire_read(&wire, data, sizeof data), -EINVAL);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK(wire.parser.expect_continue);
    wire.before_body = before_body;
    wire.arg = &called;
    CHECK_EQ(nw__http_wire_read_ready(&wire, data, sizeof data), -EAGAIN);
    CHECK_EQ(called, 0);
    CHECK_EQ(nw__http_wire_read(&wire, data, sizeof data), -EPIPE);
    CHECK_EQ(nw__http_wire_read(&wire, data, 4), 4);
    CHECK_EQ(nw__http_wire_read_ready(&wire, data, sizeof data), 4);
    CHECK_EQ(nw__http_wire_read(&wire, data, sizeof data), 0);
    CHECK_EQ(called, 2);
    end();
}

static void memory_is_kept(void)
{
    const void *text, *fields;

    begin(GET GET, NW__HTTP_REQUESTS);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    text = wire.parser.headers.text.data;
    fields = wire.parser.headers.fields;
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK(wire.parser.headers.text.data == text && wire.parser.headers.fields == fields);
    nw__http_wire_reuse(&wire, wire.stream);
    CHECK_EQ(nw_write(peer, GET, strlen(GET)), (ssize_t)strlen(GET));
    CHECK_EQ(nw_flush(peer), 0);
    CHECK_EQ(nw__http_wire_read_head(&wire, NW__HTTP_ANSWER), 1);
    CHECK(wire.parser.headers.text.data == text && wire.parser.headers.fields == fields);
    end();
}

static int run(void *arg)
{
    (void)arg;
    longer_than_allowed();
    drained();
    called_before_the_wait();
    memory_is_kept();
    return 0;
}

int main(void)
{
    return nw_run(run, NULL);
}
