/* SPDX-License-Identifier: MIT */
/*
 * From a place to a connected socket: looked up, bound, connected, the first address that answers wins. Owns
 * sockets until one is handed over.
 */
#include "io/race.h"
#include "io/socket.h"

#define ATTEMPT_DELAY_NS     NW_MS(250) /* RFC 8305, section 8 */
#define ATTEMPT_DELAY_MIN_NS NW_MS(10)

struct connect {
    const nw_connect_options *options;
    nw_address local;
    nw_addresses addresses;
};

/* One address. Returns: the socket. */
static int connect_to(const struct connect *c, const nw_address *address)
{
    int fd = nw__socket_create(nw__address_family(address), SOCK_STREAM), rc = 0;

    if (fd < 0)
        return fd;
    nw__socket_tune(fd, address, c->options->delay, c->options->no_keep_alive);
    if (c->local.size)
        rc = nw__socket_bind(fd, &c->local);
    if (rc == 0)
        rc = nw__socket_connect(fd, address);
    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
    return fd;
}

static int attempt(void *arg, size_t index)
{
    const struct connect *c = arg;

    return connect_to(c, &c->addresses.list[index]);
}

static void discard(void *arg, int fd)
{
    (void)arg;
    nw__socket_close(fd);
}

/* "ADDRESS" or "ADDRESS:PORT". */
static int parse_local(const char *text, nw_address *local_out)
{
    struct nw__where where;

    if (nw__address_numeric(text, "0", local_out))
        return *text ? 0 : -EINVAL;
    if (nw__host_port_parse(text, &where) < 0 || !*where.host ||
        !nw__address_numeric(where.host, where.service, local_out))
        return -EINVAL;
    return 0;
}

/* From there only addresses of the same family can be reached. */
static void keep_family(nw_addresses *addresses, int family)
{
    size_t kept = 0;

    for (size_t i = 0; i < addresses->count; i++)
        if (nw__address_family(&addresses->list[i]) == family)
            addresses->list[kept++] = addresses->list[i];
    addresses->count = kept;
}

static int connect_any(struct connect *c, nw_address *peer_out)
{
    int64_t delay_ns = c->options->attempt_delay_ns ? c->options->attempt_delay_ns : ATTEMPT_DELAY_NS;
    struct nw__race race = {.attempt = attempt, .discard = discard, .arg = c};
    size_t winner = 0;
    int fd;

    if (c->addresses.count == 0)
        return -EADDRNOTAVAIL;
    nw__race_interleave(c->addresses.list, c->addresses.count);
    race.count = c->addresses.count;
    race.delay_ns = delay_ns > ATTEMPT_DELAY_MIN_NS ? delay_ns : ATTEMPT_DELAY_MIN_NS;
    if (nw_address_port(&c->local) > 0)
        race.delay_ns = NW_FOREVER; /* two attempts cannot be bound to one port: one after the other */
    fd = race.count == 1 ? attempt(c, 0) : nw__race_run(&race, &winner);
    if (fd >= 0)
        *peer_out = c->addresses.list[winner];
    return fd;
}

static int connect_tcp(struct connect *c, const struct nw__where *where, nw_address *peer_out)
{
    int rc;

    if (!*where->host)
        return -EINVAL;
    if (c->options->local) {
        rc = parse_local(c->options->local, &c->local);
        if (rc < 0)
            return rc;
    }
    rc = nw__resolve(where->host, where->service, c->options->family, SOCK_STREAM, &c->addresses);
    if (rc < 0)
        return rc;
    if (c->local.size)
        keep_family(&c->addresses, nw__address_family(&c->local));
    rc = connect_any(c, peer_out);
    nw_addresses_finish(&c->addresses);
    return rc;
}

int nw__connect(const nw_connect_options *options, const struct nw__where *where, nw_address *peer_out)
{
    struct connect c = {.options = options};
    int rc;

    if (where->scheme != NW__SCHEME_UNIX)
        return connect_tcp(&c, where, peer_out);
    rc = connect_to(&c, &where->address);
    if (rc >= 0)
        *peer_out = where->address;
    return rc;
}
