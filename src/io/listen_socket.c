/* SPDX-License-Identifier: MIT */
/*
 * Sockets that listen: made, or inherited. Owns a socket until it is handed over; the file of a UNIX socket
 * is its listener's. Must not accept.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/syscall.h"
#include "io/listen.h"

static int start_listening(const nw_listen_options *options, int fd)
{
    int saved_errno = errno;

    return nw__syscall_result_restoring(listen(fd, options->backlog ? options->backlog : SOMAXCONN),
                                        saved_errno);
}

/* -- TCP -- */

static int set_up_tcp(const nw_listen_options *options, int fd, const nw_address *address)
{
    int rc = nw__socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);

    if (rc == 0 && options->reuse_port)
        rc = nw__socket_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (rc == 0 && nw__address_family(address) == AF_INET6)
        rc = nw__socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->v6_only);
    nw__socket_tune(fd, address, options->delay, options->no_keep_alive); /* its connections inherit it */
    if (rc == 0)
        rc = nw__socket_bind(fd, address);
    return rc == 0 ? start_listening(options, fd) : rc;
}

static int listen_at(void *arg, const nw_address *address)
{
    const nw_listen_options *options = arg;
    int fd = nw__socket_create(nw__address_family(address), SOCK_STREAM), rc;

    if (fd < 0)
        return fd;
    rc = set_up_tcp(options, fd, address);
    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
    return fd;
}

/* -- UNIX -- */

static const char *path_of(const nw_address *address)
{
    return nw__address_of_const(address)->un.sun_path;
}

struct unix_listen {
    const nw_listen_options *options;
    const nw_address *address;
    int fd;
};

/* Does nobody listen there any more? A connection is refused then; anything else is somebody. */
static bool is_stale(const nw_address *address)
{
    struct stat status;
    int fd, rc;

    if (lstat(path_of(address), &status) < 0 || !S_ISSOCK(status.st_mode))
        return false;
    fd = nw__socket_create(AF_UNIX, SOCK_STREAM);
    if (fd < 0)
        return false;
    rc = connect(fd, &nw__address_of_const(address)->any, address->size) < 0 ? -errno : 0;
    nw__socket_close(fd);
    return rc == -ECONNREFUSED;
}

/*
 * On a worker. The permissions are set on the socket before it has a name: the file has them from the
 * beginning, and nobody can come in between.
 */
static int unix_step(void *arg)
{
    const struct unix_listen *l = arg;
    unsigned permissions = l->options->permissions ? l->options->permissions : 0777;
    bool has_file = path_of(l->address)[0] != '\0';
    int rc;

    if (has_file && fchmod(l->fd, permissions) < 0)
        return -errno;
    rc = nw__socket_bind(l->fd, l->address);
    if (rc == -EADDRINUSE && has_file && is_stale(l->address)) {
        if (unlink(path_of(l->address)) < 0 && errno != ENOENT)
            return -errno;
        rc = nw__socket_bind(l->fd, l->address);
    }
    return rc;
}

static int listen_unix(const nw_listen_options *options, const nw_address *address)
{
    struct unix_listen l = {options, address, nw__socket_create(AF_UNIX, SOCK_STREAM)};
    int rc;

    if (l.fd < 0)
        return l.fd;
    rc = nw__work_await("listen", unix_step, &l);
    if (rc == 0)
        rc = start_listening(options, l.fd);
    if (rc < 0) {
        nw__socket_close(l.fd);
        return rc;
    }
    return l.fd;
}

static int remember_step(void *arg)
{
    nw_listener *listener = arg;
    struct stat status;

    if (lstat(listener->path, &status) < 0)
        return -errno;
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return 0;
}

void nw__listen_remember(nw_listener *listener)
{
    nw_address address;

    if (nw__socket_address(listener->fd, false, &address) < 0 || path_of(&address)[0] == '\0')
        return;
    listener->path = strndup(path_of(&address), sizeof((struct sockaddr_un *)0)->sun_path);
    if (!listener->path || nw__io_cleanup("listen", remember_step, listener) == 0)
        return;
    free(listener->path);
    listener->path = NULL;
}

static int unlink_step(void *arg)
{
    const nw_listener *listener = arg;
    struct stat status;

    if (lstat(listener->path, &status) < 0)
        return -errno;
    if (status.st_dev != listener->device || status.st_ino != listener->inode)
        return 0; /* another one's by now */
    return unlink(listener->path) < 0 ? -errno : 0;
}

void nw__listen_unlink(const nw_listener *listener)
{
    if (listener->path)
        nw__io_cleanup("unlink", unlink_step, (void *)(uintptr_t)listener);
}

int nw__listen_socket(const nw_listen_options *options, const struct nw__where *where)
{
    switch (where->scheme) {
    case NW__SCHEME_TCP:
        return nw__addresses_bind(where, SOCK_STREAM, options->v6_only, listen_at,
                                  (void *)(uintptr_t)options);
    case NW__SCHEME_UNIX:
        return listen_unix(options, &where->address);
    case NW__SCHEME_FD:
    case NW__SCHEME_SYSTEMD:
        return nw__listen_inherited(where);
    default:
        return -EINVAL;
    }
}
