/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that come, and who waits for them. Owns those that the engine has received and nobody has taken.
 * Must not lose one while the socket is open.
 *
 * A task that finds nothing waits by a poll. Once that has happened a few times, and where the engine has
 * NW__OP_RECEIVE, the engine receives by itself, into memory of its own, until nobody wants datagrams any
 * more: then a datagram costs its receiver no system call.
 */
#include <poll.h>
#include <string.h>

#include "io/udp.h"

#define RECEIVES_AFTER 2 /* waits: to begin and end it costs about as much as two of them */

/* A task that waits for a datagram. */
struct guest {
    struct nw__guest base;
    void *data;
    size_t size_bytes;
    nw_address *from_out; /* NULL: it does not want to know */
};

/* -- datagrams -- */

static void give_back(const nw_udp *udp, struct nw__datagram *datagram)
{
    struct nw__backend *backend = udp->member.loop->backend;

    backend->vtable->give_back(backend, datagram);
}

static ssize_t hand_over(const nw_udp *udp, struct nw__datagram *datagram, const struct guest *guest)
{
    ssize_t size = (ssize_t)datagram->size;
    nw_address from = {.size = datagram->name_size};

    if (guest->size_bytes && datagram->size)
        memcpy(guest->data, datagram->data,
               datagram->size < guest->size_bytes ? datagram->size : guest->size_bytes);
    if (guest->from_out) {
        memcpy(from.data, datagram->name, datagram->name_size);
        nw__address_unmap(&from);
        *guest->from_out = from;
    }
    give_back(udp, datagram);
    return size;
}

static void push(nw_udp *udp, struct nw__datagram *datagram)
{
    datagram->next = NULL;
    *udp->end = datagram;
    udp->end = &datagram->next;
    udp->count++;
}

static struct nw__datagram *pop(nw_udp *udp)
{
    struct nw__datagram *datagram = udp->first;

    udp->first = datagram->next;
    if (!udp->first)
        udp->end = &udp->first;
    udp->count--;
    return datagram;
}

static ssize_t try_receive(const nw_udp *udp, const struct guest *guest)
{
    nw_address from = {.size = 0};
    socklen_t size = sizeof from.data;
    int saved_errno = errno;
    ssize_t n;

    do {
        n = recvfrom(udp->fd, guest->data, guest->size_bytes, MSG_DONTWAIT | MSG_TRUNC,
                     &nw__address_of(&from)->any, &size);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        n = -errno;
    errno = saved_errno;
    if (n >= 0 && guest->from_out) {
        from.size = size;
        nw__address_unmap(&from);
        *guest->from_out = from;
    }
    return n;
}

/* -- the op -- */

static struct guest *first_guest(const nw_udp *udp)
{
    struct nw__guest *first = nw__guests_first(&udp->guests);

    return first ? nw__container(first, struct guest, base) : NULL;
}

/*
 * When nobody has come for the one before, in a whole turn, the engine is to stop, as when too many wait:
 * what is told meanwhile waits, too.
 */
static void arrived(nw_op *op, struct nw__datagram *datagram)
{
    nw_udp *udp = op->user;
    struct guest *guest = first_guest(udp);

    if (guest) {
        nw__guests_came(&udp->guests);
        nw__guest_welcome(&guest->base, hand_over(udp, datagram, guest));
        return;
    }
    push(udp, datagram);
    if (udp->count >= NW__DATAGRAMS_MAX || nw__guests_stay_away(&udp->guests))
        nw__guests_stop(&udp->guests);
}

static void begin(nw_udp *udp);

/* It cannot go on: guests look for themselves, and poll. */
static void send_to_poll(nw_udp *udp)
{
    struct nw__guest *guest;

    udp->guests.polls_once = true;
    while ((guest = nw__guests_first(&udp->guests)))
        nw__guest_welcome(guest, -EAGAIN);
}

static void failed(nw_udp *udp, int error)
{
    struct nw__guest *guest = nw__guests_first(&udp->guests);

    switch (error) {
    case -EINVAL:
    case -EOPNOTSUPP:
        udp->receives = false;
        send_to_poll(udp);
        break;
    case -ENOBUFS: /* no buffer was left */
    case -ENOMEM:
    case -EAGAIN:
        send_to_poll(udp);
        break;
    default: /* the socket's, and told only once */
        if (guest)
            nw__guest_welcome(guest, error);
        else
            udp->error = error;
    }
}

static void received_all(nw_op *op)
{
    nw_udp *udp = op->user;

    if (op->result != -ECANCELED)
        failed(udp, op->result);
    if (nw__guests_op_ended(&udp->guests))
        begin(udp);
}

static void begin(nw_udp *udp)
{
    nw_op *op = &udp->guests.op;

    nw__op_receive(op, udp->fd, arrived);
    op->done = received_all;
    op->user = udp;
    nw__guests_submit(&udp->guests);
}

/* Should it receive for the task that is about to wait? */
static bool may_receive(nw_udp *udp)
{
    bool polls = udp->guests.polls_once;

    if (nw__guests_op_stands(&udp->guests))
        return true;
    udp->guests.polls_once = false;
    if (!udp->receives || polls)
        return false;
    if (udp->waits < RECEIVES_AFTER) {
        udp->waits++;
        return false;
    }
    begin(udp);
    return true;
}

/* -- receiving -- */

/* -EAGAIN: look again. */
static ssize_t await_datagram(nw_udp *udp, nw_task *self, struct guest *guest)
{
    if (self->interrupt || udp->member.closing)
        return self->interrupt ? self->interrupt : -EBADF;
    if (!may_receive(udp)) {
        int rc = nw__udp_await(udp, POLLIN);
        return rc < 0 && rc != -EINTR ? rc : -EAGAIN;
    }
    return nw__guest_wait(&udp->guests, self, &guest->base, "receive");
}

/* -EAGAIN: there is none that could be had without waiting. */
static ssize_t take_one(nw_udp *udp, const struct guest *guest)
{
    int error = udp->error;

    nw__guests_came(&udp->guests);
    if (udp->first)
        return hand_over(udp, pop(udp), guest);
    udp->error = 0;
    if (error)
        return error;
    return nw__guests_op_stands(&udp->guests) ? -EAGAIN : try_receive(udp, guest);
}

ssize_t nw_udp_receive(nw_udp *udp, void *data, size_t size_bytes, nw_address *from_out)
{
    struct guest guest = {.data = data, .size_bytes = size_bytes, .from_out = from_out};
    struct nw__udp_call call;
    ssize_t n = nw__udp_enter(udp, &call);

    if (n < 0)
        return n;
    n = !data && size_bytes ? -EINVAL : -EAGAIN;
    while (n == -EAGAIN) {
        n = take_one(udp, &guest);
        if (n == -EAGAIN)
            n = await_datagram(udp, call.task, &guest);
        else
            nw__task_spend(call.task, n > 0 ? (size_t)n : 0);
    }
    nw__udp_leave(udp, &call);
    return n;
}

/* -- beginning and end -- */

void nw__udp_receive_begin(nw_udp *udp)
{
    nw__guests_init(&udp->guests, &udp->member);
    udp->end = &udp->first;
    udp->receives = udp->member.loop->backend->receives;
}

void nw__udp_receive_end(nw_udp *udp)
{
    nw__guests_settle(&udp->guests);
    while (udp->first)
        give_back(udp, pop(udp));
}
