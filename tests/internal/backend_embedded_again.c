/* SPDX-License-Identifier: MIT */
/*
 * What the ring has to be given once more when completions were looked at, here a receive that an empty
 * datagram has ended: the host of an embedded loop is told that there is something to do, and misses nothing.
 */
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/engine.h"

static struct engine engine;
static int told;

static void note(nw_op *op, struct nw__datagram *datagram)
{
    (void)op;
    told++;
    engine.backend->vtable->give_back(engine.backend, datagram);
}

/* As a host does it: only when it was called. */
static void host_turns(void)
{
    struct pollfd entry = {.fd = engine.backend->vtable->fd(engine.backend), .events = POLLIN};

    while (CHECK_SYS(poll(&entry, 1, 0)) == 1)
        engine_turn(&engine, 0);
}

static void receive(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    socklen_t size = sizeof address;
    nw_op op;

    CHECK_SYS(bind(fd, (struct sockaddr *)&address, size));
    CHECK_SYS(getsockname(fd, (struct sockaddr *)&address, &size));
    nw__op_receive(&op, fd, note);
    engine_submit(&engine, &op);
    host_turns();
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(sendto(fd, "", 0, 0, (struct sockaddr *)&address, size), 0);
        host_turns();
        CHECK_EQ(told, i + 1);
    }
    engine_cancel(&engine, &op);
    engine_drain(&engine);
    CHECK_SYS(close(fd));
}

int main(void)
{
    engine = engine_open_with(&(struct nw__backend_options){.embedded = true}, 1);
    if (engine.backend->receives)
        receive();
    engine_close(&engine);
    return 0;
}
