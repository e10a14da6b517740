/* SPDX-License-Identifier: MIT */
/*
 * Listeners: made, asked, closed. Owns the socket and the file of a UNIX socket. Must not accept: that is
 * listen_accept.c's.
 */
#include <stdlib.h>

#include "base/options.h"
#include "io/listen.h"

/* -- closing -- */

/* In a task, which may be cancelled. */
static void close_listener(struct nw__net_member *member)
{
    nw_listener *listener = nw__container(member, nw_listener, member);

    nw__listen_stop(listener);
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

static int create(const nw_listen_options *options, const struct nw__where *where, int fd,
                  nw_listener **listener_out)
{
    nw_listener *listener = calloc(1, sizeof *listener);
    int rc;

    if (!listener)
        return -ENOMEM;
    listener->fd = fd;
    listener->options = *options;
    listener->inherited = where->scheme == NW__SCHEME_FD || where->scheme == NW__SCHEME_SYSTEMD;
    nw__guests_init(&listener->guests, &listener->member);
    rc = nw__net_join(&listener->member, close_listener);
    if (rc < 0) {
        free(listener);
        return rc;
    }
    nw__listen_choose(listener);
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
    rc = create(chosen, &where, fd, listener_out);
    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
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
