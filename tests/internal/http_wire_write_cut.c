/* SPDX-License-Identifier: MIT */
/*
 * A body that is written to a peer who does not read: writes are cancelled, or run into the timeout, again
 * and again, in the middle of chunks and of their framing. What was taken is sent once, what was not, not at
 * all.
 */
#include <check.h>
#include <nowait.h>
#include <sys/socket.h>

#include "http/wire.h"

#define BODY_BYTES (256 * 1024)

static const struct nw__http_limits limits = {.head_bytes = 4096, .fields = 20};

static char content[BODY_BYTES];

struct writing {
    struct nw__http_wire wire;
    nw_stream *body;
    size_t done;
    size_t step;
};

static int write_rest(void *arg)
{
    struct writing *writing = arg;

    while (writing->done < BODY_BYTES) {
        size_t step = BODY_BYTES - writing->done;
        if (step > writing->step)
            step = writing->step;
        ssize_t n = nw_write(writing->body, content + writing->done, step);
        if (n < 0)
            return (int)n;
        writing->done += (size_t)n;
    }
    return nw_flush(writing->body);
}

static void open_pair(size_t buffer_bytes, nw_stream **ours_out, nw_stream **theirs_out)
{
    nw_open_options options = {.buffer_bytes = buffer_bytes};
    int fds[2], small = 4096;

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    CHECK_SYS(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
    CHECK_EQ(nw_open_fd_with(&options, fds[0], "r+", ours_out), 0);
    CHECK_EQ(nw_open_fd(fds[1], "r+", theirs_out), 0);
}

static int end_body(void *arg)
{
    struct writing *writing = arg;

    CHECK_EQ(nw__http_wire_send_end(&writing->wire, NULL), 0);
    CHECK_EQ(writing->wire.out_bytes, BODY_BYTES);
    return nw_flush(writing->wire.stream);
}

/* Each attempt is ended while it waits; a little is read between two. */
static void interrupted(size_t buffer_bytes, size_t step, int64_t size_bytes, bool by_timeout)
{
    struct writing writing = {.step = step};
    struct nw__http_wire reader;
    static char got[BODY_BYTES + 1];
    nw_stream *ours, *theirs;
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char counted[] = "HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n";
    size_t bytes = 0;
    int rc = -ECANCELED;

    open_pair(buffer_bytes, &ours, &theirs);
    nw__http_wire_init(&writing.wire, ours, NW__HTTP_REQUESTS, &limits);
    nw__http_wire_init(&reader, theirs, NW__HTTP_RESPONSES, &limits);
    CHECK(nw_write(ours, size_bytes < 0 ? head : counted, strlen(size_bytes < 0 ? head : counted)) > 0);
    CHECK_EQ(nw_flush(ours), 0);
    CHECK_EQ(nw__http_wire_read_head(&reader, NW__HTTP_ANSWER), 1);
    CHECK_EQ(nw__http_wire_send_body(&writing.wire, size_bytes, &writing.body), 0);
    writing.wire.timeouts.write_ns = by_timeout ? NW_US(50) : 0;
    while (rc != 0) {
        nw_task *writer = nw_spawn(write_rest, &writing);
        if (!by_timeout) {
            CHECK_EQ(nw_yield(), 0);
            CHECK_EQ(nw_yield(), 0);
            nw_cancel(writer);
        }
        rc = nw_await(writer);
        CHECK(rc == 0 || rc == -ECANCELED || (by_timeout && rc == -ETIMEDOUT));
        /* Perhaps nothing has left the writer's buffers yet. */
        reader.timeouts.read_ns = NW_US(50);
        ssize_t n = nw__http_wire_read(&reader, got + bytes, bytes % 7000 + 1);
        reader.timeouts.read_ns = 0;
        CHECK(n > 0 || n == -ETIMEDOUT);
        bytes += n > 0 ? (size_t)n : 0;
    }
    writing.wire.timeouts.write_ns = 0;
    nw_task *writer = nw_spawn(end_body, &writing);
    for (ssize_t n = 1; n > 0; bytes += (size_t)n) {
        n = nw__http_wire_read(&reader, got + bytes, sizeof got - bytes);
        CHECK(n >= 0);
    }
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(bytes, BODY_BYTES);
    CHECK_MEM(got, content, BODY_BYTES);
    nw__http_wire_finish(&reader);
    nw__http_wire_finish(&writing.wire);
    CHECK_EQ(nw_close(ours), 0);
    CHECK_EQ(nw_close(theirs), 0);
}

/* Neither more nor less than was announced. */
static void wrong_sizes(void)
{
    struct nw__http_wire wire;
    nw_stream *ours, *theirs, *body;

    open_pair(0, &ours, &theirs);
    nw__http_wire_init(&wire, ours, NW__HTTP_REQUESTS, &limits);
    CHECK_EQ(nw__http_wire_send_body(&wire, 5, &body), 0);
    CHECK_EQ(nw_write(body, "1234", 4), 4);
    CHECK_EQ(nw__http_wire_send_end(&wire, NULL), -EPIPE);
    CHECK_EQ(nw__http_wire_send_body(&wire, 5, &body), 0);
    CHECK_EQ(nw_write(body, "123456", 6), 6);
    CHECK_EQ(nw__http_wire_send_end(&wire, NULL), -EFBIG);
    CHECK_EQ(wire.out_bytes, 5);
    CHECK_EQ(nw__http_wire_send_body(&wire, 0, &body), 0);
    CHECK_EQ(nw__http_wire_send_end(&wire, NULL), 0);
    CHECK_EQ(nw__http_wire_send_end(&wire, NULL), -EINVAL);
    CHECK_EQ(nw__http_wire_send_body(&wire, -3, &body), -EINVAL);
    nw__http_wire_finish(&wire);
    CHECK_EQ(nw_close(ours), 0);
    CHECK_EQ(nw_close(theirs), 0);
}

static int run(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (char)(i * 7 + i / 253);
    for (int by_timeout = 0; by_timeout < 2; by_timeout++) {
        interrupted(1, 1000, -1, by_timeout);
        interrupted(0, 1000, -1, by_timeout);
        interrupted(0, BODY_BYTES, -1, by_timeout);
        interrupted(512, BODY_BYTES, BODY_BYTES, by_timeout);
    }
    wrong_sizes();
    return 0;
}

int main(void)
{
    return nw_run(run, NULL);
}
