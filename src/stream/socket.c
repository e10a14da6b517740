/* SPDX-License-Identifier: MIT */
/*
 * Stream sockets as transports. Owns the descriptor. Reads and writes are tried first and waited for by
 * readiness, so that a stream that waits needs no buffer.
 */
#include <nowait/op.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "io/send_file.h"
#include "io/socket.h"
#include "stream/transport.h"

struct socket {
    struct nw__transport base;
    int fd;
    bool own;
};

static struct socket *socket_of(const struct nw__transport *transport)
{
    return (struct socket *)(uintptr_t)transport;
}

static ssize_t answer(ssize_t n, int saved_errno)
{
    int error = errno;

    errno = saved_errno;
    if (n >= 0)
        return n;
    return error == EINTR ? -EAGAIN : -error;
}

static ssize_t try_read(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    int saved_errno = errno;
    ssize_t n;

    (void)offset;
    if (transport->dry)
        return -EAGAIN;
    n = answer(recv(socket_of(transport)->fd, data, size_bytes, MSG_DONTWAIT), saved_errno);
    /* Less than there was room for: it was all. Should it not have been, waiting will tell at once. */
    transport->dry = n == -EAGAIN || (n > 0 && (size_t)n < size_bytes);
    return n;
}

static int await_input(struct nw__transport *transport)
{
    int rc = nw_fd_poll(socket_of(transport)->fd, POLLIN);

    if (rc < 0)
        return rc;
    transport->dry = false;
    return 0;
}

static ssize_t try_write(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    int saved_errno = errno, flags = MSG_DONTWAIT | MSG_NOSIGNAL | (transport->more ? MSG_MORE : 0);

    (void)offset;
    return answer(send(socket_of(transport)->fd, data, size_bytes, flags), saved_errno);
}

/* All of it, or as much as went before waiting was over. */
static ssize_t write_all(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    size_t done = 0;
    nw_task *self;
    ssize_t n = nw__task_enter(&self);

    while (n >= 0 && done < size_bytes) {
        n = try_write(transport, (const char *)data + done, size_bytes - done, offset);
        if (n >= 0)
            nw__task_spend(self, (size_t)n);
        if (n > 0)
            done += (size_t)n;
        else if (n == -EAGAIN)
            n = nw_fd_poll(socket_of(transport)->fd, POLLOUT);
        if (n >= 0 && self->interrupt)
            n = self->interrupt;
    }
    return done ? (ssize_t)done : n;
}

static ssize_t send_file(struct nw__transport *transport, int fd, int64_t offset, size_t size_bytes)
{
    const struct socket *socket = socket_of(transport);

    return socket->own ? nw__send_file_slice(socket->fd, fd, offset, size_bytes) : -EOPNOTSUPP;
}

static int shut_down(struct nw__transport *transport)
{
    int saved_errno = errno;

    return (int)answer(shutdown(socket_of(transport)->fd, SHUT_WR), saved_errno);
}

static int fd_of(const struct nw__transport *transport)
{
    return socket_of(transport)->fd;
}

/* What is not whole must not look so: the peer gets a reset in place of the end. */
static void reset(int fd)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int saved_errno = errno;

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    errno = saved_errno;
}

static int close_socket(struct nw__transport *transport)
{
    if (transport->torn && !transport->borrowed)
        reset(socket_of(transport)->fd);
    if (!transport->borrowed)
        nw__socket_close(socket_of(transport)->fd);
    free(transport);
    return 0;
}

static const struct nw__transport_kind socket_kind = {
    .name = "socket",
    .try_read = try_read,
    .await_input = await_input,
    .write = write_all,
    .try_write = try_write,
    .send_file = send_file,
    .shutdown = shut_down,
    .fd = fd_of,
    .close = close_socket,
};

int nw__socket_transport(int fd, bool own, struct nw__transport **transport_out)
{
    struct socket *socket = calloc(1, sizeof *socket);

    if (!socket)
        return -ENOMEM;
    socket->base.kind = &socket_kind;
    socket->fd = fd;
    socket->own = own;
    *transport_out = &socket->base;
    return 0;
}
