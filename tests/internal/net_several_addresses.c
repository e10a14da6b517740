/* SPDX-License-Identifier: MIT */
/*
 * Hosts of several addresses: a socket is bound to the first that this machine has, and to no other one when
 * that fails; connecting tries all. What is told when none will do is the first error that says more than
 * that the machine does not have the address.
 */
#include <sys/socket.h>

#include "resolve.h"

#define PARTS 4

/* "PART-PART...": */
static const struct {
    const char *part;
    int family;
    uint32_t address;
} parts[] = {
    {"one", AF_INET, INADDR_LOOPBACK},
    {"two", AF_INET, INADDR_LOOPBACK + 1},
    {"gone", AF_INET, 0xc0000201},  /* no machine has it: RFC 5737, 3 */
    {"group", AF_INET, 0xe0000001}, /* no stream goes to many */
    {"strange", AF_MAX, 0},         /* there is no such family */
};

struct answer {
    struct addrinfo info[PARTS];
    struct sockaddr_in address[PARTS];
};

static size_t part_of(const char *name, size_t length)
{
    size_t i = 0;

    while (strlen(parts[i].part) != length || memcmp(parts[i].part, name, length) != 0)
        CHECK(++i < sizeof parts / sizeof *parts);
    return i;
}

static int look_up(const char *host, const char *service, const struct addrinfo *hints,
                   struct addrinfo **found_out)
{
    struct answer *answer = calloc(1, sizeof *answer);

    (void)service, (void)hints;
    CHECK(answer);
    for (int i = 0; *host; i++) {
        size_t length = strcspn(host, "-"), part = part_of(host, length);
        CHECK(i < PARTS);
        answer->address[i].sin_family = (sa_family_t)parts[part].family;
        answer->address[i].sin_addr.s_addr = htonl(parts[part].address);
        answer->info[i].ai_addr = (struct sockaddr *)(void *)&answer->address[i];
        answer->info[i].ai_addrlen = sizeof answer->address[i];
        if (i > 0)
            answer->info[i - 1].ai_next = &answer->info[i];
        host += length + (host[length] == '-');
    }
    *found_out = answer->info;
    return 0;
}

static void release(struct addrinfo *found)
{
    free(found);
}

static void check_host(const nw_address *address, const char *expected)
{
    char text[NW_ADDRESS_TEXT_BYTES];

    CHECK(nw_address_text(address, text, sizeof text) > 0);
    *strrchr(text, ':') = '\0';
    CHECK_STR(text, expected);
}

/* Returns: 0, and then it was at `expected`. */
static int listen_at(const char *host, unsigned port, const char *expected)
{
    nw_listener *listener;
    nw_address address;
    char where[64];
    int rc;

    snprintf(where, sizeof where, "tcp://%s:%u", host, port);
    rc = nw_listen(where, &listener);
    if (rc < 0)
        return rc;
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    check_host(&address, expected);
    nw_listener_close(listener);
    return 0;
}

static int open_udp(const char *host, unsigned port, const char *expected)
{
    nw_address address;
    char where[64];
    nw_udp *udp;
    int rc;

    snprintf(where, sizeof where, "udp://%s:%u", host, port);
    rc = nw_udp_open(NULL, where, &udp);
    if (rc < 0)
        return rc;
    CHECK_EQ(nw_udp_address(udp, &address), 0);
    check_host(&address, expected);
    nw_udp_close(udp);
    return 0;
}

static int connect_to(const char *host, unsigned port, const char *expected)
{
    nw_address peer;
    nw_connect_options options = {.attempt_delay_ns = NW_SEC(60), .peer_out = &peer};
    nw_stream *stream;
    char where[64];
    int rc;

    snprintf(where, sizeof where, "tcp://%s:%u", host, port);
    rc = nw_connect_with(&options, where, &stream);
    if (rc < 0)
        return rc;
    check_host(&peer, expected);
    return nw_close(stream);
}

static void bound(int (*bind_to)(const char *host, unsigned port, const char *expected), unsigned taken)
{
    CHECK_EQ(bind_to("one-two", 0, "127.0.0.1"), 0);
    CHECK_EQ(bind_to("strange-gone-two-one", 0, "127.0.0.2"), 0);
    CHECK_EQ(bind_to("two-one", taken, "127.0.0.2"), 0);
    CHECK_EQ(bind_to("one-two", taken, ""), -EADDRINUSE); /* nobody would look for it at the other one */
    CHECK_EQ(bind_to("strange-gone-one", taken, ""), -EADDRINUSE);
    CHECK_EQ(bind_to("gone-strange", 0, ""), -EADDRNOTAVAIL);
    CHECK_EQ(bind_to("strange-gone", 0, ""), -EAFNOSUPPORT);
}

static void connected(unsigned port, unsigned refused)
{
    CHECK_EQ(connect_to("strange-group-two-one", port, "127.0.0.1"), 0);
    CHECK_EQ(connect_to("one-group", refused, ""), -ECONNREFUSED);
    CHECK_EQ(connect_to("group-one", refused, ""), -ENETUNREACH);
    CHECK_EQ(connect_to("strange-one-group", refused, ""), -ECONNREFUSED);
    CHECK_EQ(connect_to("strange", refused, ""), -EAFNOSUPPORT);
}

static int connect_udp(const char *host)
{
    nw_udp *udp;
    char where[64];
    int rc;

    snprintf(where, sizeof where, "udp://%s:7", host);
    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &udp), 0);
    rc = nw_udp_connect(udp, where);
    nw_udp_close(udp);
    return rc;
}

/* -- any address -- */

struct machine {
    int v6; /* what comes of binding to an address of this family */
    int v4;
    char asked[2 * NW_ADDRESS_TEXT_BYTES];
};

static int bind_somewhere(void *arg, const nw_address *address)
{
    struct machine *machine = arg;
    size_t length = strlen(machine->asked);

    CHECK(nw_address_text(address, machine->asked + length, sizeof machine->asked - length) > 0);
    return nw__address_family(address) == AF_INET6 ? machine->v6 : machine->v4;
}

static void any(const char *text, bool v6_only, struct machine machine, int expected, const char *asked)
{
    struct nw__where where;

    CHECK_EQ(nw__where_parse(text, &where), 0);
    CHECK_EQ(nw__addresses_bind(&where, SOCK_STREAM, v6_only, bind_somewhere, &machine), expected);
    CHECK_STR(machine.asked, asked);
}

static void anywhere(void)
{
    const struct machine only_v4 = {-EAFNOSUPPORT, 4, ""}, v6_is_off = {-EADDRNOTAVAIL, 4, ""};

    any("tcp://:80", false, (struct machine){6, 4, ""}, 6, "[::]:80");
    any("tcp://:80", false, only_v4, 4, "[::]:800.0.0.0:80");
    any("udp://[::]:80", false, v6_is_off, 4, "[::]:800.0.0.0:80");
    any("tcp://:80", true, only_v4, -EAFNOSUPPORT, "[::]:80");
    any("tcp://:80", false, (struct machine){-EADDRINUSE, 4, ""}, -EADDRINUSE, "[::]:80");
    any("tcp://:80", false, (struct machine){-EAFNOSUPPORT, -EACCES, ""}, -EACCES, "[::]:800.0.0.0:80");
}

static unsigned listener_port(const nw_listener *listener)
{
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    return nw_address_port(&address);
}

static int run(void *arg)
{
    nw_listener *listener, *closed;
    nw_address address;
    nw_udp *udp;

    (void)arg;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &closed), 0);
    unsigned refused = listener_port(closed);
    nw_listener_close(closed);
    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &udp), 0);
    CHECK_EQ(nw_udp_address(udp, &address), 0);
    bound(listen_at, listener_port(listener));
    bound(open_udp, nw_address_port(&address));
    connected(listener_port(listener), refused);
    CHECK_EQ(connect_udp("strange-two"), 0);
    CHECK_EQ(connect_udp("strange"), -EAFNOSUPPORT);
    anywhere();
    nw_udp_close(udp);
    nw_listener_close(listener);
    return 0;
}

int main(void)
{
    nw__resolver = (struct nw__resolver){look_up, release};
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
