/* SPDX-License-Identifier: MIT */
/*
 * A listener, for those files that make and use it. Private to this folder.
 */
#ifndef NW_IO_LISTEN_H
#define NW_IO_LISTEN_H

#include "io/guests.h"
#include "io/socket.h"

/* With so many connections that no task has taken, the kernel is told to stop: the backlog pushes back. */
#define NW__ARRIVALS_MAX 64

/* Connections that the kernel has accepted for nobody yet, first come first. */
struct nw__arrivals {
    int *fds;
    size_t first, end, room;
};

struct nw_listener {
    struct nw__net_member member;
    int fd;
    nw_listen_options options;
    bool inherited;               /* not made here: others may use it, too */
    bool accepts;                 /* the engine accepts for us: the op is a NW__OP_ACCEPT, else a poll */
    struct nw__guests guests;     /* tasks that wait for a connection */
    struct nw__arrivals arrivals; /* empty while guests wait */
    char *path;   /* of a UNIX socket that was made here: removed at the end, if it is still that one */
    dev_t device; /* what is at `path` */
    ino_t inode;
};

/* -- listen_accept.c -- */

/* Should the engine accept for it? Once, when it has been made. */
void nw__listen_choose(nw_listener *listener);
/* Send the guests away, let go of the socket, and close what nobody has taken. */
void nw__listen_stop(nw_listener *listener);

/* -- listen_socket.c -- */

/* A socket that listens there. Returns: the descriptor. */
NW_CHECK int nw__listen_socket(const nw_listen_options *options, const struct nw__where *where);
/* A UNIX socket's file: note which one it is, and remove it if it is still that one. */
void nw__listen_remember(nw_listener *listener);
void nw__listen_unlink(const nw_listener *listener);

/* -- listen_inherited.c -- */

/* "fd:NUMBER", "systemd:NAME". Returns: the descriptor, which belongs to the listener from now on. */
NW_CHECK int nw__listen_inherited(const struct nw__where *where);

#endif
