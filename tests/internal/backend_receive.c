/* SPDX-License-Identifier: MIT */
/*
 * An op that receives tells of every datagram once, lends no more than it has, and goes on when something was
 * given back; it ends when it is cancelled, and with the socket's errors.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/engine.h"

#define LENT_MAX 64 /* by a ring */

static struct engine engine;

static struct wire {
    nw_op op;
    int fd, peer;
    struct sockaddr_in peer_address;
    bool keeps; /* what was told; else it is given back at once */
    int told, told_max;
    int done;
    struct nw__datagram *kept[LENT_MAX];
    size_t kept_count;
} wire;

static void give_back(struct nw__datagram *datagram)
{
    engine.backend->vtable->give_back(engine.backend, datagram);
}

static void note(nw_op *op, struct nw__datagram *datagram)
{
    const struct sockaddr_in *from = datagram->name;

    CHECK_EQ(op->state, NW__OP_SUBMITTED);
    CHECK_EQ(wire.done, 0);
    CHECK_EQ(datagram->name_size, sizeof *from);
    CHECK_EQ(from->sin_port, wire.peer_address.sin_port);
    if (datagram->size > 0) {
        CHECK_EQ(datagram->size, sizeof(int));
        CHECK_MEM(datagram->data, (const char *)&wire.told, sizeof wire.told);
    }
    wire.told++;
    if (wire.keeps) {
        CHECK(wire.kept_count < LENT_MAX);
        wire.kept[wire.kept_count++] = datagram;
    } else {
        give_back(datagram);
    }
    if (wire.told == wire.told_max)
        engine_cancel(&engine, op);
}

static void note_done(nw_op *op)
{
    CHECK_EQ(op->state, NW__OP_DONE);
    wire.done++;
}

static void begin(void)
{
    wire.done = 0;
    nw__op_receive(&wire.op, wire.fd, note);
    wire.op.done = note_done;
    engine_submit(&engine, &wire.op);
}

static int open_socket(struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int fd = CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK_SYS(bind(fd, (struct sockaddr *)address, size));
    CHECK_SYS(getsockname(fd, (struct sockaddr *)address, &size));
    return fd;
}

static void open_wire(void)
{
    struct sockaddr_in address;

    wire = (struct wire){.told = 0};
    wire.fd = open_socket(&address);
    wire.peer = open_socket(&wire.peer_address);
    CHECK_SYS(connect(wire.peer, (struct sockaddr *)&address, sizeof address));
    begin();
}

static void say(int from, int to)
{
    for (int i = from; i < to; i++)
        CHECK_EQ(send(wire.peer, &i, sizeof i, 0), (ssize_t)sizeof i);
}

static void await_told(int count)
{
    while (wire.told < count)
        engine_turn(&engine, -1);
    CHECK_EQ(wire.told, count);
}

static void give_all_back(void)
{
    while (wire.kept_count > 0)
        give_back(wire.kept[--wire.kept_count]);
}

static void close_wire(void)
{
    if (wire.op.state == NW__OP_SUBMITTED) {
        engine_cancel(&engine, &wire.op);
        CHECK_EQ(engine_await(&engine, &wire.op), -ECANCELED);
    }
    CHECK_EQ(wire.done, 1);
    CHECK_EQ(engine.backend->standing, 0);
    give_all_back();
    CHECK_SYS(close(wire.fd));
    CHECK_SYS(close(wire.peer));
}

static void tells_of_each(void)
{
    open_wire();
    for (int i = 0; i < 200; i++) {
        say(i, i + 1);
        await_told(i + 1);
    }
    CHECK_EQ(engine.backend->standing, 1);
    say(200, 250); /* the completion queue of this ring has room for 32 */
    await_told(250);
    close_wire();
}

/* The kernel ends it then. */
static void empty_ones(void)
{
    open_wire();
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(send(wire.peer, "", 0, 0), 0);
        CHECK_EQ(send(wire.peer, "", 0, 0), 0);
        await_told(2 * i + 2);
    }
    close_wire();
}

static void lends_so_many(void)
{
    open_wire();
    wire.keeps = true;
    for (int round = 0; round < 3; round++) {
        int before = wire.told;
        say(before, before + LENT_MAX + 10);
        CHECK_EQ(engine_await(&engine, &wire.op), -ENOBUFS);
        CHECK_EQ(wire.told, before + LENT_MAX);
        begin();
        CHECK_EQ(engine_await(&engine, &wire.op), -ENOBUFS);
        give_all_back();
        begin();
        await_told(before + LENT_MAX + 10);
        give_all_back();
    }
    close_wire();
}

/* In the queue, in the kernel, with datagrams that have not been told of: those are told or still there. */
static void cancelled_anywhere(void)
{
    for (int round = 0; round < 60; round++) {
        int left = 0, datagram;

        open_wire();
        wire.told_max = round % 4 == 3 ? 2 : 0;
        for (int turns = round % 3; turns > 0; turns--)
            engine_turn(&engine, 0);
        say(0, round);
        if (round % 5 == 0)
            engine_turn(&engine, 0);
        engine_cancel(&engine, &wire.op);
        CHECK_EQ(engine_await(&engine, &wire.op), -ECANCELED);
        while (recv(wire.fd, &datagram, sizeof datagram, MSG_DONTWAIT) >= 0)
            CHECK_EQ(datagram, wire.told + left++);
        CHECK_EQ(wire.told + left, round);
        close_wire();
    }
}

static void errors(void)
{
    int file = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    struct sockaddr_in address;

    nw__op_receive(&wire.op, -1, note);
    CHECK_EQ(engine_run(&engine, &wire.op), -EBADF);
    nw__op_receive(&wire.op, file, note);
    CHECK_EQ(engine_run(&engine, &wire.op), -ENOTSOCK);
    CHECK_SYS(close(file));
    open_wire();
    engine_turn(&engine, 0);
    address = wire.peer_address;
    CHECK_SYS(connect(wire.fd, (struct sockaddr *)&address, sizeof address));
    CHECK_SYS(close(wire.peer));
    CHECK_EQ(send(wire.fd, "x", 1, 0), 1);
    CHECK_EQ(engine_await(&engine, &wire.op), -ECONNREFUSED);
    wire.peer = CHECK_SYS(dup(wire.fd));
    close_wire();
}

int main(void)
{
    const struct nw__backend_options small = {.queue_entries = 4};

    engine = engine_open_with(&small, 1);
    if (!engine.backend->receives) {
        engine_close(&engine);
        puts("the engine does not receive");
        return 77;
    }
    tells_of_each();
    empty_ones();
    lends_so_many();
    cancelled_anywhere();
    errors();
    engine_close(&engine);
    return 0;
}
