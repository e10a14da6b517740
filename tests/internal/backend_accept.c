/* SPDX-License-Identifier: MIT */
/*
 * An op that accepts tells of every connection once, also when more come at once than the ring has room for,
 * until it is cancelled: then what was told is all that was taken.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/engine.h"

#define MANY 300 /* the ring that is made below has room for 32 */

static struct engine engine;

static struct door {
    nw_op op;
    int fd;
    struct sockaddr_in address;
    int told, told_max; /* it is cancelled by who is told, then */
    int done;
    int clients[MANY], accepted[MANY];
} door;

static void note(nw_op *op, int fd)
{
    CHECK_EQ(op->state, NW__OP_SUBMITTED);
    CHECK_EQ(door.done, 0);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    door.accepted[door.told++] = fd;
    if (door.told == door.told_max)
        engine_cancel(&engine, op);
}

static void note_done(nw_op *op)
{
    CHECK_EQ(op->state, NW__OP_DONE);
    door.done++;
}

static void begin(void)
{
    door.done = 0;
    nw__op_accept(&door.op, door.fd, note);
    door.op.done = note_done;
    engine_submit(&engine, &door.op);
}

static void open_door(void)
{
    socklen_t size = sizeof door.address;

    door = (struct door){.address = {.sin_family = AF_INET}};
    door.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    door.fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    CHECK_SYS(bind(door.fd, (struct sockaddr *)&door.address, size));
    CHECK_SYS(listen(door.fd, 4096));
    CHECK_SYS(getsockname(door.fd, (struct sockaddr *)&door.address, &size));
    begin();
}

static void knock(int from, int to)
{
    for (int i = from; i < to; i++) {
        door.clients[i] = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        CHECK_SYS(connect(door.clients[i], (struct sockaddr *)&door.address, sizeof door.address));
    }
}

static void cancel(void)
{
    engine_cancel(&engine, &door.op);
    CHECK_EQ(engine_await(&engine, &door.op), -ECANCELED);
    CHECK_EQ(door.done, 1);
    CHECK_EQ(engine.backend->standing, 0);
}

static void close_all(int clients)
{
    for (int i = 0; i < door.told; i++)
        CHECK_SYS(close(door.accepted[i]));
    for (int i = 0; i < clients; i++)
        CHECK_SYS(close(door.clients[i]));
    CHECK_SYS(close(door.fd));
}

static void await_told(int count)
{
    while (door.told < count)
        engine_turn(&engine, -1);
}

static void tells_of_each(void)
{
    open_door();
    for (int i = 0; i < 50; i++) {
        knock(i, i + 1);
        await_told(i + 1);
    }
    CHECK_EQ(engine.backend->standing, 1);
    knock(50, MANY);
    await_told(MANY);
    engine_turn(&engine, 0);
    CHECK_EQ(door.told, MANY);
    cancel();
    close_all(MANY);
}

/* In the queue, in the kernel, with connections that have not been told of: those are told or still there. */
static void cancelled_anywhere(void)
{
    for (int round = 0; round < 60; round++) {
        int left = 0, fd;

        open_door();
        for (int turns = round % 3; turns > 0; turns--)
            engine_turn(&engine, 0);
        knock(0, round);
        if (round % 5 == 0)
            engine_turn(&engine, 0);
        cancel();
        while ((fd = accept4(door.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
            CHECK_SYS(close(fd));
            left++;
        }
        CHECK_EQ(door.told + left, round);
        close_all(round);
    }
}

static void cancelled_by_who_is_told(void)
{
    open_door();
    door.told_max = 1;
    engine_turn(&engine, 0);
    knock(0, MANY);
    CHECK_EQ(engine_await(&engine, &door.op), -ECANCELED);
    int told = door.told;
    CHECK(told >= 1 && told <= MANY);
    begin();
    await_told(MANY);
    cancel();
    close_all(MANY);
}

static void cannot_accept(void)
{
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

    nw__op_accept(&door.op, fd, note);
    CHECK_EQ(engine_run(&engine, &door.op), -EINVAL); /* it does not listen */
    CHECK_SYS(close(fd));
    nw__op_accept(&door.op, -1, note);
    CHECK_EQ(engine_run(&engine, &door.op), -EBADF);
}

int main(void)
{
    const struct nw__backend_options small = {.queue_entries = 4};

    engine = engine_open_with(&small, 1);
    if (engine.backend->accepts_max == 0) {
        engine_close(&engine);
        puts("the engine does not accept");
        return 77;
    }
    CHECK_EQ(engine.backend->accepts_max, 33);
    tells_of_each();
    cancelled_anywhere();
    cancelled_by_who_is_told();
    cannot_accept();
    engine_close(&engine);
    return 0;
}
