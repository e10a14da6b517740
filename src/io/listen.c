/* SPDX-License-Identifier: MIT */
/*
 * Listeners, and who waits for their connections. Owns the socket, the file of a UNIX socket, and one op that
 * waits until somebody knocks; connections are accepted only for tasks that wait, so that none is lost.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>

#include "backend/hint.h"
#include "base/options.h"
#include "io/listen.h"

/* -- accepting -- */

/* A task that waits; on its stack. */
struct guest {
    struct nw__wait wait;
    struct nw__link link; /* in nw_listener.guests, until it has its result */
    nw_address *peer_out;
    int result;
};

/* What was wrong with that connection, not with the listener: accept(2), "Error handling". */
static bool is_passing(int error)
{
    switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case EINTR:
    case EPERM: /* a firewall's rule */
        return true;
    default:
        return false;
    }
}

#define PASSED_OVER_MAX 64 /* in one attempt; EOPNOTSUPP is also said of what never accepts */

/* Returns: the socket. -EAGAIN: nobody is there. */
static int try_accept(const nw_listener *listener, nw_address *peer_out)
{
    nw_address peer = {.size = 0};
    int saved_errno = errno, fd, error = 0;

    for (int i = 0; i < PASSED_OVER_MAX; i++) {
        socklen_t size = sizeof peer.data;
        fd = accept4(listener->fd, &nw__address_of(&peer)->any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        error = fd < 0 ? errno : 0;
        peer.size = size;
        if (fd >= 0 || !is_passing(error))
            break;
    }
    errno = saved_errno;
    if (fd < 0)
        return -error;
    nw__hint_closing(fd);
    if (listener->inherited)
        nw__socket_tune(fd, &peer, listener->options.delay, listener->options.no_keep_alive);
    nw__address_unmap(&peer);
    *peer_out = peer;
    return fd;
}

static void welcome(struct guest *guest, int result)
{
    guest->result = result;
    nw__list_remove(&guest->link);
    nw__wait_wake(&guest->wait);
}

static void watch(nw_listener *listener);

/* Somebody knocks: everybody who waits, in order, gets a connection as long as there are some. */
static void knocked(nw_op *op)
{
    nw_listener *listener = op->user;
    struct nw__link *link;

    while ((link = nw__list_front(&listener->guests))) {
        struct guest *guest = nw__container(link, struct guest, link);
        int rc =
            op->result < 0 && op->result != -ECANCELED ? op->result : try_accept(listener, guest->peer_out);
        if (rc == -EAGAIN)
            break;
        welcome(guest, rc);
    }
    if (listener->closer)
        nw__wait_wake(listener->closer);
    else if (!nw__list_empty(&listener->guests))
        watch(listener);
}

static void watch(nw_listener *listener)
{
    nw_op_poll(&listener->op, listener->fd, POLLIN);
    listener->op.user = listener;
    listener->op.done = knocked;
    nw__net_submit(&listener->member, &listener->op);
}

static void leave(struct nw__wait *wait)
{
    struct guest *guest = nw__container(wait, struct guest, wait);

    if (nw__link_linked(&guest->link))
        welcome(guest, wait->task->interrupt);
}

int nw__accept(nw_listener *listener, nw_address *peer_out)
{
    struct guest guest = {.wait = {.interrupt = leave, .what = "accept"}, .peer_out = peer_out};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (listener->member.loop != self->loop)
        return -EINVAL;
    if (listener->member.closing)
        return -EBADF;
    if (nw__list_empty(&listener->guests)) {
        rc = try_accept(listener, peer_out);
        if (rc != -EAGAIN) {
            nw__task_spend(self, 0);
            return rc;
        }
    }
    nw__list_push_back(&listener->guests, &guest.link);
    if (listener->op.state != NW__OP_SUBMITTED)
        watch(listener);
    nw__wait_park(self, &guest.wait);
    return guest.result;
}

/* -- closing -- */

/* In a task, which may be cancelled. */
static void close_listener(struct nw__net_member *member)
{
    nw_listener *listener = nw__container(member, nw_listener, member);
    struct nw__link *link;

    while ((link = nw__list_front(&listener->guests)))
        welcome(nw__container(link, struct guest, link), -EBADF);
    nw__net_settle(member, &listener->op, &listener->closer);
    nw__listen_unlink(listener);
    nw__socket_close(listener->fd);
    free(listener->path);
    free(listener);
}

void nw_listener_close(nw_listener *listener)
{
    if (listener)
        nw__net_close(&listener->member);
}

/* -- making -- */

static int create(const nw_listen_options *options, int fd, nw_listener **listener_out)
{
    nw_listener *listener = calloc(1, sizeof *listener);
    int rc;

    if (!listener)
        return -ENOMEM;
    listener->fd = fd;
    listener->options = *options;
    nw__list_init(&listener->guests);
    rc = nw__net_join(&listener->member, close_listener);
    if (rc < 0) {
        free(listener);
        return rc;
    }
    *listener_out = listener;
    return 0;
}

static bool makes_sense(const nw_listen_options *options)
{
    return options->backlog >= 0 && !(options->permissions & ~0777u) &&
           options->buffer_bytes <= NW__STREAM_BUFFER_MAX && nw__reserved_unused(options);
}

int nw_listen_with(const nw_listen_options *options, const char *where_text, nw_listener **listener_out)
{
    static const nw_listen_options defaults;
    const nw_listen_options *chosen = options ? options : &defaults;
    struct nw__where where;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!listener_out || !makes_sense(chosen))
        return -EINVAL;
    rc = nw__where_parse(where_text, &where);
    if (rc < 0)
        return rc;
    int fd = nw__listen_socket(chosen, &where);
    if (fd < 0)
        return fd;
    rc = create(chosen, fd, listener_out);
    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
    (*listener_out)->inherited = where.scheme == NW__SCHEME_FD || where.scheme == NW__SCHEME_SYSTEMD;
    if (where.scheme == NW__SCHEME_UNIX)
        nw__listen_remember(*listener_out);
    return 0;
}

int nw_listen(const char *where, nw_listener **listener_out)
{
    return nw_listen_with(NULL, where, listener_out);
}

int nw_listener_address(const nw_listener *listener, nw_address *address_out)
{
    return listener && address_out ? nw__socket_address(listener->fd, false, address_out) : -EINVAL;
}

int nw_listener_fd(const nw_listener *listener)
{
    return listener ? listener->fd : -EINVAL;
}

const nw_listen_options *nw__listener_options(const nw_listener *listener)
{
    return &listener->options;
}
