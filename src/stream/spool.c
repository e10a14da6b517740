/* SPDX-License-Identifier: MIT */
/*
 * A temporary file as a transport: in memory up to a size, then without a name on a disk. Owns the one or the
 * other. The change happens inside the write or truncation that needs it; should that fail or be cancelled,
 * all is in memory as before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "stream/stream.h"

#define SPILL_BYTES ((size_t)4 * 1024 * 1024) /* of memory written out at a time */

struct spool {
    struct nw__transport base;
    struct nw__transport *inner; /* memory; a file when `fd` is one */
    int fd;                      /* -1: in memory */
    uint64_t memory_bytes;       /* it stays there up to this size */
    char *directory;             /* NULL: the default */
};

static struct spool *spool_of(const struct nw__transport *transport)
{
    return (struct spool *)(uintptr_t)transport;
}

/* -- from memory to a file -- */

static int write_out(int fd, nw_slice content)
{
    for (size_t done = 0; done < content.size;) {
        size_t left = content.size - done;
        ssize_t n =
            nw_fd_pwrite(fd, content.data + done, left < SPILL_BYTES ? left : SPILL_BYTES, (int64_t)done);
        if (n < 0)
            return (int)n;
        done += (size_t)n;
    }
    return 0;
}

static int spill(struct spool *spool)
{
    static const struct nw__file_config config = {.regular = true, .own = true};
    struct nw__transport *file;
    int rc, fd = nw_temp_unnamed(spool->directory);

    if (fd < 0)
        return fd;
    rc = write_out(fd, nw__memory_transport_content(spool->inner));
    if (rc == 0)
        rc = nw__file_transport(fd, &config, &file);
    if (rc < 0) {
        nw_fd_close(fd);
        return rc;
    }
    spool->inner->kind->close(spool->inner);
    spool->inner = file;
    spool->fd = fd;
    return 0;
}

/* See to it that the content may reach as far as `end_bytes`. */
static int make_room(struct spool *spool, uint64_t end_bytes)
{
    return spool->fd >= 0 || end_bytes <= spool->memory_bytes ? 0 : spill(spool);
}

/* -- the transport -- */

static ssize_t try_read(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct nw__transport *inner = spool_of(transport)->inner;

    return inner->kind->try_read(inner, data, size_bytes, offset);
}

static ssize_t read_either(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct spool *spool = spool_of(transport);

    if (spool->fd >= 0)
        return nw_fd_pread(spool->fd, data, size_bytes, offset);
    return spool->inner->kind->read(spool->inner, data, size_bytes, offset);
}

static ssize_t write_either(struct nw__transport *transport, const void *data, size_t size_bytes,
                            int64_t offset)
{
    struct spool *spool = spool_of(transport);
    int rc = make_room(spool, (uint64_t)offset + size_bytes);

    if (rc < 0)
        return rc;
    if (spool->fd >= 0)
        return nw_fd_pwrite(spool->fd, data, size_bytes, offset);
    return spool->inner->kind->write(spool->inner, data, size_bytes, offset);
}

static int64_t known_end(struct nw__transport *transport)
{
    struct nw__transport *inner = spool_of(transport)->inner;

    return inner->kind->known_end ? inner->kind->known_end(inner) : inner->kind->resolve(inner, 0, SEEK_END);
}

static int64_t resolve(struct nw__transport *transport, int64_t offset, int whence)
{
    struct nw__transport *inner = spool_of(transport)->inner;

    return inner->kind->resolve(inner, offset, whence);
}

static int truncate_either(struct nw__transport *transport, int64_t size_bytes)
{
    struct spool *spool = spool_of(transport);
    int rc = size_bytes < 0 ? -EINVAL : make_room(spool, (uint64_t)size_bytes);

    return rc < 0 ? rc : spool->inner->kind->truncate(spool->inner, size_bytes);
}

static int sync_either(struct nw__transport *transport)
{
    struct nw__transport *inner = spool_of(transport)->inner;

    return inner->kind->sync(inner);
}

static int fd_of(const struct nw__transport *transport)
{
    return spool_of(transport)->fd < 0 ? -EBADF : spool_of(transport)->fd;
}

static int close_either(struct nw__transport *transport)
{
    struct spool *spool = spool_of(transport);
    int rc = spool->inner->kind->close(spool->inner);

    free(spool->directory);
    free(spool);
    return rc;
}

static const struct nw__transport_kind spool_kind = {
    .name = "spooled",
    .try_read = try_read,
    .read = read_either,
    .write = write_either,
    .known_end = known_end,
    .resolve = resolve,
    .truncate = truncate_either,
    .sync = sync_either,
    .fd = fd_of,
    .close = close_either,
};

static int create(const char *directory, size_t memory_bytes, struct nw__transport **transport_out)
{
    struct spool *spool = calloc(1, sizeof *spool);
    int rc = -ENOMEM;

    if (!spool)
        return rc;
    spool->base.kind = &spool_kind;
    spool->base.seekable = true;
    spool->fd = -1;
    spool->memory_bytes = memory_bytes;
    if (directory)
        spool->directory = strdup(directory);
    if (spool->directory || !directory)
        rc = nw__memory_transport(0, &spool->inner);
    if (rc < 0) {
        free(spool->directory);
        free(spool);
        return rc;
    }
    *transport_out = &spool->base;
    return 0;
}

int nw_temp_spooled(const char *directory, size_t memory_bytes, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true, .writable = true};
    struct nw__transport *transport;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!stream_out || (directory && !*directory))
        return -EINVAL;
    rc = create(directory, memory_bytes, &transport);
    if (rc < 0)
        return rc;
    rc = nw__stream_create(transport, &mode, NULL, stream_out);
    if (rc < 0)
        transport->kind->close(transport);
    return rc;
}
