/* SPDX-License-Identifier: MIT */
/*
 * A UDP socket, for those files that make it, send and receive. Private to this folder.
 */
#ifndef NW_IO_UDP_H
#define NW_IO_UDP_H

#include "io/guests.h"
#include "io/socket.h"

/* With so many datagrams that no task has taken, the kernel is told to stop: the socket keeps them. */
#define NW__DATAGRAMS_MAX 32

struct nw_udp {
    struct nw__net_member member;
    int fd;
    int family;
    bool mapped;             /* IPv6 that takes IPv4, too */
    struct nw__list calls;   /* struct nw__udp_call: those under way */
    struct nw__wait *closer; /* waits until there are none */

    /* udp_receive.c's */
    bool receives;                     /* the engine may receive for us */
    uint8_t waits;                     /* for a datagram, before the engine received */
    int error;                         /* of the socket, which nobody has been told of */
    struct nw__guests guests;          /* tasks for which the engine receives */
    struct nw__datagram *first, **end; /* those that nobody has taken; none while guests wait */
    size_t count;
};

/* A task that is in a call; on its stack. */
struct nw__udp_call {
    struct nw__link link; /* in nw_udp.calls */
    nw_task *task;
};

/* -- udp.c -- */

NW_CHECK int nw__udp_enter(nw_udp *udp, struct nw__udp_call *call);
void nw__udp_leave(const nw_udp *udp, struct nw__udp_call *call);
/* Wait until it is ready. Errors: -EBADF: it is being closed; those of nw_fd_poll(). */
NW_CHECK int nw__udp_await(const nw_udp *udp, unsigned events);

/* -- udp_receive.c -- */

void nw__udp_receive_begin(nw_udp *udp);
/* Nobody is in a call any more: let go of the socket and of what nobody has taken. */
void nw__udp_receive_end(nw_udp *udp);

#endif
