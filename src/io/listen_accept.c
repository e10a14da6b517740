/* SPDX-License-Identifier: MIT */
/*
 * A listener's connections: for the tasks that wait, and those that wait for a task. Owns the connections
 * that the engine has accepted and nobody has taken. Must not lose one while the listener lives.
 *
 * The guests' op is a NW__OP_ACCEPT where the engine has that and the listener is ours alone: the kernel
 * accepts by itself, also what comes between two tasks. It is cancelled when nobody wants connections any
 * more. Else the op is a poll, and connections are accepted for tasks that wait, when somebody knocks.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "backend/hint.h"
#include "io/listen.h"

/* The limit on descriptors leaves room for so many times what the kernel may accept at once. */
#define DESCRIPTORS_RATIO 4

/* A task that waits for a connection. */
struct guest {
    struct nw__guest base;
    nw_address *peer_out; /* NULL: it does not want to know */
};

/* -- connections that wait -- */

static bool nobody_arrived(const struct nw__arrivals *arrivals)
{
    return arrivals->first == arrivals->end;
}

static int reserve(struct nw__arrivals *arrivals, size_t room)
{
    int *fds = arrivals->room < room ? realloc(arrivals->fds, room * sizeof *fds) : arrivals->fds;

    if (!fds)
        return -ENOMEM;
    arrivals->fds = fds;
    arrivals->room = arrivals->room < room ? room : arrivals->room;
    return 0;
}

static int push_arrival(struct nw__arrivals *arrivals, int fd)
{
    size_t count = arrivals->end - arrivals->first;

    if (arrivals->end == arrivals->room && arrivals->first > count) {
        memcpy(arrivals->fds, arrivals->fds + arrivals->first, count * sizeof fd);
        arrivals->first = 0; /* the copy is paid for by those that were taken */
        arrivals->end = count;
    }
    if (arrivals->end == arrivals->room && reserve(arrivals, 2 * arrivals->room) < 0)
        return -ENOMEM;
    arrivals->fds[arrivals->end++] = fd;
    return 0;
}

static int pop_arrival(struct nw__arrivals *arrivals)
{
    int fd = arrivals->fds[arrivals->first++];

    if (nobody_arrived(arrivals))
        arrivals->first = arrivals->end = 0;
    return fd;
}

/* -- accepting here -- */

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
    if (peer_out)
        *peer_out = peer;
    return fd;
}

/* -- guests -- */

static void begin_wait(nw_listener *listener);

static struct guest *first_guest(const nw_listener *listener)
{
    struct nw__guest *first = nw__guests_first(&listener->guests);

    return first ? nw__container(first, struct guest, base) : NULL;
}

/* Somebody knocks: everybody who waits, in order, gets a connection as long as there are some. */
static void knocked(nw_op *op)
{
    nw_listener *listener = op->user;
    struct guest *guest;

    while ((guest = first_guest(listener))) {
        int rc =
            op->result < 0 && op->result != -ECANCELED ? op->result : try_accept(listener, guest->peer_out);
        if (rc == -EAGAIN)
            break;
        nw__guest_welcome(&guest->base, rc);
    }
    if (nw__guests_op_ended(&listener->guests))
        begin_wait(listener);
}

/* The engine has not asked who it is. False: the peer has gone again, and the connection is closed. */
static bool introduce(int fd, nw_address *peer_out)
{
    if (!peer_out || nw__socket_address(fd, true, peer_out) == 0)
        return true;
    nw__socket_close(fd);
    return false;
}

/*
 * The engine has accepted a connection. When nobody has come for the one before, in a whole turn, it is to
 * stop, as when too many wait: what is told meanwhile waits, too.
 */
static void arrived(nw_op *op, int fd)
{
    nw_listener *listener = op->user;
    struct guest *guest = first_guest(listener);

    nw__hint_closing(fd);
    if (guest) {
        nw__guests_came(&listener->guests);
        if (introduce(fd, guest->peer_out))
            nw__guest_welcome(&guest->base, fd);
        return;
    }
    if (push_arrival(&listener->arrivals, fd) < 0)
        nw__socket_close(fd); /* beyond those that there was memory for at the beginning */
    if (listener->arrivals.end - listener->arrivals.first >= NW__ARRIVALS_MAX ||
        nw__guests_stay_away(&listener->guests))
        nw__guests_stop(&listener->guests);
}

/*
 * It was cancelled, or cannot go on: the kernel asks for a descriptor before there is a connection, so that
 * -EMFILE may be said of nobody. Who waits is told of it when somebody knocks.
 */
static void accepted_all(nw_op *op)
{
    nw_listener *listener = op->user;

    listener->accepts &= op->result != -EINVAL;
    listener->guests.polls_once = op->result != -ECANCELED;
    if (nw__guests_op_ended(&listener->guests))
        begin_wait(listener);
}

static void begin_wait(nw_listener *listener)
{
    unsigned most = listener->member.loop->backend->accepts_max;
    nw_op *op = &listener->guests.op;

    if (listener->accepts && !listener->guests.polls_once && reserve(&listener->arrivals, most) == 0)
        nw__op_accept(op, listener->fd, arrived);
    else
        nw_op_poll(op, listener->fd, POLLIN);
    listener->guests.polls_once = false;
    op->done = op->kind == NW__OP_ACCEPT ? accepted_all : knocked;
    op->user = listener;
    nw__guests_submit(&listener->guests);
}

/* -EAGAIN: there is none that could be had without waiting. */
static int take_one(nw_listener *listener, nw_address *peer_out)
{
    if (nw__guests_first(&listener->guests))
        return -EAGAIN;
    while (!nobody_arrived(&listener->arrivals)) {
        int fd = pop_arrival(&listener->arrivals);
        if (introduce(fd, peer_out))
            return fd;
    }
    return nw__guests_op_stands(&listener->guests) ? -EAGAIN : try_accept(listener, peer_out);
}

int nw__accept(nw_listener *listener, nw_address *peer_out)
{
    struct guest guest = {.peer_out = peer_out};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (listener->member.loop != self->loop)
        return -EINVAL;
    if (listener->member.closing)
        return -EBADF;
    nw__guests_came(&listener->guests);
    rc = take_one(listener, peer_out);
    if (rc != -EAGAIN) {
        nw__task_spend(self, 0);
        return rc;
    }
    if (!nw__guests_op_flies(&listener->guests))
        begin_wait(listener);
    return (int)nw__guest_wait(&listener->guests, self, &guest.base, "accept");
}

/* -- beginning and end -- */

/*
 * Not for a socket that was inherited: what this process has accepted no other can take. Nor where a burst of
 * connections could leave the process without descriptors.
 */
void nw__listen_choose(nw_listener *listener)
{
    unsigned most = listener->member.loop->backend->accepts_max;
    struct rlimit limit;

    if (most == 0 || listener->inherited || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    listener->accepts = limit.rlim_cur / DESCRIPTORS_RATIO >= most;
}

void nw__listen_stop(nw_listener *listener)
{
    struct nw__guest *guest;

    while ((guest = nw__guests_first(&listener->guests)))
        nw__guest_welcome(guest, -EBADF);
    nw__guests_settle(&listener->guests);
    while (!nobody_arrived(&listener->arrivals))
        nw__socket_close(pop_arrival(&listener->arrivals));
    free(listener->arrivals.fds);
}
