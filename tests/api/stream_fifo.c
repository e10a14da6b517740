/* SPDX-License-Identifier: MIT */
/*
 * FIFOs by their streams: opening waits for the other end, and only that task; what is there is read without
 * waiting for more; the writer's end is the end; a write that nobody will read is an error and no signal; no
 * positions.
 */
#include "check.h"
#include <nowait.h>

static int write_lines(void *arg)
{
    nw_stream *stream;

    (void)arg;
    CHECK_EQ(nw_open("fifo", "w", &stream), 0);
    for (int i = 0; i < 20000; i++)
        CHECK_EQ(nw_printf(stream, "line %05d\n", i), 11);
    CHECK_EQ(nw_tell(stream), 220000);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(nw_truncate(stream, 0) < 0, 1);
    return nw_close(stream);
}

static void lines_through(void)
{
    nw_task *writer = nw_spawn(write_lines, NULL);
    nw_stream *stream;
    nw_slice line;
    char expected[24];

    CHECK_EQ(nw_open("fifo", "r", &stream), 0);
    for (int i = 0; i < 20000; i++) {
        snprintf(expected, sizeof expected, "line %05d\n", i);
        CHECK_EQ(nw_read_line(stream, &line), 11);
        CHECK_MEM(line.data, expected, 11);
    }
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_tell(stream), 220000);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(nw_close(stream), 0);
}

/* "r+" opens a FIFO without waiting for anybody: what is written comes back. */
static void both_ends(void)
{
    nw_stream *stream;
    char data[64];
    nw_slice line;

    CHECK_EQ(nw_open("fifo", "r+", &stream), 0);
    CHECK_EQ(nw_write(stream, "some", 4), 4);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_read(stream, data, sizeof data), 4);
    CHECK_MEM(data, "some", 4);
    CHECK_EQ(nw_write(stream, "line\nrest", 9), 9);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_read_line(stream, &line), 5);
    CHECK_EQ(nw_read(stream, data, sizeof data), 4);
    CHECK_EQ(nw_close(stream), 0);
}

static int read_something(void *arg)
{
    char data[4];
    nw_stream *stream = arg;
    ssize_t got = nw_read(stream, data, sizeof data);

    return (int)got;
}

/* Nothing that comes is lost because a read was given up. */
static void read_given_up(void)
{
    nw_stream *stream;
    nw_slice line;
    nw_task *reader;
    char data[8];

    CHECK_EQ(nw_open("fifo", "r+", &stream), 0);
    for (int i = 0; i < 100; i++) {
        reader = nw_spawn(read_something, stream);
        CHECK_EQ(nw_yield(), 0);
        nw_cancel(reader);
        CHECK_EQ(nw_await(reader), -ECANCELED);
        CHECK_EQ(nw_timeout(NW_US(i), read_something, stream), -ETIMEDOUT);
        CHECK_EQ(nw_write(stream, "part", 4), 4);
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_peek(stream, 4, &line), 4);
        CHECK_EQ(nw_write(stream, "ner\n", 4), 4);
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_read_exactly(stream, data, 8), 8);
        CHECK_MEM(data, "partner\n", 8);
    }
    CHECK_EQ(nw_close(stream), 0);
}

static int open_only(void *arg)
{
    nw_stream *stream;
    int rc = nw_open("fifo", *(const char **)arg, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

static void open_given_up(void)
{
    for (int i = 0; i < 50; i++) {
        const char *mode = i % 2 ? "r" : "w";
        nw_task *task = nw_spawn(open_only, &mode);

        for (int j = 0; j < i % 5; j++)
            CHECK_EQ(nw_yield(), 0);
        nw_cancel(task);
        CHECK_EQ(nw_await(task), -ECANCELED);
    }
}

static int open_and_leave(void *arg)
{
    const char *mode = "r";

    (void)arg;
    return open_only(&mode);
}

/* What could not be written is told once by the flush, and by the close no more. */
static void nobody_reads(void)
{
    nw_task *reader = nw_spawn(open_and_leave, NULL);
    nw_stream *stream;

    CHECK_EQ(nw_open("fifo", "w", &stream), 0);
    CHECK_EQ(nw_await(reader), 0);
    CHECK_EQ(nw_write(stream, "lost", 4), 4);
    CHECK_EQ(nw_flush(stream), -EPIPE);
    CHECK_EQ(nw_written(stream), 0);
    nw_close(stream);
}

static int first(void *arg)
{
    (void)arg;
    CHECK_SYS(mkfifo("fifo", 0600));
    lines_through();
    both_ends();
    read_given_up();
    open_given_up();
    nobody_reads();
    return 0;
}

int main(void)
{
    int open_fds;

    check_enter_folder();
    open_fds = check_open_fds();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_fds);
    return 0;
}
