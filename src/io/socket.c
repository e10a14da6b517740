/* SPDX-License-Identifier: MIT */
/*
 * Sockets: made, tuned, bound, connected, asked for their addresses. Owns nothing: a descriptor is its
 * caller's. Must not know names or several addresses.
 */
#define _GNU_SOURCE
#include "io/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nowait/op.h>
#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include "backend/hint.h"
#include "base/syscall.h"

#define UNIX_SLICE_US 20000 /* how long a worker waits at a time for a listener whose backlog is full */

int nw__socket_create(int family, int type)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), saved_errno);
}

void nw__socket_close(int fd)
{
    int saved_errno = errno;

    nw__hint_closing(fd);
    close(fd);
    errno = saved_errno;
}

int nw__socket_set(int fd, int level, int name, int value)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(setsockopt(fd, level, name, &value, sizeof value), saved_errno);
}

int nw__socket_get(int fd, int level, int name, int *value_out)
{
    int value = 0, saved_errno = errno;
    socklen_t size = sizeof value;
    int rc = nw__syscall_result_restoring(getsockopt(fd, level, name, &value, &size), saved_errno);

    if (rc == 0)
        *value_out = value;
    return rc;
}

int nw__socket_bind(int fd, const nw_address *address)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(bind(fd, &nw__address_of_const(address)->any, address->size),
                                        saved_errno);
}

int nw__socket_address(int fd, bool peer, nw_address *address_out)
{
    nw_address address = {.size = 0};
    socklen_t size = sizeof address.data;
    int saved_errno = errno;
    int rc = peer ? getpeername(fd, &nw__address_of(&address)->any, &size)
                  : getsockname(fd, &nw__address_of(&address)->any, &size);

    rc = nw__syscall_result_restoring(rc, saved_errno);
    if (rc < 0)
        return rc;
    address.size = size;
    nw__address_unmap(&address);
    *address_out = address;
    return 0;
}

bool nw__socket_is_stream(int fd)
{
    int type;

    return nw__socket_get(fd, SOL_SOCKET, SO_TYPE, &type) == 0 && type == SOCK_STREAM;
}

void nw__socket_tune(int fd, const nw_address *address, bool delay, bool no_keep_alive)
{
    if (nw__address_family(address) == AF_UNIX)
        return;
    /* A peer that has gone already makes these fail: it is found out soon enough. */
    if (!delay)
        (void)!nw__socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (!no_keep_alive)
        (void)!nw__socket_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* -- connecting -- */

static int take_error(int fd)
{
    int error;
    int rc = nw__socket_get(fd, SOL_SOCKET, SO_ERROR, &error);

    return rc < 0 ? rc : -error;
}

static int await_connected(int fd)
{
    int rc;

    do {
        rc = nw_fd_poll(fd, POLLOUT);
    } while (rc == -EINTR);
    return rc < 0 ? rc : take_error(fd);
}

struct unix_connect {
    int fd;
    const nw_address *address;
};

/* On a worker, with a socket that blocks: for a moment, then the cancellation is looked at. */
static int unix_step(void *arg)
{
    const struct unix_connect *c = arg;

    if (connect(c->fd, &nw__address_of_const(c->address)->any, c->address->size) == 0)
        return 0;
    return errno == EAGAIN || errno == EINTR ? NW__JOB_GOES_ON : -errno;
}

static int set_blocking(int fd, bool blocking)
{
    int saved_errno = errno, flags = fcntl(fd, F_GETFL);

    flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return nw__syscall_result_restoring(fcntl(fd, F_SETFL, flags), saved_errno);
}

/*
 * A UNIX listener's backlog is full: there is no readiness for that (connect(2) says EAGAIN and means it), so
 * a worker waits, in slices. Until then the socket is nobody else's.
 */
static int connect_waiting(int fd, const nw_address *address)
{
    struct unix_connect c = {fd, address};
    struct timeval slice = {.tv_usec = UNIX_SLICE_US}, none = {.tv_usec = 0};
    int saved_errno = errno;
    int rc = nw__syscall_result_restoring(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice),
                                          saved_errno);

    if (rc == 0)
        rc = set_blocking(fd, true);
    if (rc == 0)
        rc = nw__io_job("connect", unix_step, &c);
    if (rc == 0)
        rc = set_blocking(fd, false);
    if (rc == 0)
        rc = nw__syscall_result_restoring(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none),
                                          saved_errno);
    return rc;
}

int nw__socket_connect(int fd, const nw_address *address)
{
    int saved_errno = errno, rc;
    nw_task *self;

    rc = nw__task_enter(&self);
    if (rc < 0)
        return rc;
    rc = nw__syscall_result_restoring(connect(fd, &nw__address_of_const(address)->any, address->size),
                                      saved_errno);
    nw__task_spend(self, 0);
    if (rc == -EINPROGRESS || rc == -EINTR)
        return await_connected(fd);
    if (rc == -EAGAIN && nw__address_family(address) == AF_UNIX)
        return connect_waiting(fd, address);
    return rc;
}
