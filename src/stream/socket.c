/* SPDX-License-Identifier: MIT */
/*
 * Stream sockets as transports. Owns the descriptor. Reads and writes are tried first and waited for by
 * readiness, so that a stream that waits needs no buffer.
 *
 * A TCP connection that has waited for input a few times is watched from then on: one op, as long as the
 * connection lives, tells that something has come (see nw__op_watch()). What it has told it tells only once.
 * Less than a read had room for is therefore taken for all there was only until the end or an error is told:
 * those may lie behind it, as may what follows urgent data (MSG_OOB).
 */
#define _GNU_SOURCE
#include <nowait/op.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/syscall.h"
#include "io/send_slice.h"
#include "io/socket.h"
#include "stream/transport.h"

#define WATCHED_AFTER 2 /* waits: beginning and ending a watch costs about as much as two of them */

struct socket {
    struct nw__transport base;
    int fd;
    bool own;
    bool told;             /* by the watch, since the last read began: there is input, or the end */
    bool ended;            /* the watch has told of the end or the like: more may lie behind what is read */
    bool unwatchable;      /* not our own, the watch has failed, or the loop is at its end */
    uint8_t waits;         /* for input, before it was watched */
    struct nw__wait *wait; /* the task that waits for `watch` */
    nw_op watch;           /* in flight: the socket is watched */
};

static struct socket *socket_of(const struct nw__transport *transport)
{
    return (struct socket *)(uintptr_t)transport;
}

/* Who was interrupted tries again later, as one who found nothing. */
static int unless_interrupted(int rc)
{
    return rc == -EINTR ? -EAGAIN : rc;
}

static bool is_watched(const struct socket *socket)
{
    return socket->watch.state == NW__OP_SUBMITTED;
}

static ssize_t try_read(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct socket *socket = socket_of(transport);
    int saved_errno = errno;
    ssize_t n;

    (void)offset;
    if (transport->dry)
        return -EAGAIN;
    socket->told = false; /* what comes after the read is told anew */
    n = unless_interrupted(
        nw__syscall_result_restoring(recv(socket->fd, data, size_bytes, MSG_DONTWAIT), saved_errno));
    /* Should it not have been all, waiting will tell at once. */
    transport->dry = n == -EAGAIN || (n > 0 && (size_t)n < size_bytes && !socket->ended);
    transport->dry_at = transport->dry ? nw__loop_switches(nw__loop_current) : 0;
    transport->dry_surely = n == -EAGAIN;
    return n;
}

/* -- the watch -- */

static void wake(struct socket *socket)
{
    socket->told = true;
    socket->base.dry = false;
    if (socket->wait)
        nw__wait_wake(socket->wait);
}

static void input_told(nw_op *op, int events)
{
    struct socket *socket = op->user;

    socket->ended |= (events & (POLLERR | POLLHUP | POLLRDHUP | POLLPRI)) != 0;
    wake(socket);
}

static void watch_done(nw_op *op)
{
    struct socket *socket = op->user;

    socket->unwatchable = true;
    wake(socket); /* to look for itself */
}

/* Of UNIX sockets, a read may stop where a message with descriptors ends. */
static bool is_tcp(int fd)
{
    int saved_errno = errno, domain = 0;
    socklen_t size = sizeof domain;
    bool tcp = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
               (domain == AF_INET || domain == AF_INET6);

    errno = saved_errno;
    return tcp;
}

static void begin_watch(struct socket *socket)
{
    nw_loop *loop = nw__task_self()->loop;

    nw__op_watch(&socket->watch, socket->fd, POLLIN | POLLPRI | POLLRDHUP, input_told);
    socket->watch.user = socket;
    socket->watch.done = watch_done;
    nw__list_push_back(&loop->loose_ops, nw__op_siblings(&socket->watch));
    nw__loop_submit(loop, &socket->watch);
}

/* The kernel lets go of the connection, so that closing it can end it. */
static void end_watch(struct socket *socket)
{
    nw__loop_cancel(socket->watch.owner, &socket->watch);
    while (is_watched(socket)) {
        struct nw__wait wait = {.what = "close"};
        socket->wait = &wait;
        nw__wait_park(nw__task_self(), &wait);
    }
    socket->wait = NULL;
}

static bool may_watch(struct socket *socket)
{
    if (is_watched(socket))
        return !socket->ended;
    if (socket->unwatchable || socket->ended)
        return false;
    if (socket->waits < WATCHED_AFTER) {
        socket->waits++;
        return false;
    }
    socket->unwatchable = !is_tcp(socket->fd);
    if (!socket->unwatchable)
        begin_watch(socket);
    return !socket->unwatchable;
}

static int await_watch(struct socket *socket)
{
    struct nw__wait wait = {.interrupt = nw__wait_wake, .what = "poll"};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    socket->wait = &wait;
    nw__wait_park(self, &wait);
    socket->wait = NULL;
    if (socket->told)
        return 0;
    return self->interrupt ? self->interrupt : -ECANCELED; /* hurried: the stream is being closed */
}

static int await_input(struct nw__transport *transport)
{
    struct socket *socket = socket_of(transport);
    int rc;

    if (socket->told)
        return 0;
    rc = transport->dry && may_watch(socket) ? await_watch(socket) : nw_fd_poll(socket->fd, POLLIN);
    if (rc < 0)
        return rc;
    transport->dry = false;
    return 0;
}

/* -- writing -- */

static ssize_t try_write(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    int saved_errno = errno, flags = MSG_DONTWAIT | MSG_NOSIGNAL | (transport->more ? MSG_MORE : 0);

    (void)offset;
    return unless_interrupted(
        nw__syscall_result_restoring(send(socket_of(transport)->fd, data, size_bytes, flags), saved_errno));
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

    return socket->own ? nw__send_slice(socket->fd, fd, offset, size_bytes) : -EOPNOTSUPP;
}

static int shut_down(struct nw__transport *transport)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(shutdown(socket_of(transport)->fd, SHUT_WR), saved_errno);
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
    if (is_watched(socket_of(transport)))
        end_watch(socket_of(transport));
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
    socket->unwatchable = !own;
    *transport_out = &socket->base;
    return 0;
}
