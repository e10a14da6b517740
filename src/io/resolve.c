/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses. Owns nothing yet: each look-up is a job of a worker.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "io/socket.h"

struct look_up {
    const char *host;
    const char *service;
    int family;
    nw_addresses addresses;
};

static int code_of(int error)
{
    switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return NW_ENOHOST;
    case EAI_SERVICE:
        return -EINVAL;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return errno ? -errno : NW_ERESOLVE;
    default:
        return NW_ERESOLVE;
    }
}

static int look_up_step(void *arg)
{
    struct look_up *l = arg;
    struct addrinfo hints = {.ai_family = l->family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found;
    size_t count = 0;
    int rc = getaddrinfo(*l->host ? l->host : NULL, l->service, &hints, &found);

    if (rc != 0)
        return code_of(rc);
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        count++;
    l->addresses.list = calloc(count, sizeof *l->addresses.list);
    for (const struct addrinfo *a = found; a && l->addresses.list; a = a->ai_next) {
        nw_address *address = &l->addresses.list[l->addresses.count++];
        memcpy(address->data, a->ai_addr, a->ai_addrlen);
        address->size = a->ai_addrlen;
    }
    freeaddrinfo(found);
    return l->addresses.list ? 0 : -ENOMEM;
}

static int only(const nw_address *address, nw_addresses *addresses_out)
{
    nw_address *list = calloc(1, sizeof *list);

    if (!list)
        return -ENOMEM;
    *list = *address;
    *addresses_out = (nw_addresses){list, 1};
    return 0;
}

int nw__resolve(const char *host, const char *service, int family, nw_addresses *addresses_out)
{
    struct look_up l = {.host = host, .service = service, .family = family};
    nw_address address;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (nw__address_numeric(host, service, &address)) {
        if (family && family != nw__address_family(&address))
            return NW_ENOHOST;
        return only(&address, addresses_out);
    }
    rc = nw__work_await("resolve", look_up_step, &l);
    if (rc == 0)
        *addresses_out = l.addresses;
    return rc;
}

int nw_resolve(const char *host, const char *service, nw_addresses *addresses_out)
{
    if (!host || !*host || !addresses_out)
        return -EINVAL;
    return nw__resolve(host, service ? service : "0", 0, addresses_out);
}

void nw_addresses_finish(nw_addresses *addresses)
{
    if (!addresses)
        return;
    free(addresses->list);
    *addresses = (nw_addresses){0};
}

void nw_resolve_forget(void)
{
}
