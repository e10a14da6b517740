/* SPDX-License-Identifier: MIT */
/*
 * What the network's files of this folder share, and what streams of sockets need of them: places as text,
 * sockets, connecting, listening. Descriptors only: streams are the next layer's.
 *
 * Nothing here blocks: sockets are in non-blocking mode and are waited for through the engine. Whatever a
 * call touches on the way, the task's errno is afterwards what it was before.
 */
#ifndef NW_IO_SOCKET_H
#define NW_IO_SOCKET_H

#include <netinet/in.h>
#include <nowait/net.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "io/io.h"

/* -- address.c -- */

/* What lies in a nw_address, whose own type it is not. */
typedef union __attribute__((may_alias)) {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
} nw__sockaddr;

enum nw__scheme {
    NW__SCHEME_TCP,
    NW__SCHEME_TLS,
    NW__SCHEME_UDP,
    NW__SCHEME_UNIX,
    NW__SCHEME_FD,
    NW__SCHEME_SYSTEMD,
};

#define NW__HOST_BYTES    1026 /* NI_MAXHOST and a NUL */
#define NW__SERVICE_BYTES 33   /* NI_MAXSERV and a NUL */

/* A `where` of net.h, taken apart. */
struct nw__where {
    enum nw__scheme scheme;
    char host[NW__HOST_BYTES];       /* without brackets; "": any */
    char service[NW__SERVICE_BYTES]; /* a port or a name */
    const char *rest;                /* FD, SYSTEMD: what follows the colon */
    nw_address address;              /* UNIX */
};

/* Errors: -EINVAL: it makes no sense; -ENAMETOOLONG: a UNIX socket's path. */
NW_CHECK int nw__where_parse(const char *text, struct nw__where *where_out);
/* "HOST:PORT", "[HOST]:PORT". Errors: -EINVAL. */
NW_CHECK int nw__host_port_parse(const char *text, struct nw__where *where);
/* An address and a port in digits; `host` "": any address, of IPv6. False: there is a name to be looked up.
 */
bool nw__address_numeric(const char *host, const char *service, nw_address *address_out);
/* A number up to 65535 and nothing else. False: it is something else. */
bool nw__port_parse(const char *text, uint16_t *port_out);

static inline nw__sockaddr *nw__address_of(nw_address *address)
{
    return (nw__sockaddr *)(void *)address->data;
}

static inline const nw__sockaddr *nw__address_of_const(const nw_address *address)
{
    return (const nw__sockaddr *)(const void *)address->data;
}

static inline int nw__address_family(const nw_address *address)
{
    return address->size ? nw__address_of_const(address)->any.sa_family : 0;
}

void nw__address_set_port(nw_address *address, uint16_t port);
/* An IPv4 address in the clothes of IPv6 (RFC 4291, section 2.5.5.2), as sockets of both families see it, and
 * back; others stay as they are. */
void nw__address_map(nw_address *address);
void nw__address_unmap(nw_address *address);

/* -- socket.c -- */

/* A new socket: close-on-exec, non-blocking. Returns: the descriptor. */
NW_CHECK int nw__socket_create(int family, int type);
/* Close what nobody else knows of. Never waits. */
void nw__socket_close(int fd);
/* Options that are ints: setsockopt(2), getsockopt(2). */
NW_CHECK int nw__socket_set(int fd, int level, int name, int value);
NW_CHECK int nw__socket_get(int fd, int level, int name, int *value_out);
NW_CHECK int nw__socket_bind(int fd, const nw_address *address);
/* SOCK_STREAM, of whatever family. False also for what is no socket. */
bool nw__socket_is_stream(int fd);
/* getsockname(2), or getpeername(2). */
NW_CHECK int nw__socket_address(int fd, bool peer, nw_address *address_out);
/* TCP_NODELAY and SO_KEEPALIVE, where it is TCP. */
void nw__socket_tune(int fd, const nw_address *address, bool delay, bool no_keep_alive);
/* Connect it, waiting. Errors: those of connect(2), -ECANCELED, -ETIMEDOUT; it stays the caller's. */
NW_CHECK int nw__socket_connect(int fd, const nw_address *address);

/* -- connect.c -- */

/* Where to: not for FD and SYSTEMD. Returns: the connected socket. */
NW_CHECK int nw__connect(const nw_connect_options *options, const struct nw__where *where,
                         nw_address *peer_out);

/* -- resolve.c -- */

/* As nw_resolve(), of one family or of both (0); `type`: of the sockets whose service it is. */
NW_CHECK int nw__resolve(const char *host, const char *service, int family, int type,
                         nw_addresses *addresses_out);

/* -- addresses.c -- */

/* Make a socket at `address`. Returns: >= 0, or an error. */
typedef int nw__bind_fn(void *arg, const nw_address *address);
/*
 * Have `fn` make one at the first address of the host that this machine has; without a host, at any, of both
 * families unless `v6_only`. Returns: what `fn` did. Errors: those of nw__resolve() and of `fn`; when the
 * machine has none of them, that of the first.
 */
NW_CHECK int nw__addresses_bind(const struct nw__where *where, int type, bool v6_only, nw__bind_fn *fn,
                                void *arg);
/*
 * Which error to tell of a host whose addresses fail one after the other: that of the first, but rather one
 * of an address that this machine could try. `so_far`: of those before; 0: there is none.
 */
int nw__addresses_error(int so_far, int error);

/* -- listen_accept.c, listen.c -- */

/* Wait for a connection. Returns: its socket. `peer_out` may be NULL. Errors: those of nw_accept(). */
NW_CHECK int nw__accept(nw_listener *listener, nw_address *peer_out);
const nw_listen_options *nw__listener_options(const nw_listener *listener);

#endif
