/* SPDX-License-Identifier: MIT */
/*
 * Connections that come when no task waits for them, or more at once than tasks wait: each is there for
 * whoever asks next, few take a descriptor, and none is left when the listener or the loop ends. The same
 * whether the engine accepts by itself or not.
 */
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../support/runtime.h"

#define STORM    1000
#define KEPT_MAX 64 /* descriptors that a listener may hold for nobody */
#define ROOM     10000

static int clients[STORM];
static bool arrived[65536];

/* So many descriptors that the ring accepts by itself, where that may be. */
static void make_room(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur < ROOM)
        limit.rlim_cur = limit.rlim_max < ROOM ? limit.rlim_max : ROOM;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

/* A client and who it is accepted by take one each. */
static int storm_size(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    return limit.rlim_cur / 2 - 50 < STORM ? (int)(limit.rlim_cur / 2 - 50) : STORM;
}

static nw_listener *listen_at(const char *where, nw_address *address)
{
    nw_listener *listener;

    CHECK_EQ(nw_listen(where, &listener), 0);
    CHECK_EQ(nw_listener_address(listener, address), 0);
    return listener;
}

/* The kernel has it then: in the backlog, or accepted. */
static int knock(const nw_address *address)
{
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

    CHECK_SYS(connect(fd, (const struct sockaddr *)address->data, address->size));
    return fd;
}

static unsigned port_of(int fd)
{
    struct sockaddr_in own;
    socklen_t size = sizeof own;

    CHECK_SYS(getsockname(fd, (struct sockaddr *)&own, &size));
    return ntohs(own.sin_port);
}

static int accept_and_close(void *arg)
{
    nw_stream *stream;
    int rc = nw_accept(arg, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

/* The loop has been to its engine: what was asked for is asked for. */
static void turn(void)
{
    CHECK_EQ(nw_sleep(1), 0);
}

static nw_task *guest_of(nw_listener *listener)
{
    nw_task *guest = nw_spawn(accept_and_close, listener);

    CHECK(guest);
    turn();
    return guest;
}

/* One that waits, and many at once: each is accepted once, whoever it is. */
static void storm(void)
{
    int count = scaled(storm_size()), open_before = check_open_fds();
    nw_address address, peer;
    nw_listener *listener = listen_at("tcp://127.0.0.1:0", &address);
    nw_task *guest = guest_of(listener);
    nw_stream *stream;

    for (int i = 0; i < count; i++) {
        clients[i] = knock(&address);
        arrived[port_of(clients[i])] = true;
    }
    CHECK_EQ(nw_await(guest), 0);
    for (int i = 1; i < count; i++) {
        CHECK_EQ(nw_accept_from(listener, &stream, &peer), 0);
        CHECK(arrived[nw_address_port(&peer)]);
        arrived[nw_address_port(&peer)] = false;
        CHECK_EQ(nw_close(stream), 0);
    }
    CHECK_EQ(nw_timeout(0, accept_and_close, listener), -ETIMEDOUT);
    for (int i = 0; i < count; i++) {
        arrived[port_of(clients[i])] = false;
        CHECK_SYS(close(clients[i]));
    }
    nw_listener_close(listener);
    CHECK_EQ(check_open_fds(), open_before);
}

/* Somebody was there once. What comes afterwards stays with the kernel but for a few, and is not lost. */
static void nobody_comes_back(bool accepted_in_the_end)
{
    enum { LATER = 200 };
    int open_before = check_open_fds(), kept;
    nw_address address;
    nw_listener *listener = listen_at("tcp://127.0.0.1:0", &address);
    nw_task *guest = guest_of(listener);
    char byte;

    for (int i = 0; i <= LATER; i++) {
        clients[i] = knock(&address);
        turn();
    }
    CHECK_EQ(nw_await(guest), 0);
    kept = check_open_fds() - open_before - 1 - (LATER + 1);
    CHECK(kept >= 0 && kept <= KEPT_MAX);
    for (int i = 0; i < LATER && accepted_in_the_end; i++)
        CHECK_EQ(accept_and_close(listener), 0);
    nw_listener_close(listener);
    for (int i = 0; i <= LATER; i++) {
        CHECK(read(clients[i], &byte, 1) <= 0); /* the end, or a reset */
        CHECK_SYS(close(clients[i]));
    }
    CHECK_EQ(check_open_fds(), open_before);
}

/* Guests that are cancelled, in any order, leave every connection to those who come later. */
static void guests_leave(void)
{
    enum { GUESTS = 5, ROUNDS = 60 };
    int open_before = check_open_fds(), taken = 0;
    nw_address address;
    nw_listener *listener = listen_at("tcp://127.0.0.1:0", &address);

    for (int round = 0; round < ROUNDS; round++) {
        nw_task *guests[GUESTS];
        for (int i = 0; i < GUESTS; i++)
            CHECK((guests[i] = nw_spawn(accept_and_close, listener)));
        if (round % 2)
            turn();
        clients[round] = knock(&address);
        if (round % 3)
            turn();
        for (int i = 0; i < GUESTS; i++)
            nw_cancel(guests[(i + round) % GUESTS]);
        if (round % 5 == 0)
            turn();
        for (int i = 0; i < GUESTS; i++) {
            int rc = nw_await(guests[i]);
            CHECK(rc == 0 || rc == -ECANCELED);
            taken += rc == 0;
        }
    }
    for (; taken < ROUNDS; taken++)
        CHECK_EQ(accept_and_close(listener), 0);
    CHECK_EQ(nw_timeout(0, accept_and_close, listener), -ETIMEDOUT);
    for (int i = 0; i < ROUNDS; i++)
        CHECK_SYS(close(clients[i]));
    nw_listener_close(listener);
    CHECK_EQ(check_open_fds(), open_before);
}

/* Three descriptors for five connections: three are accepted, who asks for the next is told, none is lost. */
static void descriptors_run_out(void)
{
    static int filling[ROOM];
    enum { CLIENTS = 5, LEFT = 3 };
    struct rlimit limit, little;
    int count = 0, made[CLIENTS];
    nw_address address;
    nw_listener *listener;
    nw_stream *streams[LEFT];
    nw_task *guest;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    little = limit;
    little.rlim_cur = ROOM - 100;
    if (limit.rlim_max < ROOM)
        return;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &little));
    listener = listen_at("tcp://127.0.0.1:0", &address);
    for (int i = 0; i < CLIENTS; i++)
        made[i] = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    guest = nw_spawn(accept_and_close, listener);
    turn();
    while (count < ROOM && (filling[count] = dup(0)) >= 0)
        count++;
    CHECK(count > LEFT && count < ROOM);
    for (int i = 0; i < LEFT; i++)
        close(filling[--count]);
    for (int i = 0; i < CLIENTS; i++)
        CHECK_SYS(connect(made[i], (const struct sockaddr *)address.data, address.size));
    CHECK_EQ(nw_await(guest), 0); /* and has closed it */
    for (int i = 0; i < LEFT; i++)
        CHECK_EQ(nw_accept(listener, &streams[i]), 0);
    CHECK_EQ(accept_and_close(listener), -EMFILE);
    CHECK_EQ(accept_and_close(listener), -EMFILE);
    CHECK_EQ(nw_close(streams[0]), 0);
    CHECK_EQ(nw_accept(listener, &streams[0]), 0);
    for (int i = 0; i < LEFT; i++)
        CHECK_EQ(nw_close(streams[i]), 0);
    while (count > 0)
        close(filling[--count]);
    guest = guest_of(listener); /* it accepts by itself again */
    CHECK(!nw_done(guest));
    clients[0] = knock(&address);
    CHECK_EQ(nw_await(guest), 0);
    CHECK_SYS(close(clients[0]));
    for (int i = 0; i < CLIENTS; i++)
        CHECK_SYS(close(made[i]));
    nw_listener_close(listener);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

/* Others may accept there, too: what came when nobody here waited is still theirs. */
static void shared_with_others(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), theirs;
    nw_address address;
    char where[16];

    CHECK_SYS(bind(fd, (struct sockaddr *)&own, sizeof own));
    CHECK_SYS(listen(fd, 8));
    theirs = CHECK_SYS(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    snprintf(where, sizeof where, "fd:%d", fd);
    nw_listener *listener = listen_at(where, &address);
    nw_task *guest = guest_of(listener);
    clients[0] = knock(&address);
    CHECK_EQ(nw_await(guest), 0);
    clients[1] = knock(&address);
    turn();
    CHECK_SYS(close(CHECK_SYS(accept(theirs, NULL, NULL))));
    for (int i = 0; i < 2; i++)
        CHECK_SYS(close(clients[i]));
    nw_listener_close(listener);
    CHECK_SYS(close(theirs));
}

/* Left open, with connections that nobody has taken: the end of the loop closes them. */
static int first(void *arg)
{
    nw_address address;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    storm();
    nobody_comes_back(true);
    nobody_comes_back(false);
    guests_leave();
    if (!runtime_emulated()) /* valgrind keeps descriptors for itself */
        descriptors_run_out();
    shared_with_others();
    nw_listener *left = listen_at("tcp://127.0.0.1:0", &address);
    nw_task *guest = guest_of(left);
    for (int i = 0; i < 10; i++)
        clients[i] = knock(&address);
    CHECK_EQ(nw_await(guest), 0);
    nw_detach(nw_spawn(accept_and_close, left));
    return 0;
}

int main(void)
{
    int open_before = check_open_fds();

    make_room();
    CHECK_EQ(nw_run(first, NULL), 0);
    for (int i = 0; i < 10; i++)
        CHECK_SYS(close(clients[i]));
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}
