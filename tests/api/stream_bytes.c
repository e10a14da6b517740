/* SPDX-License-Identifier: MIT */
/*
 * Pipes, sockets and memory as streams: reads give what there is, both directions at once, a reader that is
 * gone, closing while somebody waits, cancelled reads that lose nothing.
 */
#include <sys/socket.h>

#include "../support/runtime.h"

static void open_pair(int fds[2], const char *first, const char *second, nw_stream *streams_out[2])
{
    CHECK_EQ(nw_open_fd(fds[0], first, &streams_out[0]), 0);
    CHECK_EQ(nw_open_fd(fds[1], second, &streams_out[1]), 0);
}

static void open_pipe(nw_stream *streams_out[2])
{
    int fds[2];

    CHECK_SYS(pipe2(fds, O_CLOEXEC));
    open_pair(fds, "r", "w", streams_out);
}

static void open_sockets(nw_stream *streams_out[2])
{
    int fds[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    open_pair(fds, "r+", "r+", streams_out);
}

static void pipes(void)
{
    nw_stream *streams[2];
    nw_slice line;
    char data[16];

    open_pipe(streams);
    CHECK_EQ(nw_write(streams[1], "a\nb\0c\nrest", 10), 10);
    CHECK_EQ(nw_flush(streams[1]), 0);
    CHECK_EQ(nw_read_line(streams[0], &line), 2);
    CHECK_EQ(nw_read_line(streams[0], &line), 4);
    CHECK_MEM(line.data, "b\0c\n", 4);
    CHECK_EQ(nw_read(streams[0], data, sizeof data), 4); /* what there is */
    CHECK_EQ(nw_tell(streams[0]), 10);
    CHECK_EQ(nw_tell(streams[1]), 10);
    CHECK_EQ(nw_seek(streams[0], 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(nw_truncate(streams[1], 0), -EINVAL);
    CHECK_EQ(nw_write(streams[1], "12", 2), 2);
    CHECK_EQ(nw_close(streams[1]), 0);
    CHECK_EQ(nw_read_exactly(streams[0], data, 3), NW_EINCOMPLETE);
    CHECK_EQ(nw_peek(streams[0], 1, &line), 2);
    CHECK_EQ(nw_read_line(streams[0], &line), 2);
    CHECK_MEM(line.data, "12", 2);
    CHECK_EQ(nw_read(streams[0], data, 1), 0);
    CHECK_EQ(nw_close(streams[0]), 0);
}

static int echo(void *arg)
{
    nw_stream *stream = arg;
    nw_slice line;
    ssize_t n;

    while ((n = nw_read_line(stream, &line)) > 0) {
        CHECK_EQ(nw_write(stream, line.data, line.size), n);
        CHECK_EQ(nw_flush(stream), 0);
    }
    return (int)n;
}

static void sockets(void)
{
    nw_stream *streams[2];
    nw_slice line;

    open_sockets(streams);
    nw_task *task = nw_spawn(echo, streams[1]);
    for (int i = 0; i < 100; i++) {
        CHECK(nw_printf(streams[0], "line %03d\n", i) == 9);
        CHECK_EQ(nw_flush(streams[0]), 0);
        CHECK_EQ(nw_read_line(streams[0], &line), 9);
        CHECK_EQ(line.data[7], '0' + i % 10);
    }
    CHECK_EQ(nw_close(streams[0]), 0);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(nw_close(streams[1]), 0);
}

struct waiter {
    nw_stream *stream;
    ssize_t result;
    char data[8];
};

static int read_one(void *arg)
{
    struct waiter *waiter = arg;

    waiter->result = nw_read(waiter->stream, waiter->data, 1);
    return (int)waiter->result;
}

/* Three wait for a byte each; the second is cancelled: the others get theirs, in order. */
static void queue_of_readers(void)
{
    nw_stream *streams[2];
    struct waiter waiters[3];
    nw_task *tasks[3];

    open_pipe(streams);
    for (int i = 0; i < 3; i++) {
        waiters[i].stream = streams[0];
        tasks[i] = nw_spawn(read_one, &waiters[i]);
    }
    yield_all();
    nw_cancel(tasks[1]);
    CHECK_EQ(nw_await(tasks[1]), -ECANCELED);
    CHECK_EQ(nw_write(streams[1], "ab", 2), 2);
    CHECK_EQ(nw_flush(streams[1]), 0);
    CHECK_EQ(nw_await(tasks[0]), 1);
    CHECK_EQ(nw_await(tasks[2]), 1);
    CHECK_EQ(waiters[0].data[0], 'a');
    CHECK_EQ(waiters[2].data[0], 'b');
    CHECK_EQ(nw_close(streams[0]), 0);
    CHECK_EQ(nw_close(streams[1]), 0);
}

/* Those who wait in a stream that is closed get -EBADF, and the close does not wait for a byte. */
static void close_while_waiting(void)
{
    nw_stream *streams[2];
    struct waiter waiters[3];
    nw_task *tasks[3];

    open_sockets(streams);
    for (int i = 0; i < 3; i++) {
        waiters[i].stream = streams[0];
        tasks[i] = nw_spawn(read_one, &waiters[i]);
    }
    yield_all();
    CHECK_EQ(nw_close(streams[0]), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), -EBADF);
    CHECK_EQ(nw_close(streams[1]), 0);
}

/* A read that had taken a part and is cancelled gives it back. */
static int read_eight(void *arg)
{
    struct waiter *waiter = arg;

    waiter->result = nw_read_exactly(waiter->stream, waiter->data, 8);
    return (int)waiter->result;
}

/* The close comes at each moment between a byte and those who wait for it. */
static void close_while_bytes_come(int turns, nw_task_fn *fn)
{
    nw_stream *streams[2];
    struct waiter waiters[3];
    nw_task *tasks[3];

    open_pipe(streams);
    for (int i = 0; i < 3; i++) {
        waiters[i].stream = streams[0];
        tasks[i] = nw_spawn(fn, &waiters[i]);
    }
    yield_all();
    CHECK_EQ(nw_write(streams[1], "x", 1), 1);
    CHECK_EQ(nw_flush(streams[1]), 0);
    for (int i = 0; i < turns; i++)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_close(streams[0]), 0);
    for (int i = 0; i < 3; i++) {
        int rc = nw_await(tasks[i]);
        CHECK(rc == -EBADF || (rc == 1 && i == 0));
    }
    CHECK_EQ(nw_close(streams[1]), 0);
}

static int write_much(void *arg)
{
    struct waiter *waiter = arg;
    static const char data[1000000];

    waiter->result = nw_write(waiter->stream, data, sizeof data);
    waiter->result = waiter->result > 0 ? nw_write(waiter->stream, data, sizeof data) : waiter->result;
    return (int)waiter->result;
}

/* A peer that does not read: who closes the stream waits for the writer before, but not for ever. */
static void close_while_writing(void)
{
    nw_stream *streams[2];
    struct waiter waiter = {.result = 0};
    nw_deadline deadline;
    nw_slice line;

    open_pipe(streams);
    waiter.stream = streams[1];
    nw_task *task = nw_spawn(write_much, &waiter);
    yield_all();
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_close(streams[1]), 0); /* there was nothing of its own to write */
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_await(task), -EBADF);
    CHECK_EQ(nw_skip(streams[0], INT64_MAX), 65536);

    CHECK_EQ(nw_close(streams[0]), 0);
    open_pipe(streams);
    while (nw_write(streams[1], "1234567890", 10) == 10 && nw_tell(streams[1]) < 65530) {
    }
    CHECK_EQ(nw_flush(streams[1]), 0);
    CHECK_EQ(nw_write(streams[1], "1234567890", 10), 10);
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_close(streams[1]), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK(nw_peek(streams[0], 1, &line) > 0);
    CHECK_EQ(nw_close(streams[0]), 0);
}

static void reader_gone(void)
{
    nw_stream *streams[2];
    char data[70000] = {0};

    open_pipe(streams);
    CHECK_EQ(nw_write(streams[1], "kept", 4), 4);
    CHECK_EQ(nw_close(streams[0]), 0);
    CHECK_EQ(nw_flush(streams[1]), -EPIPE);
    CHECK_EQ(nw_flush(streams[1]), -EPIPE); /* tried again */
    CHECK_EQ(nw_written(streams[1]), 0);
    CHECK_EQ(nw_write(streams[1], data, sizeof data), sizeof data); /* there is room */
    CHECK_EQ(nw_write(streams[1], data, sizeof data), 131072 - 70004);
    CHECK_EQ(nw_write(streams[1], data, sizeof data), -EPIPE);
    CHECK_EQ(nw_close(streams[1]), -EPIPE);
}

static int read_everything(void *arg)
{
    struct waiter *waiter = arg;
    nw_bytes bytes;

    waiter->result = nw_read_all(waiter->stream, 0, &bytes);
    return (int)waiter->result;
}

static void cancelled_reads(void)
{
    nw_stream *streams[2];
    struct waiter waiter = {.result = 0};
    nw_slice line;

    open_pipe(streams);
    waiter.stream = streams[0];
    for (int i = 0; i < 2; i++) {
        nw_task *task = nw_spawn(i ? read_everything : read_eight, &waiter);
        CHECK_EQ(nw_write(streams[1], "abc", 3), 3);
        CHECK_EQ(nw_flush(streams[1]), 0);
        yield_all();
        nw_cancel(task);
        CHECK_EQ(nw_await(task), -ECANCELED);
    }
    CHECK_EQ(nw_tell(streams[0]), 0);
    CHECK_EQ(nw_peek(streams[0], 6, &line), 6);
    CHECK_MEM(line.data, "abcabc", 6);
    CHECK_EQ(nw_close(streams[1]), 0);
    CHECK_EQ(nw_read_line(streams[0], &line), 6);
    CHECK_EQ(nw_close(streams[0]), 0);
}

static void memory(void)
{
    nw_stream *stream;
    nw_slice line;
    nw_bytes bytes;

    CHECK_EQ(nw_open_slice(nw_slice_of("one\ntwo"), &stream), 0);
    CHECK_EQ(nw_read_line(stream, &line), 4);
    CHECK_EQ(nw_read_line(stream, &line), 3);
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_seek(stream, 1, SEEK_SET), 1);
    CHECK_EQ(nw_read_line(stream, &line), 3);
    CHECK_EQ(nw_write(stream, "x", 1), -EBADF);
    CHECK_EQ(nw_close(stream), 0);

    CHECK_EQ(nw_open_memory(10, &stream), 0);
    CHECK_EQ(nw_write(stream, "01234567", 8), 8);
    CHECK_EQ(nw_seek(stream, 2, SEEK_SET), 2);
    CHECK_EQ(nw_write(stream, "AB", 2), 2);
    CHECK_EQ(nw_read_line(stream, &line), 4);
    CHECK_MEM(line.data, "4567", 4);
    CHECK_EQ(nw_write(stream, "8901", 4), 4);
    CHECK_EQ(nw_flush(stream), -EFBIG);
    CHECK_EQ(nw_written(stream), 12);
    CHECK_EQ(nw_memory_take(stream, &bytes), -EFBIG);
    CHECK_EQ(nw_close(stream), -EFBIG);

    CHECK_EQ(nw_open_memory(0, &stream), 0);
    CHECK_EQ(nw_printf(stream, "%d", 12345), 5);
    CHECK_EQ(nw_memory_take(stream, &bytes), 0);
    CHECK_STR(bytes.data, "12345");
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_tell(stream), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static int first(void *arg)
{
    int before = check_open_fds();

    (void)arg;
    pipes();
    sockets();
    queue_of_readers();
    close_while_waiting();
    for (int turns = 0; turns < 10; turns++) {
        close_while_bytes_come(turns, read_one);
        close_while_bytes_come(turns, read_eight);
    }
    close_while_writing();
    reader_gone();
    cancelled_reads();
    memory();
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    nw_stream *stream;

    CHECK_EQ(nw_open_slice(nw_slice_of("made outside"), &stream), 0);
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}
