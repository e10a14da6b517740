/* SPDX-License-Identifier: MIT */
/*
 * What the options say of a listener's connections holds for each of them, in both families, whether the
 * listener was made here or inherited: TCP_NODELAY and SO_KEEPALIVE unless they are not wanted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "../support/runtime.h"

static int option(const nw_stream *stream, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    CHECK_SYS(getsockopt(nw_stream_fd(stream), level, name, &value, &size));
    return value;
}

static void meets(const nw_listen_options *options, const char *where, const char *host)
{
    nw_stream *here, *there;
    nw_listener *listener;
    nw_address address;
    char place[64];

    CHECK_EQ(nw_listen_with(options, where, &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://%s:%u", host, nw_address_port(&address));
    CHECK_EQ(nw_connect(place, &here), 0);
    CHECK_EQ(nw_accept(listener, &there), 0);
    CHECK_EQ(option(there, IPPROTO_TCP, TCP_NODELAY) != 0, !options->delay);
    CHECK_EQ(option(there, SOL_SOCKET, SO_KEEPALIVE) != 0, !options->no_keep_alive);
    CHECK(fcntl(nw_stream_fd(there), F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(nw_stream_fd(there), F_GETFL) & O_NONBLOCK);
    CHECK_EQ(nw_close(here), 0);
    CHECK_EQ(nw_close(there), 0);
    nw_listener_close(listener);
}

static void meets_inherited(const nw_listen_options *options)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    char where[16];

    CHECK_SYS(bind(fd, (struct sockaddr *)&address, sizeof address));
    CHECK_SYS(listen(fd, 8));
    snprintf(where, sizeof where, "fd:%d", fd);
    meets(options, where, "127.0.0.1");
}

static int first(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 4; i++) {
        nw_listen_options options = {.delay = i & 1, .no_keep_alive = (i & 2) != 0};
        meets(&options, "tcp://127.0.0.1:0", "127.0.0.1");
        meets(&options, "tcp://:0", "127.0.0.1"); /* IPv4 in the clothes of IPv6, where there is that */
        meets_inherited(&options);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
