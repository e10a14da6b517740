/* SPDX-License-Identifier: MIT */
/*
 * What net.h says of options and of calls on other things than sockets: a listener of IPv6 alone, ports that
 * are shared, room for datagrams, who waits first is served first, outputs that a failure leaves alone.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/runtime.h"

static int option(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    CHECK_SYS(getsockopt(fd, SOL_SOCKET, name, &value, &size));
    return value;
}

static int connect_to(const char *host, unsigned port)
{
    char place[64];
    nw_stream *stream;

    snprintf(place, sizeof place, "tcp://%s:%u", host, port);
    int rc = nw_connect(place, &stream);
    return rc < 0 ? rc : nw_close(stream);
}

static unsigned port_of(const nw_listener *listener)
{
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    return nw_address_port(&address);
}

static void families(void)
{
    const nw_listen_options only = {.v6_only = true};
    nw_listener *listener;
    int rc = nw_listen_with(&only, "tcp://[::]:0", &listener);

    if (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL)
        return;
    CHECK_EQ(rc, 0);
    CHECK_EQ(connect_to("127.0.0.1", port_of(listener)), -ECONNREFUSED);
    CHECK_EQ(connect_to("[::1]", port_of(listener)), 0);
    CHECK_EQ(option(nw_listener_fd(listener), SO_ACCEPTCONN), 1);
    nw_listener_close(listener);
    CHECK_EQ(nw_listen("tcp://[::]:0", &listener), 0);
    CHECK_EQ(connect_to("127.0.0.1", port_of(listener)), 0);
    CHECK_EQ(connect_to("[::1]", port_of(listener)), 0);
    nw_listener_close(listener);
}

struct turn {
    nw_listener *listener;
    int *next;
    int place;
};

static int accept_in_turn(void *arg)
{
    struct turn *turn = arg;
    nw_stream *stream;
    int rc = nw_accept(turn->listener, &stream);

    if (rc < 0)
        return rc;
    turn->place = (*turn->next)++;
    return nw_close(stream);
}

/* First come, first served; who leaves takes nothing along. */
static void waiting(void)
{
    enum { TURNS = 4 };
    struct turn turns[TURNS];
    nw_task *tasks[TURNS];
    nw_listener *listener;
    int next = 0;

    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    for (int i = 0; i < TURNS; i++) {
        turns[i] = (struct turn){listener, &next, -1};
        CHECK((tasks[i] = nw_spawn(accept_in_turn, &turns[i])));
        CHECK_EQ(nw_yield(), 0);
    }
    nw_cancel(tasks[1]);
    CHECK_EQ(nw_await(tasks[1]), -ECANCELED);
    for (int i = 0; i < TURNS - 1; i++)
        CHECK_EQ(connect_to("127.0.0.1", port_of(listener)), 0);
    for (int i = 0; i < TURNS; i++)
        if (i != 1)
            CHECK_EQ(nw_await(tasks[i]), 0);
    CHECK_EQ(turns[0].place, 0);
    CHECK_EQ(turns[2].place, 1);
    CHECK_EQ(turns[3].place, 2);
    nw_listener_close(listener);
}

static void no_sockets(void)
{
    nw_address address = {.size = 7};
    nw_stream *stream;

    CHECK_EQ(nw_open("file", "w+", &stream), 0);
    CHECK_EQ(nw_shutdown(stream), -ENOTSOCK);
    CHECK_EQ(nw_peer_address(stream, &address), -ENOTSOCK);
    CHECK_EQ(nw_local_address(stream, &address), -ENOTSOCK);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_open_slice((nw_slice){"x", 1}, &stream), 0);
    CHECK_EQ(nw_shutdown(stream), -EBADF); /* nobody writes to it */
    CHECK_EQ(nw_peer_address(stream, &address), -ENOTSOCK);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_peer_address(NULL, &address), -EINVAL);
    CHECK_EQ(nw_local_address(NULL, &address), -EINVAL);
    CHECK_EQ(nw_shutdown(NULL), -EINVAL);
    CHECK_EQ(address.size, 7);
    CHECK_EQ(nw_listener_fd(NULL), -EINVAL);
    nw_listener_close(NULL);
    CHECK_SYS(unlink("file"));
}

static void untouched(void)
{
    nw_address peer = {.size = 7};
    nw_connect_options options = {.peer_out = &peer};
    nw_stream *stream = NULL;
    nw_listener *listener;
    char place[64];

    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", port_of(listener));
    nw_listener_close(listener);
    listener = NULL;
    CHECK_EQ(nw_connect_with(&options, place, &stream), -ECONNREFUSED);
    CHECK(stream == NULL);
    CHECK_EQ(peer.size, 7);
    CHECK_EQ(nw_listen("tls://127.0.0.1:0", &listener), -EINVAL); /* who listens chooses a certificate */
    CHECK_EQ(nw_listen("udp://127.0.0.1:0", &listener), -EINVAL);
    CHECK(listener == NULL);
    options = (nw_connect_options){.timeout_ns = -1};
    CHECK_EQ(nw_connect_with(&options, place, &stream), -EINVAL);
    options = (nw_connect_options){.attempt_delay_ns = -1};
    CHECK_EQ(nw_connect_with(&options, place, &stream), -EINVAL);
}

static void datagrams(void)
{
    const nw_udp_options shared = {.reuse_port = true, .broadcast = true, .receive_bytes = 100000};
    nw_udp *a, *b, *plain;
    nw_address address;
    char place[64];

    CHECK_EQ(nw_udp_open(&shared, "udp://127.0.0.1:0", &a), 0);
    CHECK_EQ(nw_udp_address(a, &address), 0);
    snprintf(place, sizeof place, "udp://127.0.0.1:%u", nw_address_port(&address));
    CHECK_EQ(nw_udp_open(NULL, place, &b), -EADDRINUSE);
    CHECK_EQ(nw_udp_open(&shared, place, &b), 0);
    CHECK_EQ(option(nw_udp_fd(a), SO_BROADCAST), 1);
    CHECK(option(nw_udp_fd(a), SO_RCVBUF) >= 100000); /* the kernel doubles it */
    CHECK_EQ(nw_udp_open(NULL, NULL, &plain), 0);
    CHECK_EQ(option(nw_udp_fd(plain), SO_BROADCAST), 0);
    nw_udp_close(a);
    nw_udp_close(b);
    nw_udp_close(plain);
}

static int run(void *arg)
{
    (void)arg;
    families();
    waiting();
    no_sockets();
    untouched();
    datagrams();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
