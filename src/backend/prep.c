/* SPDX-License-Identifier: MIT */
/*
 * The public preparers: each writes down what is to be done and nothing else.
 * Owns nothing: buffers and paths are borrowed until the op is done. Must not check what the kernel checks.
 */
#include "backend/backend.h"

static void prepare(nw_op *op, enum nw__op_kind kind, int fd)
{
    *op = (nw_op){.kind = (uint8_t)kind, .fd = fd, .fd2 = -1};
}

static void prepare_transfer(nw_op *op, enum nw__op_kind kind, int fd, const void *address, size_t length,
                             int64_t offset)
{
    prepare(op, kind, fd);
    op->address = address;
    op->length = length;
    op->offset = offset;
}

void nw_op_read(nw_op *op, int fd, void *data, size_t size_bytes, int64_t offset_bytes)
{
    prepare_transfer(op, NW__OP_READ, fd, data, size_bytes, offset_bytes);
}

void nw_op_write(nw_op *op, int fd, const void *data, size_t size_bytes, int64_t offset_bytes)
{
    prepare_transfer(op, NW__OP_WRITE, fd, data, size_bytes, offset_bytes);
}

void nw_op_readv(nw_op *op, int fd, const struct iovec *vectors, unsigned count, int64_t offset_bytes)
{
    prepare_transfer(op, NW__OP_READV, fd, vectors, count, offset_bytes);
}

void nw_op_writev(nw_op *op, int fd, const struct iovec *vectors, unsigned count, int64_t offset_bytes)
{
    prepare_transfer(op, NW__OP_WRITEV, fd, vectors, count, offset_bytes);
}

void nw_op_open(nw_op *op, int directory_fd, const char *path, int flags, mode_t mode)
{
    prepare(op, NW__OP_OPEN, directory_fd);
    op->address = path;
    op->op_flags = (uint32_t)flags;
    op->mode = mode;
}

void nw_op_close(nw_op *op, int fd)
{
    prepare(op, NW__OP_CLOSE, fd);
}

void nw_op_sync(nw_op *op, int fd, bool data_only)
{
    prepare(op, NW__OP_SYNC, fd);
    op->op_flags = data_only;
}

void nw_op_statx(nw_op *op, int directory_fd, const char *path, int flags, unsigned mask, struct statx *out)
{
    prepare(op, NW__OP_STATX, directory_fd);
    op->address = path;
    op->op_flags = (uint32_t)flags;
    op->mode = mask;
    op->address2 = out;
}

void nw_op_fallocate(nw_op *op, int fd, int mode, int64_t offset_bytes, int64_t size_bytes)
{
    prepare(op, NW__OP_FALLOCATE, fd);
    op->mode = (uint32_t)mode;
    op->offset = offset_bytes;
    op->length = (uint64_t)size_bytes;
}

void nw_op_truncate(nw_op *op, int fd, int64_t size_bytes)
{
    prepare(op, NW__OP_TRUNCATE, fd);
    op->length = (uint64_t)size_bytes;
}

void nw_op_rename(nw_op *op, int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    prepare(op, NW__OP_RENAME, from_fd);
    op->address = from;
    op->fd2 = to_fd;
    op->address2 = to;
    op->op_flags = flags;
}

void nw_op_unlink(nw_op *op, int directory_fd, const char *path, int flags)
{
    prepare(op, NW__OP_UNLINK, directory_fd);
    op->address = path;
    op->op_flags = (uint32_t)flags;
}

void nw_op_mkdir(nw_op *op, int directory_fd, const char *path, mode_t mode)
{
    prepare(op, NW__OP_MKDIR, directory_fd);
    op->address = path;
    op->mode = mode;
}

void nw_op_symlink(nw_op *op, const char *target, int directory_fd, const char *path)
{
    prepare(op, NW__OP_SYMLINK, -1);
    op->address = target;
    op->fd2 = directory_fd;
    op->address2 = path;
}

void nw_op_link(nw_op *op, int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    prepare(op, NW__OP_LINK, from_fd);
    op->address = from;
    op->fd2 = to_fd;
    op->address2 = to;
    op->op_flags = (uint32_t)flags;
}

void nw_op_fadvise(nw_op *op, int fd, int64_t offset_bytes, int64_t size_bytes, int advice)
{
    prepare(op, NW__OP_FADVISE, fd);
    op->offset = offset_bytes;
    op->length = (uint64_t)size_bytes;
    op->mode = (uint32_t)advice;
}

void nw_op_poll(nw_op *op, int fd, unsigned events)
{
    prepare(op, NW__OP_POLL, fd);
    op->op_flags = events;
}

void nw__op_watch(nw_op *op, int fd, unsigned events, nw__told_fn *told)
{
    prepare(op, NW__OP_WATCH, fd);
    op->op_flags = events;
    op->address = (const void *)(uintptr_t)told;
}

void nw__op_accept(nw_op *op, int fd, nw__told_fn *told)
{
    prepare(op, NW__OP_ACCEPT, fd);
    op->address = (const void *)(uintptr_t)told;
}

void nw__op_receive(nw_op *op, int fd, nw__datagram_fn *told)
{
    prepare(op, NW__OP_RECEIVE, fd);
    op->address = (const void *)(uintptr_t)told;
}

void nw_op_timer(nw_op *op, int64_t at_ns)
{
    prepare(op, NW__OP_TIMER, -1);
    op->offset = at_ns;
}

void nw_op_work(nw_op *op, nw_task_fn *fn, void *arg)
{
    prepare(op, NW__OP_WORK, -1);
    op->address = (const void *)(uintptr_t)fn;
    op->address2 = arg;
}
