/* SPDX-License-Identifier: MIT */
/*
 * UDP: sockets made, connected, closed, and sending, each call one datagram. Owns the socket. Who closes
 * sends away those who wait first. Receiving is udp_receive.c's.
 */
#include <poll.h>
#include <stdlib.h>

#include "base/options.h"
#include "base/syscall.h"
#include "io/udp.h"

/* -- waiting -- */

int nw__udp_enter(nw_udp *udp, struct nw__udp_call *call)
{
    int rc = nw__task_enter(&call->task);

    if (rc < 0)
        return rc;
    if (!udp || udp->member.loop != call->task->loop)
        return -EINVAL;
    if (udp->member.closing)
        return -EBADF;
    nw__list_push_back(&udp->calls, &call->link);
    return 0;
}

void nw__udp_leave(const nw_udp *udp, struct nw__udp_call *call)
{
    nw__list_remove(&call->link);
    if (udp->closer)
        nw__wait_wake(udp->closer);
}

int nw__udp_await(const nw_udp *udp, unsigned events)
{
    int rc = udp->member.closing ? -EBADF : nw_fd_poll(udp->fd, events);

    if (udp->member.closing)
        return -EBADF;
    return rc < 0 ? rc : 0;
}

static void send_away(nw_udp *udp)
{
    struct nw__wait wait = {.what = "close"};

    nw__list_each (link, &udp->calls) {
        struct nw__wait *theirs = nw__container(link, struct nw__udp_call, link)->task->wait;
        if (theirs)
            nw__wait_hurry(theirs);
    }
    while (!nw__list_empty(&udp->calls)) {
        wait = (struct nw__wait){.what = "close"};
        udp->closer = &wait;
        nw__wait_park(nw__task_self(), &wait);
    }
    udp->closer = NULL;
}

static void close_udp(struct nw__net_member *member)
{
    nw_udp *udp = nw__container(member, nw_udp, member);

    send_away(udp);
    nw__udp_receive_end(udp);
    nw__socket_close(udp->fd);
    free(udp);
}

void nw_udp_close(nw_udp *udp)
{
    if (udp)
        nw__net_close(&udp->member);
}

/* -- making -- */

static int set_up(const nw_udp_options *options, int fd, const nw_address *local)
{
    int rc = 0;

    if (nw__address_family(local) == AF_INET6)
        rc = nw__socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->v6_only);
    if (rc == 0 && options->reuse_port)
        rc = nw__socket_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (rc == 0 && options->broadcast)
        rc = nw__socket_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
    if (rc == 0 && options->receive_bytes)
        rc = nw__socket_set(fd, SOL_SOCKET, SO_RCVBUF, options->receive_bytes);
    return rc == 0 ? nw__socket_bind(fd, local) : rc;
}

struct opening {
    const nw_udp_options *options;
    nw_udp *udp; /* set when it has worked */
};

static int open_at(void *arg, const nw_address *local)
{
    struct opening *opening = arg;
    const nw_udp_options *options = opening->options;
    int fd = nw__socket_create(nw__address_family(local), SOCK_DGRAM), rc;
    nw_udp *udp;

    if (fd < 0)
        return fd;
    udp = calloc(1, sizeof *udp);
    rc = udp ? set_up(options, fd, local) : -ENOMEM;
    if (rc == 0)
        rc = nw__net_join(&udp->member, close_udp);
    if (rc < 0) {
        nw__socket_close(fd);
        free(udp);
        return rc;
    }
    udp->fd = fd;
    udp->family = nw__address_family(local);
    udp->mapped = udp->family == AF_INET6 && !options->v6_only;
    nw__list_init(&udp->calls);
    nw__udp_receive_begin(udp);
    opening->udp = udp;
    return 0;
}

static int parse_place(const char *text, struct nw__where *where)
{
    int rc = nw__where_parse(text, where);

    if (rc < 0)
        return rc;
    return where->scheme == NW__SCHEME_UDP ? 0 : -EINVAL;
}

int nw_udp_open(const nw_udp_options *options, const char *local, nw_udp **udp_out)
{
    static const nw_udp_options defaults;
    struct opening opening = {.options = options ? options : &defaults};
    struct nw__where where;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!udp_out || opening.options->receive_bytes < 0 || !nw__reserved_unused(opening.options))
        return -EINVAL;
    rc = parse_place(local ? local : "udp://:0", &where);
    if (rc == 0)
        rc = nw__addresses_bind(&where, SOCK_DGRAM, opening.options->v6_only, open_at, &opening);
    if (rc == 0)
        *udp_out = opening.udp;
    return rc;
}

/* -- peers and datagrams -- */

static int connect_to(const nw_udp *udp, nw_address *address)
{
    int saved_errno = errno;

    if (udp->mapped)
        nw__address_map(address);
    if (nw__address_family(address) != udp->family)
        return -EAFNOSUPPORT;
    return nw__syscall_result_restoring(connect(udp->fd, &nw__address_of_const(address)->any, address->size),
                                        saved_errno);
}

static int connect_first(const nw_udp *udp, nw_addresses *addresses)
{
    int error = 0;

    for (size_t i = 0; i < addresses->count; i++) {
        int rc = connect_to(udp, &addresses->list[i]);
        if (rc == 0)
            return 0;
        error = nw__addresses_error(error, rc);
    }
    return error;
}

int nw_udp_connect(nw_udp *udp, const char *where_text)
{
    struct nw__where where;
    nw_addresses addresses;
    struct nw__udp_call call;
    int rc = nw__udp_enter(udp, &call);

    if (rc < 0)
        return rc;
    rc = parse_place(where_text, &where);
    if (rc == 0)
        rc = *where.host ? nw__resolve(where.host, where.service, 0, SOCK_DGRAM, &addresses) : -EINVAL;
    if (rc == 0) {
        rc = udp->member.closing ? -EBADF : connect_first(udp, &addresses);
        nw_addresses_finish(&addresses);
    }
    if (udp->member.closing)
        rc = -EBADF;
    nw__udp_leave(udp, &call);
    return rc;
}

static ssize_t try_send(const nw_udp *udp, const void *data, size_t size_bytes, const nw_address *to)
{
    int saved_errno = errno;
    nw_address mapped;

    if (to && udp->mapped && nw__address_family(to) == AF_INET) {
        mapped = *to;
        nw__address_map(&mapped);
        to = &mapped;
    }
    return nw__syscall_result_restoring(sendto(udp->fd, data, size_bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                                               to ? &nw__address_of_const(to)->any : NULL, to ? to->size : 0),
                                        saved_errno);
}

ssize_t nw_udp_send(nw_udp *udp, const void *data, size_t size_bytes, const nw_address *to)
{
    struct nw__udp_call call;
    ssize_t n = nw__udp_enter(udp, &call);

    if (n < 0)
        return n;
    if ((!data && size_bytes) || (to && to->size > sizeof to->data))
        n = -EINVAL;
    while (n == 0) {
        n = try_send(udp, data, size_bytes, to);
        if (n != -EAGAIN && n != -EINTR) {
            nw__task_spend(call.task, size_bytes);
            break;
        }
        n = nw__udp_await(udp, POLLOUT);
    }
    nw__udp_leave(udp, &call);
    return n;
}

int nw_udp_address(const nw_udp *udp, nw_address *address_out)
{
    return udp && address_out ? nw__socket_address(udp->fd, false, address_out) : -EINVAL;
}

int nw_udp_fd(const nw_udp *udp)
{
    return udp ? udp->fd : -EINVAL;
}
