/* SPDX-License-Identifier: MIT */
/*
 * A connection that is used for long, and so is watched instead of asked: nothing is lost or doubled,
 * whatever comes together with whatever, and no reader waits for what is there already.
 */
#include <netinet/in.h>

#include "../support/runtime.h"

struct pair {
    nw_stream *reader; /* the accepted end */
    int peer;          /* a plain socket, in non-blocking mode */
};

static nw_listener *listener;

static void say(int fd, const char *text, int flags)
{
    CHECK_EQ(send(fd, text, strlen(text), MSG_NOSIGNAL | flags), (ssize_t)strlen(text));
}

static void expect(nw_stream *stream, const char *text)
{
    char data[256];
    size_t size = strlen(text), done = 0;

    while (done < size) {
        ssize_t n = nw_read(stream, data + done, size - done);
        CHECK(n > 0);
        done += (size_t)n;
    }
    CHECK_MEM(data, text, size);
}

static int expect_ping(void *arg)
{
    expect(arg, "ping");
    return 0;
}

/* Each time the reader has waited before something comes. */
static void ping(const struct pair *pair, int count)
{
    for (int i = 0; i < count; i++) {
        nw_task *task = nw_spawn(expect_ping, pair->reader);
        for (int turn = 0; turn < 3; turn++)
            CHECK_EQ(nw_yield(), 0);
        say(pair->peer, "ping", 0);
        CHECK_EQ(nw_await(task), 0);
    }
}

static struct pair connected(void)
{
    struct pair pair;
    nw_address address;
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    there.sin_port = htons((uint16_t)nw_address_port(&address));
    pair.peer = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(pair.peer, (struct sockaddr *)&there, sizeof there));
    CHECK_SYS(setsockopt(pair.peer, IPPROTO_TCP, 1, &one, sizeof one)); /* TCP_NODELAY */
    CHECK_SYS(fcntl(pair.peer, F_SETFL, O_NONBLOCK));
    CHECK_EQ(nw_accept(listener, &pair.reader), 0);
    ping(&pair, 5);
    return pair;
}

static void finish(struct pair *pair)
{
    CHECK_EQ(nw_close(pair->reader), 0);
    if (pair->peer >= 0)
        CHECK_SYS(close(pair->peer));
}

static void end_with_the_last_bytes(void)
{
    for (int i = 0; i < 20; i++) {
        struct pair pair = connected();
        char byte;

        nw_task *task = i % 2 ? nw_spawn(expect_ping, pair.reader) : NULL;
        for (int turn = 0; turn < i / 4; turn++)
            CHECK_EQ(nw_yield(), 0);
        say(pair.peer, "ping", 0);
        CHECK_SYS(shutdown(pair.peer, SHUT_WR));
        if (task)
            CHECK_EQ(nw_await(task), 0);
        else
            expect(pair.reader, "ping");
        CHECK_EQ(nw_read(pair.reader, &byte, 1), 0);
        CHECK_EQ(nw_read(pair.reader, &byte, 1), 0);
        CHECK_EQ(nw_write(pair.reader, "pong", 4), 4); /* the other half is still open */
        CHECK_EQ(nw_flush(pair.reader), 0);
        CHECK(nw_fd_poll(pair.peer, POLLIN) > 0);
        finish(&pair);
    }
}

static void reset_with_the_last_bytes(void)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    for (int i = 0; i < 20; i++) {
        struct pair pair = connected();
        char data[8];
        ssize_t n;

        for (int turn = 0; turn < i / 4; turn++)
            CHECK_EQ(nw_yield(), 0);
        say(pair.peer, "ping", 0);
        CHECK_SYS(setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
        CHECK_SYS(close(pair.peer));
        pair.peer = -1;
        while ((n = nw_read(pair.reader, data, sizeof data)) > 0) {
        }
        CHECK(n == -ECONNRESET || n == 0);
        finish(&pair);
    }
}

/* What follows urgent data comes at the latest with what comes next. */
static void urgent_data(void)
{
    struct pair pair = connected();

    say(pair.peer, "before", 0);
    say(pair.peer, "!", MSG_OOB);
    say(pair.peer, "after", 0);
    expect(pair.reader, "before");
    say(pair.peer, "more", 0);
    expect(pair.reader, "aftermore");
    ping(&pair, 3);
    finish(&pair);
}

/* -- a reader that is disturbed -- */

#define TOTAL_BYTES (4 * 1024 * 1024)

static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position * 2654435761u >> 13);
}

struct sender {
    int fd;
    size_t total;
};

static int send_at_random(void *arg)
{
    struct sender *sender = arg;
    static unsigned char data[70000];
    size_t done = 0;

    while (done < sender->total) {
        size_t size = (size_t)random() % (random() % 8 ? 2000 : sizeof data) + 1;
        if (size > sender->total - done)
            size = sender->total - done;
        for (size_t i = 0; i < size; i++)
            data[i] = byte_at(done + i);
        ssize_t n = send(sender->fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            CHECK_EQ(nw_fd_poll(sender->fd, POLLOUT), POLLOUT);
        else
            done += (size_t)CHECK_SYS(n);
        for (long turns = random() % 4; turns > 0; turns--)
            CHECK_EQ(nw_yield(), 0);
    }
    CHECK_SYS(shutdown(sender->fd, SHUT_WR));
    return 0;
}

struct reading {
    nw_stream *stream;
    size_t position;
    bool over;
};

static int read_some(void *arg)
{
    struct reading *reading = arg;
    static unsigned char data[40000];
    ssize_t n = nw_read(reading->stream, data, (size_t)random() % (random() % 4 ? 3000 : sizeof data) + 1);

    if (n < 0)
        return (int)n;
    reading->over = n == 0;
    for (ssize_t i = 0; i < n; i++)
        CHECK_EQ(data[i], byte_at(reading->position + (size_t)i));
    reading->position += (size_t)n;
    return 0;
}

/* Reads are cancelled after any number of turns; what was not taken is still there. */
static void random_schedule(unsigned seed)
{
    struct pair pair = connected();
    struct sender sender = {pair.peer, (size_t)scaled(TOTAL_BYTES)};
    struct reading reading = {.stream = pair.reader};

    srandom(seed);
    nw_task *sending = nw_spawn(send_at_random, &sender);
    while (!reading.over) {
        nw_task *task = nw_spawn(read_some, &reading);
        for (long turns = random() % 4; turns > 0; turns--)
            CHECK_EQ(nw_yield(), 0);
        if (random() % 3 == 0)
            nw_cancel(task);
        int rc = nw_await(task);
        CHECK(rc == 0 || rc == -ECANCELED);
    }
    CHECK_EQ(reading.position, sender.total);
    CHECK_EQ(nw_await(sending), 0);
    finish(&pair);
}

/* -- the end -- */

static int read_until_closed(void *arg)
{
    char byte;

    return (int)nw_read(arg, &byte, 1);
}

/* The peer sees the end when nw_close() has returned, also when another task was waiting. */
static void closed_while_somebody_waits(void)
{
    for (int i = 0; i < 10; i++) {
        struct pair pair = connected();
        nw_task *task = nw_spawn(read_until_closed, pair.reader);
        char byte;

        for (int turn = 0; turn < i; turn++)
            CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_close(pair.reader), 0);
        CHECK_EQ(nw_await(task), -EBADF);
        CHECK(nw_fd_poll(pair.peer, POLLIN) > 0);
        CHECK_EQ(recv(pair.peer, &byte, 1, 0), 0);
        CHECK_SYS(close(pair.peer));
    }
}

static void deadline_passes(void)
{
    struct pair pair = connected();

    for (int i = 0; i < 5; i++) {
        nw_deadline deadline;
        char byte;

        nw_deadline_begin(&deadline, NW_MS(2));
        CHECK_EQ(nw_read(pair.reader, &byte, 1), -ETIMEDOUT);
        CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
        ping(&pair, 1);
    }
    finish(&pair);
}

/* While it is watched for input, it is waited for until there is room for output. */
static int write_much(void *arg)
{
    static char data[1 << 20];
    int rc = 0;

    for (int i = 0; i < 8 && rc >= 0; i++)
        rc = (int)nw_write(arg, data, sizeof data);
    return rc < 0 ? rc : nw_flush(arg);
}

static void both_ways(void)
{
    struct pair pair = connected();
    nw_task *writing = nw_spawn(write_much, pair.reader);
    static char sink[1 << 16];
    size_t left = 8u << 20;

    ping(&pair, 3);
    while (left > 0) {
        CHECK(nw_fd_poll(pair.peer, POLLIN) > 0);
        left -= (size_t)CHECK_SYS(recv(pair.peer, sink, sizeof sink, 0));
        if (left % 3 == 0)
            ping(&pair, 1);
    }
    CHECK_EQ(nw_await(writing), 0);
    finish(&pair);
}

static int test(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    end_with_the_last_bytes();
    reset_with_the_last_bytes();
    urgent_data();
    for (unsigned seed = 1; seed <= 4; seed++)
        random_schedule(seed);
    closed_while_somebody_waits();
    deadline_passes();
    both_ways();
    nw_listener_close(listener);
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    struct pair left_open = connected();
    return left_open.peer < 0; /* the run ends it */
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
