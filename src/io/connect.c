/* SPDX-License-Identifier: MIT */
/*
 * From a place to a connected socket: looked up, bound, connected. Owns sockets until one is handed over.
 */
#include "io/socket.h"

/* One address. Returns: the socket. */
static int connect_to(const nw_connect_options *options, const nw_address *address, const nw_address *local)
{
    int fd = nw__socket_create(nw__address_family(address), SOCK_STREAM), rc = 0;

    if (fd < 0)
        return fd;
    nw__socket_tune(fd, address, options->delay, options->no_keep_alive);
    if (local->size)
        rc = nw__socket_bind(fd, local);
    if (rc == 0)
        rc = nw__socket_connect(fd, address);
    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
    return fd;
}

int nw__connect(const nw_connect_options *options, const struct nw__where *where, nw_address *peer_out)
{
    nw_address local = {.size = 0};
    nw_addresses addresses;
    int rc, first = 0;

    if (where->scheme == NW__SCHEME_UNIX) {
        rc = connect_to(options, &where->address, &local);
        if (rc >= 0)
            *peer_out = where->address;
        return rc;
    }
    if (!*where->host)
        return -EINVAL;
    rc = nw__resolve(where->host, where->service, options->family, &addresses);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < addresses.count; i++) {
        rc = connect_to(options, &addresses.list[i], &local);
        if (rc >= 0)
            *peer_out = addresses.list[i];
        if (rc >= 0 || nw_interrupted())
            break;
        first = first ? first : rc;
    }
    nw_addresses_finish(&addresses);
    return rc < 0 && first && !nw_interrupted() ? first : rc;
}
