/* SPDX-License-Identifier: MIT */
/*
 * A host of several addresses: to which of them a socket is bound, and whose error is told when none will
 * do. Owns the addresses while they are tried. Must not make sockets: who calls does.
 */
#include <string.h>

#include "io/socket.h"

/* The machine does not have that address, or not the family: it says nothing of what was to be done there. */
static bool is_absent(int error)
{
    return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

int nw__addresses_error(int so_far, int error)
{
    return so_far == 0 || (is_absent(so_far) && !is_absent(error)) ? error : so_far;
}

static int bind_first(const nw_address *list, size_t count, nw__bind_fn *fn, void *arg)
{
    int error = 0;

    for (size_t i = 0; i < count; i++) {
        int rc = fn(arg, &list[i]);
        if (!is_absent(rc))
            return rc;
        error = nw__addresses_error(error, rc);
    }
    return error;
}

/* One socket of IPv6 takes both families; where there is no IPv6, the other alone. */
static int bind_any(const nw_address *v6, nw__bind_fn *fn, void *arg)
{
    nw_address any[2] = {*v6};
    size_t count = nw__address_numeric("0.0.0.0", "0", &any[1]) ? 2 : 1;

    nw__address_set_port(&any[1], (uint16_t)nw_address_port(v6));
    return bind_first(any, count, fn, arg);
}

int nw__addresses_bind(const struct nw__where *where, int type, bool v6_only, nw__bind_fn *fn, void *arg)
{
    const char *host = *where->host ? where->host : "::";
    nw_addresses addresses;
    int rc = nw__resolve(host, where->service, 0, type, &addresses);

    if (rc < 0)
        return rc;
    if (strcmp(host, "::") == 0 && !v6_only)
        rc = bind_any(&addresses.list[0], fn, arg);
    else
        rc = bind_first(addresses.list, addresses.count, fn, arg);
    nw_addresses_finish(&addresses);
    return rc;
}
