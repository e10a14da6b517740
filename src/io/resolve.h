/* SPDX-License-Identifier: MIT */
/*
 * Look-ups and their answers, of the whole process. Private to this folder, and to tests.
 */
#ifndef NW_IO_RESOLVE_H
#define NW_IO_RESOLVE_H

#include <netdb.h>
#include <pthread.h>

#include "io/socket.h"

#define NW__RESOLVE_THREADS_MAX 4
#define NW__RESOLVE_KEPT_MAX    1024
#define NW__RESOLVE_KEEP_NS     NW_SEC(30)
#define NW__RESOLVE_REFUSED_NS  NW_SEC(5)
#define NW__RESOLVE_IDLE_NS     NW_SEC(2) /* a thread that had nothing to do for so long ends */

/* Who looks names up: getaddrinfo(3) and freeaddrinfo(3), unless a test has somebody else do it. */
struct nw__resolver {
    int (*look_up)(const char *host, const char *service, const struct addrinfo *hints,
                   struct addrinfo **found_out);
    void (*release)(struct addrinfo *found);
};
extern struct nw__resolver nw__resolver;

/* A question, and then its answer. */
struct nw__name {
    struct nw__link in_table; /* by its hash; linked to itself: nobody else may find it */
    struct nw__link in_order; /* of those to be looked up, or of the answers that are kept */
    struct nw__list waiters;  /* struct nw__waiter; empty once it is answered */
    int64_t until_ns;         /* answered: how long that counts */
    nw_addresses addresses;   /* without a port, unless a service was asked for by its name */
    int error;
    int family;
    int type;       /* of sockets: a service may be there for one of them only */
    unsigned users; /* tasks that ask for it, and the thread that is at it */
    bool answered;  /* `addresses` or `error` */
    const char *service;
    char host[]; /* followed by the service */
};

/* Of all that is in here, and of the lists in a nw__name. */
extern pthread_mutex_t nw__names_lock;

/* All with the lock held. */

/* An answer that counts, or a look-up that others wait for; NULL: neither. The caller is a user of it. */
struct nw__name *nw__names_find(const char *host, const char *service, int family, int type, int64_t now_ns);
/* A new question, on its way to a thread. The caller is a user of it. Errors: -ENOMEM, -EAGAIN: there can be
 * no thread. */
NW_CHECK int nw__names_ask(const char *host, const char *service, int family, int type,
                           struct nw__name **name_out);
/* One user less. A look-up that nobody wants and that has not begun is given up. */
void nw__name_release(struct nw__name *name);
/* Nobody finds the answers of today any more. */
void nw__names_forget(void);
/* For tests. */
size_t nw__names_kept(void);
unsigned nw__names_threads(void);

#endif
