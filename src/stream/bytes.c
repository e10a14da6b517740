/* SPDX-License-Identifier: MIT */
/*
 * What has no position: pipes, FIFOs, sockets but those of streams, terminals and other devices as
 * transports. Owns the descriptor. Reads give what there is; a write is over when all of it was taken, or
 * waiting was.
 */
#include <nowait/op.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/io.h"
#include "stream/transport.h"

struct pipe {
    struct nw__transport base;
    int fd;
};

static struct pipe *pipe_of(const struct nw__transport *transport)
{
    return (struct pipe *)(uintptr_t)transport;
}

static ssize_t read_some(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return nw__fd_read_some(pipe_of(transport)->fd, data, size_bytes);
}

static ssize_t write_some(struct nw__transport *transport, const void *data, size_t size_bytes,
                          int64_t offset)
{
    (void)offset;
    return nw_fd_write(pipe_of(transport)->fd, data, size_bytes);
}

static ssize_t try_write(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    nw_op op;

    (void)offset;
    nw_op_write(&op, pipe_of(transport)->fd, data, size_bytes, -1);
    return nw__op_try(&op);
}

static int sync_all(struct nw__transport *transport)
{
    return nw_fd_sync(pipe_of(transport)->fd);
}

static int fd_of(const struct nw__transport *transport)
{
    return pipe_of(transport)->fd;
}

static int close_pipe(struct nw__transport *transport)
{
    int rc = transport->borrowed ? 0 : nw_fd_close(pipe_of(transport)->fd);

    free(transport);
    return rc;
}

static const struct nw__transport_kind pipe_kind = {
    .name = "bytes",
    .read = read_some,
    .write = write_some,
    .try_write = try_write,
    .sync = sync_all,
    .fd = fd_of,
    .close = close_pipe,
};

static bool is_terminal(int fd)
{
    int saved_errno = errno;
    bool terminal = isatty(fd);

    errno = saved_errno;
    return terminal;
}

int nw__bytes_transport(int fd, bool device, struct nw__transport **transport_out)
{
    struct pipe *pipe = calloc(1, sizeof *pipe);

    if (!pipe)
        return -ENOMEM;
    pipe->base.kind = &pipe_kind;
    pipe->base.terminal = device && is_terminal(fd);
    pipe->fd = fd;
    *transport_out = &pipe->base;
    return 0;
}
