/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses, from a task's side: digits are read, what is known is answered, the rest is waited for.
 * Owns nothing: the look-ups are resolve_names.c's. A task that is cancelled leaves at once.
 */
#include "io/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "task/waiters.h"

static int copy_addresses(const nw_addresses *from, uint16_t port, nw_addresses *addresses_out)
{
    nw_address *list = malloc(from->count * sizeof *list);

    if (!list)
        return -ENOMEM;
    memcpy(list, from->list, from->count * sizeof *list);
    for (size_t i = 0; i < from->count && port; i++)
        nw__address_set_port(&list[i], port);
    *addresses_out = (nw_addresses){list, from->count};
    return 0;
}

static int resolve_digits(const nw_address *address, int family, nw_addresses *addresses_out)
{
    const nw_addresses one = {(nw_address *)(uintptr_t)address, 1};

    if (family && family != nw__address_family(address))
        return NW_ENOHOST;
    return copy_addresses(&one, 0, addresses_out);
}

/* With the lock held; without it afterwards. */
static int await_answer(nw_task *self, struct nw__name *name)
{
    struct nw__waiter waiter = {.wait = {.what = "resolve"}};
    int rc = 0;

    if (!name->answered)
        rc = nw__waiter_park(&name->waiters, &waiter, &nw__names_lock, self);
    else
        pthread_mutex_unlock(&nw__names_lock);
    return rc;
}

int nw__resolve(const char *host, const char *service, int family, int type, nw_addresses *addresses_out)
{
    struct nw__name *name;
    nw_address address;
    uint16_t port = 0;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (nw__address_numeric(host, service, &address))
        return resolve_digits(&address, family, addresses_out);
    if (nw__port_parse(service, &port)) {
        service = ""; /* the answer serves all ports, and all types */
        type = SOCK_STREAM;
    }
    pthread_mutex_lock(&nw__names_lock);
    name = nw__names_find(host, service, family, type, nw__clock_ns());
    rc = name ? 0 : nw__names_ask(host, service, family, type, &name);
    if (rc < 0) {
        pthread_mutex_unlock(&nw__names_lock);
        return rc;
    }
    rc = await_answer(self, name);
    pthread_mutex_lock(&nw__names_lock);
    if (rc == 0 && !name->answered)
        rc = -ECANCELED; /* hurried away, by who closes what the name is for */
    else if (rc == 0)
        rc = name->error ? name->error : copy_addresses(&name->addresses, port, addresses_out);
    nw__name_release(name);
    pthread_mutex_unlock(&nw__names_lock);
    return rc;
}

int nw_resolve(const char *host, const char *service, nw_addresses *addresses_out)
{
    if (!host || !*host || strlen(host) >= NW__HOST_BYTES || !addresses_out)
        return -EINVAL;
    return nw__resolve(host, service ? service : "0", 0, SOCK_STREAM, addresses_out);
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
    pthread_mutex_lock(&nw__names_lock);
    nw__names_forget();
    pthread_mutex_unlock(&nw__names_lock);
}
