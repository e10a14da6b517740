/* SPDX-License-Identifier: MIT */
/*
 * Regular files and disks as transports. Owns the descriptor.
 *
 * Three kinds of position. What was opened by path has one of its own, so every read and write says where.
 * With O_APPEND the kernel decides where a write goes. A descriptor that came from elsewhere may be shared
 * with other processes: there reads and writes move the kernel's position.
 */
#define _GNU_SOURCE
#include <nowait/op.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "backend/hint.h"
#include "io/io.h"
#include "stream/transport.h"

#define DIRECT_ALIGNMENT 4096               /* enough for every disk, and every memory page */
#define LONG_READ_BYTES  (64 * 1024)        /* who asks for that much does not jump about */
#define FAR_BYTES        ((int64_t)1 << 40) /* every file system can reach as far as that */

struct file {
    struct nw__transport base;
    int fd;
    bool regular;
    bool wants_direct;
    bool is_direct; /* O_DIRECT is set now */
    bool told;      /* the kernel knows that this is read on and on */
};

static struct file *file_of(const struct nw__transport *transport)
{
    return (struct file *)(uintptr_t)transport;
}

static int64_t move(int fd, int64_t offset, int whence)
{
    int saved_errno = errno;
    int64_t rc = lseek(fd, offset, whence);

    if (rc < 0)
        rc = -errno;
    errno = saved_errno;
    return rc;
}

/* -- reading -- */

static ssize_t try_read_own(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    return nw__try_read(file_of(transport)->fd, data, size_bytes, offset);
}

/* What has to be waited for is on disk: the kernel shall be further ahead the next time, if this goes on. */
static void prepare_read(struct nw__transport *transport, nw_op *op, void *data, size_t size_bytes,
                         int64_t offset)
{
    struct file *file = file_of(transport);

    if (!file->told && offset > 0 && size_bytes >= LONG_READ_BYTES) {
        file->told = true;
        (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    nw_op_read(op, file->fd, data, size_bytes, offset);
    op->flags |= NW__OP_NO_INLINE;
}

static ssize_t try_read_shared(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return nw__try_read(file_of(transport)->fd, data, size_bytes, -1);
}

static ssize_t read_shared(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return nw__fd_read_some(file_of(transport)->fd, data, size_bytes);
}

/* -- writing -- */

/*
 * O_DIRECT takes whole blocks only. What is none, the beginning and the end of what is written, goes through
 * the page cache; the stream sees to it that nothing else is under way then.
 */
static void set_direct(struct file *file, bool direct)
{
    int saved_errno = errno;
    int flags = fcntl(file->fd, F_GETFL);

    flags = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    if (fcntl(file->fd, F_SETFL, flags) == 0) {
        file->is_direct = direct;
        nw__hint_opened(file->fd, flags, 0);
    }
    errno = saved_errno;
}

static void prepare_write(struct nw__transport *transport, nw_op *op, const void *data, size_t size_bytes,
                          int64_t offset)
{
    struct file *file = file_of(transport);

    if (file->wants_direct) {
        uint64_t all = (uint64_t)offset | size_bytes | (uintptr_t)data;
        bool aligned = all % transport->alignment == 0;
        if (aligned != file->is_direct)
            set_direct(file, aligned);
    }
    nw_op_write(op, file->fd, data, size_bytes, transport->serial ? -1 : offset);
    op->flags |= NW__OP_NO_INLINE;
}

/* -- the rest -- */

static int64_t known_end(struct nw__transport *transport)
{
    struct stat status;

    if (!file_of(transport)->regular || nw__fd_peek(file_of(transport)->fd, &status) < 0)
        return -1;
    return status.st_size;
}

struct lookup {
    int fd;
    int whence;
    int64_t offset;
};

static int look_up(void *arg)
{
    struct lookup *lookup = arg;
    int64_t rc = lseek(lookup->fd, lookup->offset, lookup->whence);

    lookup->offset = rc;
    return rc < 0 ? -errno : 0;
}

/* How far a file of this file system can reach, the kernel knows: asking it does no harm, see position(). */
static int64_t from_begin(const struct file *file, int64_t offset)
{
    if (offset < 0)
        return -EINVAL;
    return offset < FAR_BYTES ? offset : move(file->fd, offset, SEEK_SET);
}

static int64_t from_end(const struct file *file, int64_t offset)
{
    struct stat status;
    int64_t end;
    int rc = nw_fd_stat(file->fd, &status);

    if (rc < 0)
        return rc;
    end = file->regular ? status.st_size : move(file->fd, 0, SEEK_END);
    if (end < 0)
        return end;
    if (__builtin_add_overflow(end, offset, &offset))
        return -EINVAL;
    return from_begin(file, offset);
}

static int64_t resolve(struct nw__transport *transport, int64_t offset, int whence)
{
    const struct file *file = file_of(transport);
    struct lookup lookup = {file->fd, whence, offset};
    int rc;

    switch (whence) {
    case SEEK_SET:
        return from_begin(file, offset);
    case SEEK_END:
        return from_end(file, offset);
    case SEEK_DATA:
    case SEEK_HOLE:
        rc = nw__io_job("seek", look_up, &lookup);
        return rc < 0 ? rc : lookup.offset;
    default:
        return -EINVAL;
    }
}

static int64_t position(struct nw__transport *transport)
{
    return move(file_of(transport)->fd, 0, SEEK_CUR);
}

static int settle(struct nw__transport *transport, int64_t offset)
{
    int64_t rc = move(file_of(transport)->fd, offset, SEEK_SET);

    return rc < 0 ? (int)rc : 0;
}

static int truncate_to(struct nw__transport *transport, int64_t size_bytes)
{
    return nw_fd_truncate(file_of(transport)->fd, size_bytes);
}

static int sync_all(struct nw__transport *transport)
{
    return nw_fd_sync(file_of(transport)->fd);
}

static int fd_of(const struct nw__transport *transport)
{
    return file_of(transport)->fd;
}

static int close_file(struct nw__transport *transport)
{
    int rc = transport->borrowed ? 0 : nw_fd_close(file_of(transport)->fd);

    free(transport);
    return rc;
}

static const struct nw__transport_kind own_kind = {
    .name = "file",
    .try_read = try_read_own,
    .prepare_read = prepare_read,
    .prepare_write = prepare_write,
    .known_end = known_end,
    .resolve = resolve,
    .position = position,
    .truncate = truncate_to,
    .sync = sync_all,
    .fd = fd_of,
    .close = close_file,
};

static const struct nw__transport_kind shared_kind = {
    .name = "shared file",
    .try_read = try_read_shared,
    .read = read_shared,
    .prepare_write = prepare_write,
    .known_end = known_end,
    .resolve = resolve,
    .position = position,
    .settle = settle,
    .truncate = truncate_to,
    .sync = sync_all,
    .fd = fd_of,
    .close = close_file,
};

int nw__file_transport(int fd, const struct nw__file_config *config, struct nw__transport **transport_out)
{
    struct file *file = calloc(1, sizeof *file);

    if (!file)
        return -ENOMEM;
    file->base.kind = config->own ? &own_kind : &shared_kind;
    file->base.seekable = true;
    file->base.serial = !config->own || config->append;
    file->base.shared = !config->own;
    file->fd = fd;
    file->regular = config->regular;
    if (config->direct && config->own && !config->append)
        set_direct(file, true);
    file->wants_direct = file->is_direct;
    file->base.alignment = file->is_direct ? DIRECT_ALIGNMENT : 0;
    *transport_out = &file->base;
    return 0;
}
