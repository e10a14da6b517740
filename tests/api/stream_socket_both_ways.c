/* SPDX-License-Identifier: MIT */
/*
 * One stream over a socket, one task that reads and one that writes: neither holds up the other, however much
 * is under way, and what is read is what the other side sent.
 */
#include "check.h"
#include <nowait.h>
#include <sys/socket.h>

#define TOTAL ((size_t)8 * 1024 * 1024)

static char byte_at(size_t at)
{
    return (char)(at ^ at >> 8 ^ at >> 16);
}

/* The other side sends back what comes. */
static int echo(void *arg)
{
    int fd = *(int *)arg;
    char data[10000];
    ssize_t size;

    while ((size = nw_fd_read(fd, data, sizeof data)) > 0)
        CHECK_EQ(nw_fd_write(fd, data, (size_t)size), size);
    CHECK_EQ(size, 0);
    return nw_fd_close(fd);
}

static int write_all(void *arg)
{
    nw_stream *stream = arg;
    char data[3000];

    for (size_t at = 0; at < TOTAL;) {
        size_t size = TOTAL - at < sizeof data ? TOTAL - at : 1 + at % sizeof data;

        for (size_t i = 0; i < size; i++)
            data[i] = byte_at(at + i);
        CHECK_EQ(nw_write(stream, data, size), size);
        at += size;
    }
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_written(stream), TOTAL);
    return shutdown(nw_stream_fd(stream), SHUT_WR);
}

static int read_all(void *arg)
{
    nw_stream *stream = arg;
    char data[5000];
    size_t at = 0;
    ssize_t size;

    while ((size = nw_read(stream, data, 1 + at % sizeof data)) > 0)
        for (ssize_t i = 0; i < size; i++, at++)
            CHECK_EQ(data[i], byte_at(at));
    CHECK_EQ(size, 0);
    CHECK_EQ(at, TOTAL);
    return 0;
}

static void much_at_once(void)
{
    nw_task *tasks[3];
    nw_stream *stream;
    int ends[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQ(nw_open_fd(ends[0], "r+", &stream), 0);
    tasks[0] = nw_spawn(echo, &ends[1]);
    tasks[1] = nw_spawn(read_all, stream);
    tasks[2] = nw_spawn(write_all, stream);
    CHECK_EQ(nw_gather(tasks, 3), 0);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(nw_close(stream), 0);
}

static int read_line(void *arg)
{
    nw_slice line;
    int rc = (int)nw_read_line(arg, &line);

    if (rc == 5)
        CHECK_MEM(line.data, "pong\n", 5);
    return rc;
}

/* A task waits for what the other side answers to what is written meanwhile. */
static void written_while_another_waits_to_read(void)
{
    nw_task *reader;
    nw_stream *stream;
    char data[8];
    int ends[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQ(nw_open_fd(ends[0], "r+", &stream), 0);
    for (int i = 0; i < 100; i++) {
        reader = nw_spawn(read_line, stream);
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_write(stream, "ping\n", 5), 5);
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_fd_read(ends[1], data, sizeof data), 5);
        CHECK_EQ(nw_done(reader), 0);
        CHECK_EQ(nw_fd_write(ends[1], "po", 2), 2);
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_fd_write(ends[1], "ng\n", 3), 3);
        CHECK_EQ(nw_await(reader), 5);
    }
    /* One that waits to read does not keep it from being closed. */
    reader = nw_spawn(read_line, stream);
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_close(stream), 0);
    CHECK(nw_await(reader) < 0);
    CHECK_EQ(nw_fd_read(ends[1], data, sizeof data), 0);
    CHECK_EQ(nw_fd_close(ends[1]), 0);
}

/* A peer that is gone: what comes before is read, then the end or the error; no signal. */
static void peer_gone(void)
{
    nw_stream *stream;
    char data[8];
    int ends[2], rc = 0;

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQ(nw_open_fd(ends[0], "r+", &stream), 0);
    CHECK_EQ(nw_fd_write(ends[1], "bye", 3), 3);
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    CHECK_EQ(nw_read(stream, data, sizeof data), 3);
    CHECK_EQ(nw_read(stream, data, sizeof data), 0);
    CHECK_EQ(nw_write(stream, "x", 1), 1);
    rc = nw_flush(stream);
    CHECK_EQ(rc, -EPIPE);
    nw_close(stream);
}

static int first(void *arg)
{
    (void)arg;
    much_at_once();
    written_while_another_waits_to_read();
    peer_gone();
    return 0;
}

int main(void)
{
    int open_fds = check_open_fds();

    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_fds);
    return 0;
}
