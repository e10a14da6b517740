/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that come when no task waits for them, or more at once than tasks wait: whole, in their order,
 * each to one task, none lost or twice, whatever receivers do. The same whether the engine receives by itself
 * or not, with a small ring, too.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/runtime.h"

#define LARGEST 65507

static char sent[LARGEST], received[LARGEST + 1];

struct pair {
    nw_udp *udp;
    int peer; /* connected to it */
    nw_address peer_address;
};

struct receiver {
    nw_udp *udp;
    unsigned number; /* that came; each says which it is */
};

static void say(const struct pair *pair, unsigned number)
{
    CHECK_EQ(send(pair->peer, &number, sizeof number, 0), (ssize_t)sizeof number);
}

static int hear(void *arg)
{
    struct receiver *receiver = arg;
    unsigned number;
    ssize_t n = nw_udp_receive(receiver->udp, &number, sizeof number, NULL);

    if (n < 0)
        return (int)n;
    CHECK_EQ(n, (ssize_t)sizeof number);
    receiver->number = number;
    return 0;
}

static void expect(const struct pair *pair, unsigned number)
{
    struct receiver receiver = {.udp = pair->udp};

    CHECK_EQ(hear(&receiver), 0);
    CHECK_EQ(receiver.number, number);
}

/* The loop has been to its engine. */
static void turn(void)
{
    CHECK_EQ(nw_sleep(1), 0);
}

static nw_task *wait_for(struct receiver *receiver)
{
    nw_task *task = nw_spawn(hear, receiver);

    CHECK(task);
    turn();
    return task;
}

static void nothing_is_left(const struct pair *pair)
{
    struct receiver receiver = {.udp = pair->udp};

    CHECK_EQ(nw_timeout(0, hear, &receiver), -ETIMEDOUT);
}

/* A socket whose receiver has waited so often that the engine receives. */
static struct pair open_pair(void)
{
    struct pair pair;
    struct receiver receiver;
    nw_address address;
    socklen_t size = sizeof pair.peer_address.data;

    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &pair.udp), 0);
    CHECK_EQ(nw_udp_address(pair.udp, &address), 0);
    pair.peer = CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(pair.peer, (struct sockaddr *)address.data, address.size));
    CHECK_SYS(getsockname(pair.peer, (struct sockaddr *)pair.peer_address.data, &size));
    pair.peer_address.size = size;
    receiver.udp = pair.udp;
    for (unsigned i = 0; i < 4; i++) {
        nw_task *task = wait_for(&receiver);
        say(&pair, i);
        CHECK_EQ(nw_await(task), 0);
        CHECK_EQ(receiver.number, i);
    }
    return pair;
}

static void close_pair(const struct pair *pair)
{
    nw_udp_close(pair->udp);
    CHECK_SYS(close(pair->peer));
}

/* Somebody waits; more come than any queue of ours holds. */
static void bursts(void)
{
    struct pair pair = open_pair();
    struct receiver receiver = {.udp = pair.udp};
    static const unsigned sizes[] = {1, 2, 31, 32, 33, 63, 64, 65, 66, 100, 200};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        nw_task *task = wait_for(&receiver);
        for (unsigned k = 0; k < sizes[i]; k++)
            say(&pair, k);
        CHECK_EQ(nw_await(task), 0);
        CHECK_EQ(receiver.number, 0);
        for (unsigned k = 1; k < sizes[i]; k++)
            expect(&pair, k);
        nothing_is_left(&pair);
    }
    close_pair(&pair);
}

static int hear_bytes(void *arg)
{
    const struct pair *pair = arg;
    nw_address from;
    ssize_t n = nw_udp_receive(pair->udp, received, sizeof received, &from);

    CHECK_EQ(nw_address_port(&from), nw_address_port(&pair->peer_address));
    return (int)n;
}

static int hear_four_bytes(void *arg)
{
    const struct pair *pair = arg;

    memset(received, 0, sizeof received);
    return (int)nw_udp_receive(pair->udp, received, 4, NULL);
}

static void any_size(void)
{
    static const size_t sizes[] = {0, 1, 0, 0, 100, 3950, 4096, LARGEST, 0, 5};
    struct pair pair = open_pair();

    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i / 2];
        nw_task *task = nw_spawn(i % 2 ? hear_four_bytes : hear_bytes, &pair);
        size_t kept = i % 2 && size > 4 ? 4 : size;
        if (i % 3)
            turn();
        CHECK_EQ(send(pair.peer, sent, size, 0), (ssize_t)size);
        CHECK_EQ(nw_await(task), (int)size);
        CHECK_MEM(received, sent, kept);
        if (i % 2)
            CHECK_EQ(received[4], 0);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_EQ(send(pair.peer, sent, sizes[i], 0), (ssize_t)sizes[i]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_EQ(hear_bytes(&pair), (int)sizes[i]);
        CHECK_MEM(received, sent, sizes[i]);
    }
    nothing_is_left(&pair);
    close_pair(&pair);
}

static void first_come_first_served(void)
{
    enum { RECEIVERS = 5 };
    struct pair pair = open_pair();
    struct receiver receivers[RECEIVERS];
    nw_task *tasks[RECEIVERS], *extra;
    struct receiver other = {.udp = pair.udp};

    extra = wait_for(&other); /* so that the engine receives when they come */
    for (int i = 0; i < RECEIVERS; i++) {
        receivers[i].udp = pair.udp;
        CHECK((tasks[i] = nw_spawn(hear, &receivers[i])));
        turn();
    }
    for (unsigned i = 0; i <= RECEIVERS; i++)
        say(&pair, i);
    CHECK_EQ(nw_await(extra), 0);
    CHECK_EQ(nw_gather(tasks, RECEIVERS), 0);
    CHECK_EQ(other.number, 0);
    for (int i = 0; i < RECEIVERS; i++)
        CHECK_EQ(receivers[i].number, i + 1);
    close_pair(&pair);
}

/* Receivers that are cancelled leave every datagram to those who come later. */
static void receivers_leave(void)
{
    enum { RECEIVERS = 3, ROUNDS = 100 };
    struct pair pair = open_pair();
    unsigned said = 0, heard = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct receiver receivers[RECEIVERS];
        nw_task *tasks[RECEIVERS];
        for (int i = 0; i < RECEIVERS; i++) {
            receivers[i].udp = pair.udp;
            CHECK((tasks[i] = nw_spawn(hear, &receivers[i])));
        }
        if (round % 2)
            turn();
        for (int i = 0; i < round % 5; i++)
            say(&pair, said++);
        if (round % 3)
            turn();
        for (int i = 0; i < RECEIVERS; i++)
            nw_cancel(tasks[(i + round) % RECEIVERS]);
        for (int i = 0; i < RECEIVERS; i++) {
            int rc = nw_await(tasks[i]);
            CHECK(rc == 0 || rc == -ECANCELED);
            heard += rc == 0;
        }
        if (said - heard > 150)
            for (; heard < said; heard++) {
                struct receiver receiver = {.udp = pair.udp};
                CHECK_EQ(hear(&receiver), 0);
            }
    }
    for (; heard < said; heard++) {
        struct receiver receiver = {.udp = pair.udp};
        CHECK_EQ(hear(&receiver), 0);
    }
    nothing_is_left(&pair);
    close_pair(&pair);
}

/* A receiver that does not come back takes nothing from others, and what came is there when it does. */
static void nobody_comes_back(bool heard_in_the_end)
{
    enum { LATER = 100 };
    struct pair pair = open_pair(), other = open_pair();
    struct receiver receiver = {.udp = pair.udp};
    nw_task *task = wait_for(&receiver);

    for (unsigned i = 0; i < LATER; i++) {
        say(&pair, i);
        if (i > 80)
            turn();
    }
    CHECK_EQ(nw_await(task), 0);
    for (unsigned i = 0; i < LATER; i++) {
        struct receiver theirs = {.udp = other.udp};
        nw_task *waiting = wait_for(&theirs);
        say(&other, i);
        CHECK_EQ(nw_await(waiting), 0);
        CHECK_EQ(theirs.number, i);
    }
    for (unsigned i = 1; i < LATER && heard_in_the_end; i++)
        expect(&pair, i);
    close_pair(&pair);
    close_pair(&other);
}

static int connected(void *arg)
{
    char byte;

    return (int)nw_udp_receive(arg, &byte, 1, NULL);
}

/* The peer is not there: who waits is told once, or who comes next. */
static void refused(void)
{
    struct pair pair = open_pair();
    nw_address address;
    char place[NW_ADDRESS_TEXT_BYTES + 6], text[NW_ADDRESS_TEXT_BYTES];
    nw_udp *udp;
    nw_task *task;

    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &udp), 0);
    CHECK(nw_address_text(&pair.peer_address, text, sizeof text) > 0);
    snprintf(place, sizeof place, "udp://%s", text);
    CHECK_SYS(close(pair.peer));
    CHECK_EQ(nw_udp_connect(udp, place), 0);
    for (int i = 0; i < 6; i++) {
        CHECK((task = nw_spawn(connected, udp)));
        turn();
        CHECK_EQ(nw_udp_send(udp, "x", 1, NULL), 1);
        CHECK_EQ(nw_await(task), -ECONNREFUSED);
    }
    CHECK((task = nw_spawn(connected, udp)));
    turn();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(nw_udp_send(udp, "x", 1, NULL), 1);
    CHECK_EQ(connected(udp), -ECONNREFUSED);
    CHECK_EQ(nw_udp_address(udp, &address), 0);
    nw_udp_close(udp);
    nw_udp_close(pair.udp);
}

static void closed_while_waiting(void)
{
    struct pair pair = open_pair();
    struct receiver receivers[3];
    nw_task *tasks[3];

    for (int i = 0; i < 3; i++) {
        receivers[i].udp = pair.udp;
        CHECK((tasks[i] = nw_spawn(hear, &receivers[i])));
    }
    turn();
    CHECK_EQ(nw_timeout(NW_MS(1), hear, &(struct receiver){.udp = pair.udp}), -ETIMEDOUT);
    nw_udp_close(pair.udp);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), -EBADF);
    CHECK_SYS(close(pair.peer));
}

static int in_fresh_run(void *arg)
{
    (void)arg;
    bursts();
    return 0;
}

static int in_child(void *arg)
{
    struct receiver receiver = {.udp = arg};

    return hear(&receiver) == NW_ENOTASK && nw_run(in_fresh_run, NULL) == 0 ? 0 : 1;
}

/* The child has nothing of it, and the parent goes on. */
CHECK_UNUSED static void forked(void)
{
    struct pair pair = open_pair();
    struct receiver receiver = {.udp = pair.udp};
    nw_task *task = wait_for(&receiver);
    struct child child;

    run_child(in_child, pair.udp, &child);
    if (child.status != 0)
        check_fail(__FILE__, __LINE__, "the child: status 0x%x, said: %s", (unsigned)child.status,
                   child.said);
    say(&pair, 1);
    say(&pair, 2);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(receiver.number, 1);
    expect(&pair, 2);
    close_pair(&pair);
}

/* Left open, with datagrams that nobody has taken: the end of the loop closes it. */
static int first(void *arg)
{
    int open_before, *left_open = arg;

    CHECK_EQ(nw_exists("."), 1);
    open_before = check_open_fds();
    bursts();
    any_size();
    first_come_first_served();
    receivers_leave();
    nobody_comes_back(true);
    nobody_comes_back(false);
    refused();
    closed_while_waiting();
#ifndef RUNTIME_TSAN
    forked();
#endif
    CHECK_EQ(check_open_fds(), open_before);
    struct pair pair = open_pair();
    struct receiver receiver = {.udp = pair.udp};
    nw_task *task = wait_for(&receiver);
    for (unsigned i = 0; i < 10; i++)
        say(&pair, i);
    CHECK_EQ(nw_await(task), 0);
    turn();
    *left_open = pair.peer;
    return 0;
}

int main(void)
{
    nw_run_options small = {.queue_entries = 4};
    int open_before = check_open_fds(), left_open;

    for (int i = 0; i < 2; i++) {
        CHECK_EQ(nw_run_with(i ? &small : NULL, first, &left_open), 0);
        CHECK_SYS(close(left_open));
        CHECK_EQ(check_open_fds(), open_before);
    }
    return 0;
}
