/* SPDX-License-Identifier: MIT */
/*
 * Connections and datagrams that come before anybody asks for them, while one request for memory or for a
 * thread fails: the call says so, and nothing else is lost.
 */
#include <netinet/in.h>
#include <nowait.h>
#include <nowait/net.h>
#include <sys/socket.h>

#include "fault.h"

#define CONNECTIONS 70
#define DATAGRAMS   100

static int connect_to(const nw_address *address, int type)
{
    int fd = CHECK_SYS(socket(AF_INET, type | SOCK_CLOEXEC, 0));

    CHECK_SYS(connect(fd, (const struct sockaddr *)address->data, address->size));
    return fd;
}

/* Returns: how many were accepted. A connection for whose stream there is no memory is closed. */
static int accept_all(nw_listener *listener, const nw_address *address)
{
    int accepted = 0, clients[CONNECTIONS];
    nw_stream *stream;
    nw_deadline deadline;
    int rc;

    nw_deadline_begin(&deadline, 0);
    rc = nw_accept(listener, &stream);
    (void)nw_deadline_end(&deadline);
    CHECK(rc == -ETIMEDOUT || failed(rc));
    for (int i = 0; i < CONNECTIONS; i++)
        clients[i] = connect_to(address, SOCK_STREAM);
    for (int i = 0; i < CONNECTIONS; i++) {
        rc = nw_accept(listener, &stream);
        CHECK(rc == 0 || failed(rc));
        if (rc == 0)
            CHECK_EQ(nw_close(stream), 0);
        accepted += rc == 0;
    }
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK_SYS(close(clients[i]));
    return accepted;
}

static int accept_one(void *arg)
{
    nw_stream *stream;
    int rc = nw_accept(arg, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

static void use_listener(void)
{
    nw_listener *listener;
    nw_address address;
    nw_task *guest;
    int rc;

    TWICE(rc, nw_listen("tcp://127.0.0.1:0", &listener));
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    guest = nw_spawn(accept_one, listener);
    if (!guest)
        guest = nw_spawn(accept_one, listener);
    (void)!nw_sleep(1);
    int fd = connect_to(&address, SOCK_STREAM);
    rc = nw_await(guest);
    CHECK(rc == 0 || failed(rc));
    CHECK(accept_all(listener, &address) >= CONNECTIONS - 1);
    CHECK_SYS(close(fd));
    nw_listener_close(listener);
}

static int hear(void *arg)
{
    int number;
    ssize_t n = nw_udp_receive(arg, &number, sizeof number, NULL);

    CHECK(n < 0 || n == (ssize_t)sizeof number);
    return n < 0 ? (int)n : number;
}

static void use_udp(void)
{
    nw_address address;
    nw_task *task;
    nw_udp *udp;
    int rc, fd;

    TWICE(rc, nw_udp_open(NULL, "udp://127.0.0.1:0", &udp));
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_udp_address(udp, &address), 0);
    fd = connect_to(&address, SOCK_DGRAM);
    for (int i = 0; i < 4; i++) {
        task = nw_spawn(hear, udp);
        if (!task)
            task = nw_spawn(hear, udp);
        (void)!nw_sleep(1);
        for (int k = 0; k < DATAGRAMS; k++)
            CHECK_EQ(send(fd, &k, sizeof k, 0), (ssize_t)sizeof k);
        rc = nw_await(task);
        CHECK(rc == 0 || failed(rc));
        for (int k = rc == 0; k < DATAGRAMS; k++) {
            TWICE(rc, hear(udp));
            CHECK_EQ(rc, k);
        }
    }
    CHECK_SYS(close(fd));
    nw_udp_close(udp);
}

static int use_network(void *arg)
{
    (void)arg;
    use_listener();
    use_udp();
    return 0;
}

int main(void)
{
    fault_run(use_network);
    return 0;
}
