/* SPDX-License-Identifier: MIT */
/*
 * A message that stops at each of its bytes: the reader is cancelled there, or runs into its timeout, or the
 * peer closes. The first two lose nothing, whether the body is read directly or as a stream; the third is
 * never taken for a message.
 */
#include <check.h>
#include <nowait.h>
#include <sys/socket.h>

#include "http/wire.h"

static const struct nw__http_limits limits = {.head_bytes = 4096, .fields = 20};

static const char by_length[] = "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n0123456789ab";
static const char in_chunks[] = "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "3;x=\"y\"\r\n012\r\n9\r\n3456789ab\r\n0\r\nA: b\r\n\r\n";

struct reading {
    struct nw__http_wire wire;
    bool as_stream;
    char content[64];
    size_t bytes;
};

static ssize_t read_some(struct reading *reading, void *data, size_t size_bytes)
{
    nw_stream *body;

    if (!reading->as_stream)
        return nw__http_wire_read(&reading->wire, data, size_bytes);
    int rc = nw__http_wire_body(&reading->wire, &body);
    return rc < 0 ? rc : nw_read(body, data, size_bytes);
}

/* Goes on wherever the one before has stopped. */
static int read_message(void *arg)
{
    struct reading *reading = arg;
    ssize_t n = 1;

    if (!reading->wire.parser.head_done) {
        int rc = nw__http_wire_read_head(&reading->wire, NW__HTTP_ANSWER);
        if (rc != 1)
            return rc;
    }
    while (n > 0) {
        n = read_some(reading, reading->content + reading->bytes, sizeof reading->content - reading->bytes);
        if (n > 0)
            reading->bytes += (size_t)n;
    }
    return n < 0 ? (int)n : 1;
}

static void begin(struct reading *reading, bool as_stream, nw_stream **peer_out)
{
    nw_stream *ours;
    int fds[2];

    *reading = (struct reading){.as_stream = as_stream};
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    CHECK_EQ(nw_open_fd(fds[0], "r+", &ours), 0);
    CHECK_EQ(nw_open_fd(fds[1], "r+", peer_out), 0);
    nw__http_wire_init(&reading->wire, ours, NW__HTTP_REQUESTS, &limits);
}

static void send_part(nw_stream *peer, const char *data, size_t size)
{
    CHECK_EQ(nw_write(peer, data, size), (ssize_t)size);
    CHECK_EQ(nw_flush(peer), 0);
}

static void finish(struct reading *reading)
{
    CHECK_STR(reading->wire.parser.target.data, "/x");
    CHECK_EQ(reading->bytes, 12);
    CHECK_MEM(reading->content, "0123456789ab", 12);
    CHECK(reading->wire.parser.message_done);
    nw_stream *ours = reading->wire.stream;
    nw__http_wire_finish(&reading->wire);
    CHECK_EQ(nw_close(ours), 0);
}

static void cancelled_at(const char *text, size_t size, size_t cut, bool as_stream)
{
    struct reading reading;
    nw_stream *peer;

    begin(&reading, as_stream, &peer);
    send_part(peer, text, cut);
    nw_task *reader = nw_spawn(read_message, &reading);
    for (size_t i = 0; i < cut % 4; i++)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(reader);
    CHECK_EQ(nw_await(reader), -ECANCELED);
    send_part(peer, text + cut, size - cut);
    CHECK_EQ(read_message(&reading), 1);
    finish(&reading);
    CHECK_EQ(nw_close(peer), 0);
}

static void timed_out_at(const char *text, size_t size, size_t cut, bool as_stream)
{
    struct reading reading;
    nw_stream *peer;

    begin(&reading, as_stream, &peer);
    reading.wire.timeouts.read_ns = NW_US(100);
    send_part(peer, text, cut);
    CHECK_EQ(read_message(&reading), -ETIMEDOUT);
    reading.wire.timeouts.read_ns = 0;
    send_part(peer, text + cut, size - cut);
    CHECK_EQ(read_message(&reading), 1);
    finish(&reading);
    CHECK_EQ(nw_close(peer), 0);
}

static void closed_at(const char *text, size_t cut, bool as_stream)
{
    struct reading reading;
    nw_stream *peer;

    begin(&reading, as_stream, &peer);
    send_part(peer, text, cut);
    CHECK_EQ(nw_close(peer), 0);
    CHECK_EQ(read_message(&reading), cut == 0 ? 0 : NW_ETRUNCATED);
    if (cut > 0)
        CHECK_EQ(read_message(&reading), NW_ETRUNCATED);
    nw_stream *ours = reading.wire.stream;
    nw__http_wire_finish(&reading.wire);
    CHECK_EQ(nw_close(ours), 0);
}

static void cut_everywhere(const char *text, bool as_stream)
{
    size_t size = strlen(text), head = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);

    for (size_t cut = 0; cut < size; cut++) {
        cancelled_at(text, size, cut, as_stream);
        if (cut >= head)
            timed_out_at(text, size, cut, as_stream);
        closed_at(text, cut, as_stream);
    }
}

static int run(void *arg)
{
    (void)arg;
    cut_everywhere(by_length, false);
    cut_everywhere(in_chunks, false);
    cut_everywhere(by_length, true);
    cut_everywhere(in_chunks, true);
    return 0;
}

int main(void)
{
    return nw_run(run, NULL);
}
