/* SPDX-License-Identifier: MIT */
/*
 * Connecting from a port of one's own to a host of several addresses: the next one is tried when the one
 * before has failed, however long that takes, because two attempts cannot have the port.
 */
#include "resolve.h"

static struct addrinfo infos[2];
static struct sockaddr_in addresses[2];

/* "two": 127.0.0.2, then 127.0.0.1. */
static int look_up(const char *host, const char *service, const struct addrinfo *hints,
                   struct addrinfo **found_out)
{
    (void)service, (void)hints;
    CHECK_STR(host, "two");
    for (int i = 0; i < 2; i++) {
        addresses[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 - (unsigned)i)};
        infos[i] = (struct addrinfo){.ai_addr = (struct sockaddr *)(void *)&addresses[i],
                                     .ai_addrlen = sizeof addresses[i],
                                     .ai_next = i == 0 ? &infos[1] : NULL};
    }
    *found_out = infos;
    return 0;
}

static void release(struct addrinfo *found)
{
    (void)found;
}

static int bind_to(uint32_t host, unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(host), .sin_port = htons((uint16_t)port)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

    CHECK_SYS(bind(fd, (struct sockaddr *)(void *)&address, sizeof address));
    return fd;
}

static unsigned port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    CHECK_SYS(getsockname(fd, (struct sockaddr *)(void *)&address, &size));
    return ntohs(address.sin_port);
}

/* A port at which nobody is now. */
static unsigned free_port(void)
{
    int fd = bind_to(INADDR_LOOPBACK, 0);
    unsigned port = port_of(fd);

    close(fd);
    return port;
}

/* A listener that is full: another one's SYN is not answered. `filler_out`: who has filled it. */
static int listen_full(unsigned port, int *filler_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1),
                                  .sin_port = htons((uint16_t)port)};
    int fd = bind_to(INADDR_LOOPBACK + 1, port);

    CHECK_SYS(listen(fd, 0));
    *filler_out = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(*filler_out, (struct sockaddr *)(void *)&address, sizeof address));
    return fd;
}

/* The attempt that is silent is refused when the kernel asks again. */
static int close_later(void *arg)
{
    CHECK_EQ(nw_sleep(NW_MS(50)), 0);
    return close(*(int *)arg);
}

static int run(void *arg)
{
    int listening = bind_to(INADDR_LOOPBACK, 0), filler, full;
    unsigned port = port_of(listening), own = free_port();
    char where[32], local[32], text[NW_ADDRESS_TEXT_BYTES];
    nw_address peer, mine;
    nw_connect_options options = {.local = local, .attempt_delay_ns = NW_MS(10), .peer_out = &peer};
    nw_stream *stream;
    nw_task *closer;

    (void)arg;
    CHECK_SYS(listen(listening, 8));
    full = listen_full(port, &filler);
    snprintf(where, sizeof where, "tcp://two:%u", port);
    snprintf(local, sizeof local, "127.0.0.1:%u", own);
    CHECK((closer = nw_spawn(close_later, &full)));
    CHECK_EQ(nw_connect_with(&options, where, &stream), 0);
    CHECK_EQ(nw_await(closer), 0);
    CHECK_EQ(nw_local_address(stream, &mine), 0);
    CHECK_EQ(nw_address_port(&mine), own);
    CHECK(nw_address_text(&peer, text, sizeof text) > 0);
    snprintf(where, sizeof where, "127.0.0.1:%u", port);
    CHECK_STR(text, where);
    CHECK_EQ(nw_close(stream), 0);
    close(filler);
    close(listening);
    return 0;
}

int main(void)
{
    nw__resolver = (struct nw__resolver){look_up, release};
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
