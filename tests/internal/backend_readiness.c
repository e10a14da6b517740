/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that have to be waited for: pipes and sockets in blocking and in non-blocking mode, several ops
 * on one descriptor, a number that is closed and used again, polling.
 */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "../support/engine.h"

static struct engine engine;

static void start_read(nw_op *op, int fd, char *data, size_t size_bytes)
{
    nw_op_read(op, fd, data, size_bytes, -1);
    engine_submit(&engine, op);
}

/* A read that waits, in either mode of the descriptor, and sees the end when the peer goes. */
static void waits_for_data(int nonblocking)
{
    int fds[2];
    nw_op op;
    char data[8] = {0};

    CHECK_SYS(pipe2(fds, O_CLOEXEC | nonblocking));
    start_read(&op, fds[0], data, sizeof data);
    engine_turn(&engine, 0);
    CHECK_EQ(op.state, NW__OP_SUBMITTED);
    CHECK_EQ(write(fds[1], "hello", 5), 5);
    CHECK_EQ(engine_await(&engine, &op), 5);
    CHECK_MEM(data, "hello", 5);
    start_read(&op, fds[0], data, sizeof data);
    engine_turn(&engine, 0);
    CHECK_SYS(close(fds[1]));
    CHECK_EQ(engine_await(&engine, &op), 0);
    CHECK_SYS(close(fds[0]));
}

/* A write into a full pipe waits for room. */
static void waits_for_room(int nonblocking)
{
    int fds[2];
    nw_op op;
    char byte = 'x';
    static char sink[1 << 17];

    CHECK_SYS(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
    while (write(fds[1], &byte, 1) == 1) {
    }
    if (!nonblocking)
        CHECK_SYS(fcntl(fds[1], F_SETFL, 0));
    nw_op_write(&op, fds[1], "y", 1, -1);
    engine_submit(&engine, &op);
    engine_turn(&engine, 0);
    CHECK_EQ(op.state, NW__OP_SUBMITTED);
    CHECK(read(fds[0], sink, sizeof sink) > 4096);
    CHECK_EQ(engine_await(&engine, &op), 1);
    CHECK_SYS(close(fds[0]));
    CHECK_SYS(close(fds[1]));
}

/* One reads, one writes, two poll, all on the same socket. */
static void several_on_one_descriptor(void)
{
    int fds[2];
    nw_op read_op, poll_in, poll_out, poll_both;
    char data[8];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    start_read(&read_op, fds[0], data, sizeof data);
    nw_op_poll(&poll_in, fds[0], POLLIN);
    engine_submit(&engine, &poll_in);
    engine_turn(&engine, 0);
    nw_op_poll(&poll_out, fds[0], POLLOUT);
    nw_op_poll(&poll_both, fds[0], POLLIN | POLLOUT);
    engine_submit(&engine, &poll_out);
    engine_submit(&engine, &poll_both);
    CHECK_EQ(engine_await(&engine, &poll_out), POLLOUT);
    CHECK_EQ(engine_await(&engine, &poll_both), POLLOUT);
    CHECK_EQ(read_op.state, NW__OP_SUBMITTED);
    CHECK_EQ(poll_in.state, NW__OP_SUBMITTED);
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_EQ(engine_await(&engine, &read_op), 3);
    CHECK_EQ(write(fds[1], "d", 1), 1); /* the read may have been faster than the poll */
    CHECK_EQ(engine_await(&engine, &poll_in), POLLIN);
    CHECK_SYS(close(fds[0]));
    CHECK_SYS(close(fds[1]));
}

/* The same number, another pipe, again and again; sometimes with a duplicate keeping the old one alive. */
static void numbers_are_used_again(void)
{
    for (int i = 0; i < 100; i++) {
        int fds[2], copy = -1;
        nw_op op;
        char data[4];

        CHECK_SYS(pipe2(fds, O_CLOEXEC));
        start_read(&op, fds[0], data, sizeof data);
        engine_turn(&engine, 0);
        if (i % 3 == 0)
            CHECK_EQ(write(fds[1], "q", 1), 1);
        else
            engine_cancel(&engine, &op);
        CHECK_EQ(engine_await(&engine, &op), i % 3 == 0 ? 1 : -ECANCELED);
        if (i % 2 == 0)
            copy = CHECK_SYS(dup(fds[0]));
        CHECK_SYS(close(fds[0]));
        CHECK_SYS(close(fds[1]));
        if (copy >= 0)
            CHECK_SYS(close(copy));
    }
}

static void polling(void)
{
    int fds[2], event = CHECK_SYS(eventfd(0, EFD_CLOEXEC));
    int file = CHECK_SYS(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    nw_op op;

    nw_op_poll(&op, event, POLLIN | POLLOUT);
    CHECK_EQ(engine_run(&engine, &op), POLLOUT);
    nw_op_poll(&op, file, POLLIN);
    CHECK_EQ(engine_run(&engine, &op), POLLIN); /* a file is always ready */
    nw_op_poll(&op, -1, POLLIN);
    CHECK_EQ(engine_run(&engine, &op), -EBADF);
    CHECK_SYS(pipe2(fds, O_CLOEXEC));
    nw_op_poll(&op, fds[0], POLLIN);
    engine_submit(&engine, &op);
    engine_turn(&engine, 0);
    CHECK_SYS(close(fds[1]));
    CHECK_EQ(engine_await(&engine, &op), POLLHUP);
    CHECK_SYS(close(fds[0]));
    CHECK_SYS(close(event));
    CHECK_SYS(close(file));
}

int main(void)
{
    engine = engine_open();
    waits_for_data(0);
    waits_for_data(O_NONBLOCK);
    waits_for_room(0);
    waits_for_room(O_NONBLOCK);
    several_on_one_descriptor();
    numbers_are_used_again();
    polling();
    engine_close(&engine);
    return 0;
}
