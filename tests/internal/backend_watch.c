/* SPDX-License-Identifier: MIT */
/*
 * A watch tells of everything that comes, as long as it stands: at once when something is there, beside other
 * ops on the same descriptor, with full queues, and not after it was cancelled.
 */
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../support/engine.h"

static struct engine engine;

struct watch {
    nw_op op;
    int fds[2];
    int told;
    int events;
    int done;
};

static void note(nw_op *op, int events)
{
    struct watch *watch = op->user;

    CHECK_EQ(op->state, NW__OP_SUBMITTED);
    CHECK_EQ(watch->done, 0);
    watch->told++;
    watch->events |= events;
}

static void note_done(nw_op *op)
{
    struct watch *watch = op->user;

    watch->done++;
}

static void begin(struct watch *watch, int fd)
{
    nw__op_watch(&watch->op, fd, POLLIN, note);
    watch->op.user = watch;
    watch->op.done = note_done;
    engine_submit(&engine, &watch->op);
}

static void begin_pair(struct watch *watch)
{
    *watch = (struct watch){.told = 0};
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, watch->fds));
    begin(watch, watch->fds[0]);
}

static void await_told(const struct watch *watch, int before)
{
    while (watch->told == before)
        engine_turn(&engine, -1);
}

/* Something comes: it is told, and taken. */
static void comes(struct watch *watch)
{
    char byte;
    int before = watch->told;

    CHECK_EQ(write(watch->fds[1], "x", 1), 1);
    await_told(watch, before);
    CHECK_EQ(read(watch->fds[0], &byte, 1), 1);
}

static void end(struct watch *watch)
{
    engine_cancel(&engine, &watch->op);
    CHECK_EQ(engine_await(&engine, &watch->op), -ECANCELED);
    CHECK_EQ(watch->done, 1);
    CHECK_SYS(close(watch->fds[0]));
    CHECK_SYS(close(watch->fds[1]));
}

static void tells_each_time(void)
{
    struct watch watch;

    begin_pair(&watch);
    for (int i = 0; i < 1000; i++)
        comes(&watch);
    CHECK_EQ(watch.events, POLLIN);
    CHECK_EQ(engine.backend->standing, 1);
    end(&watch);
    CHECK_EQ(engine.backend->standing, 0);
}

static void tells_at_once_and_of_the_end(void)
{
    struct watch watch = {.told = 0};
    int before;

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, watch.fds));
    CHECK_EQ(write(watch.fds[1], "x", 1), 1);
    begin(&watch, watch.fds[0]);
    await_told(&watch, 0);
    before = watch.told;
    CHECK_SYS(shutdown(watch.fds[1], SHUT_WR));
    await_told(&watch, before);
    end(&watch);
}

/* In the queue, in the kernel, with something to tell that nobody has seen yet. */
static void cancelled_anywhere(void)
{
    for (int i = 0; i < 60; i++) {
        struct watch watch;

        begin_pair(&watch);
        for (int turns = i % 3; turns > 0; turns--)
            engine_turn(&engine, 0);
        if (i % 2)
            CHECK_EQ(write(watch.fds[1], "x", 1), 1);
        if (i % 5 == 0)
            CHECK_SYS(shutdown(watch.fds[1], SHUT_RDWR));
        engine_cancel(&engine, &watch.op);
        engine_cancel(&engine, &watch.op);
        end(&watch);
    }
}

/* Others that wait for the same descriptor get their events, and the watch its own, before and after. */
static void beside_others(void)
{
    struct watch watch;
    char data[4], byte;
    nw_op out, in, again;

    begin_pair(&watch);
    comes(&watch);
    for (int i = 0; i < 10; i++) {
        nw_op_poll(&out, watch.fds[0], POLLOUT);
        CHECK_EQ(engine_run(&engine, &out), POLLOUT);
        nw_op_poll(&in, watch.fds[0], POLLIN);
        engine_submit(&engine, &in);
        engine_turn(&engine, 0);
        CHECK_EQ(in.state, NW__OP_SUBMITTED);
        int before = watch.told;
        CHECK_EQ(write(watch.fds[1], "x", 1), 1);
        CHECK_EQ(engine_await(&engine, &in), POLLIN);
        await_told(&watch, before);
        nw_op_poll(&again, watch.fds[0], POLLIN); /* what is there already, also when it was told */
        CHECK_EQ(engine_run(&engine, &again), POLLIN);
        CHECK_EQ(read(watch.fds[0], &byte, 1), 1);
        comes(&watch);
    }
    nw_op_read(&in, watch.fds[0], data, sizeof data, -1);
    engine_submit(&engine, &in);
    engine_turn(&engine, 0);
    engine_cancel(&engine, &watch.op);
    CHECK_EQ(engine_await(&engine, &watch.op), -ECANCELED);
    CHECK_EQ(in.state, NW__OP_SUBMITTED);
    CHECK_EQ(write(watch.fds[1], "abc", 3), 3);
    CHECK_EQ(engine_await(&engine, &in), 3);
    CHECK_SYS(close(watch.fds[0]));
    CHECK_SYS(close(watch.fds[1]));
}

/* The same number again, while a duplicate keeps the old one alive: what comes there is told to nobody. */
static void numbers_are_used_again(void)
{
    for (int i = 0; i < 100; i++) {
        struct watch watch, next;
        int copy, peer;

        begin_pair(&watch);
        comes(&watch);
        copy = CHECK_SYS(dup(watch.fds[0]));
        peer = CHECK_SYS(dup(watch.fds[1]));
        end(&watch);
        begin_pair(&next);
        comes(&next);
        engine_turn(&engine, 0);
        int before = next.told;
        CHECK_EQ(write(peer, "x", 1), 1);
        engine_turn(&engine, 0);
        CHECK_EQ(next.told, before);
        CHECK_EQ(watch.done, 1);
        end(&next);
        CHECK_SYS(close(copy));
        CHECK_SYS(close(peer));
    }
}

static void cannot_be_watched(void)
{
    int file = CHECK_SYS(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    struct watch watch = {.told = 0};

    begin(&watch, -1);
    CHECK_EQ(engine_await(&engine, &watch.op), -EBADF);
    watch.done = 0;
    begin(&watch, file);
    while (watch.told == 0 && watch.done == 0)
        engine_turn(&engine, -1);
    if (watch.done) {
        CHECK_EQ(watch.op.result, -EPERM);
    } else { /* the ring calls a file ready */
        engine_cancel(&engine, &watch.op);
        CHECK_EQ(engine_await(&engine, &watch.op), -ECANCELED);
    }
    CHECK_SYS(close(file));
}

#define MANY 2000

/* More events in one turn than the ring has room for: it ends watches then, and the engine begins them anew.
 */
static void many(void)
{
    const struct nw__backend_options small = {.queue_entries = 4};
    struct rlimit limit = {4 * MANY, 4 * MANY};
    static struct watch watches[MANY];

    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    engine = engine_open_with(&small, 1);
    for (int i = 0; i < MANY; i++)
        begin_pair(&watches[i]);
    engine_turn(&engine, 0);
    for (int round = 0; round < 5; round++) {
        char byte;
        for (int i = 0; i < MANY; i++) {
            watches[i].told = 0;
            CHECK_EQ(write(watches[i].fds[1], "x", 1), 1);
        }
        for (int i = 0; i < MANY; i++)
            await_told(&watches[i], 0);
        for (int i = 0; i < MANY; i++)
            CHECK_EQ(read(watches[i].fds[0], &byte, 1), 1);
    }
    for (int i = 0; i < MANY; i++)
        engine_cancel(&engine, &watches[i].op);
    for (int i = 0; i < MANY; i++)
        end(&watches[i]);
    CHECK_EQ(engine.backend->standing, 0);
    engine_close(&engine);
}

int main(void)
{
    engine = engine_open();
    tells_each_time();
    tells_at_once_and_of_the_end();
    cancelled_anywhere();
    beside_others();
    numbers_are_used_again();
    cannot_be_watched();
    engine_close(&engine);
    many();
    return 0;
}
