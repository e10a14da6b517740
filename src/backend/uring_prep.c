/* SPDX-License-Identifier: MIT */
/*
 * The op kinds as io_uring opcodes, and which of them this kernel has. Owns nothing; must not submit.
 */
#define _GNU_SOURCE
#include "backend/uring_prep.h"

#include "backend/hint.h"
#include "backend/sigpipe.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>

#define OPCODE_FTRUNCATE  55  /* Linux 6.9; liburing 2.3 does not know its name */
#define OPCODE_FD_INSTALL 54  /* Linux 6.8 */
#define PROBE_OPS         256 /* the most that the kernel takes */

static const uint8_t opcodes[NW__OP_KINDS] = {
    [NW__OP_READ] = IORING_OP_READ,           [NW__OP_WRITE] = IORING_OP_WRITE,
    [NW__OP_READV] = IORING_OP_READV,         [NW__OP_WRITEV] = IORING_OP_WRITEV,
    [NW__OP_OPEN] = IORING_OP_OPENAT,         [NW__OP_CLOSE] = IORING_OP_CLOSE,
    [NW__OP_SYNC] = IORING_OP_FSYNC,          [NW__OP_STATX] = IORING_OP_STATX,
    [NW__OP_FALLOCATE] = IORING_OP_FALLOCATE, [NW__OP_TRUNCATE] = OPCODE_FTRUNCATE,
    [NW__OP_RENAME] = IORING_OP_RENAMEAT,     [NW__OP_UNLINK] = IORING_OP_UNLINKAT,
    [NW__OP_MKDIR] = IORING_OP_MKDIRAT,       [NW__OP_SYMLINK] = IORING_OP_SYMLINKAT,
    [NW__OP_LINK] = IORING_OP_LINKAT,         [NW__OP_FADVISE] = IORING_OP_FADVISE,
    [NW__OP_POLL] = IORING_OP_POLL_ADD,       [NW__OP_WATCH] = IORING_OP_POLL_ADD,
    [NW__OP_ACCEPT] = IORING_OP_ACCEPT,       [NW__OP_RECEIVE] = IORING_OP_RECVMSG,
};

uint32_t nw__uring_probe(struct io_uring *ring)
{
    /* In our own memory: io_uring_get_probe_ring() looks, without any, like a kernel without an opcode. */
    union {
        struct io_uring_probe probe;
        char room[sizeof(struct io_uring_probe) + PROBE_OPS * sizeof(struct io_uring_probe_op)];
    } answer = {.room = {0}};
    uint32_t kinds = 0;

    if (io_uring_register_probe(ring, &answer.probe, PROBE_OPS) < 0)
        return 0;
    for (unsigned kind = 1; kind < NW__OP_KINDS; kind++)
        if (opcodes[kind] && io_uring_opcode_supported(&answer.probe, opcodes[kind]))
            kinds |= 1u << kind;
    /*
     * Kernels have accepted many connections by one entry since 5.19. Before 6.8, which this opcode shows,
     * some lose the one that comes when the completion queue is full (liburing issue 1062). Datagrams since
     * 6.0; they are asked for where connections are.
     */
    if (!io_uring_opcode_supported(&answer.probe, OPCODE_FD_INSTALL))
        kinds &= ~(1u << NW__OP_ACCEPT | 1u << NW__OP_RECEIVE);
    return kinds;
}

bool nw__uring_refuses(const nw_op *op)
{
    if (op->kind == NW__OP_OPEN)
        return op->fd2 >= 0;                                      /* a FIFO that nw__op_try() holds already */
    return op->kind == NW__OP_FADVISE && op->length > UINT32_MAX; /* the entry has 32 bits for it */
}

void nw__uring_prep_ready(struct io_uring_sqe *sqe, nw_op *op)
{
    io_uring_prep_poll_add(sqe, op->fd, nw__op_is_read(op) ? POLLIN : POLLOUT);
    io_uring_sqe_set_data(sqe, op);
}

static void prep_transfer(struct io_uring_sqe *sqe, const nw_op *op)
{
    void *data = (void *)(uintptr_t)op->address;
    bool vectors = op->kind == NW__OP_READV || op->kind == NW__OP_WRITEV;
    unsigned length = vectors ? (unsigned)op->length : nw__op_span(op);

    io_uring_prep_rw(opcodes[op->kind], sqe, op->fd, data, length, (uint64_t)op->offset);
    if (!nw__op_is_read(op))
        sqe->rw_flags = nw__sigpipe_flag();
    if (!nw__hint_is_pollable(op->fd))
        sqe->flags |= IOSQE_ASYNC; /* else the kernel polls the file before it has a worker do it */
}

static void prep_open(struct io_uring_sqe *sqe, const nw_op *op)
{
    io_uring_prep_openat(sqe, op->fd, op->address, (int)op->op_flags | O_CLOEXEC, (mode_t)op->mode);
    /*
     * Left to itself, the kernel first tries here and now: with O_NONBLOCK added, so that a FIFO opens before
     * its writer is there or fails with ENXIO; and where the name is cached but its server is slow, it waits.
     */
    sqe->flags |= IOSQE_ASYNC;
}

/* What is done to the file that a descriptor has open. False: it is something else. */
static bool prep_descriptor(struct io_uring_sqe *sqe, const nw_op *op)
{
    switch (op->kind) {
    case NW__OP_CLOSE:
        io_uring_prep_close(sqe, op->fd);
        sqe->flags |= IOSQE_ASYNC; /* the last reference: flushing to a server, freeing many blocks */
        return true;
    case NW__OP_SYNC:
        io_uring_prep_fsync(sqe, op->fd, op->op_flags ? IORING_FSYNC_DATASYNC : 0);
        return true;
    case NW__OP_FALLOCATE:
        io_uring_prep_fallocate(sqe, op->fd, (int)op->mode, op->offset, (off_t)op->length);
        return true;
    case NW__OP_TRUNCATE:
        io_uring_prep_rw(OPCODE_FTRUNCATE, sqe, op->fd, NULL, 0, op->length);
        return true;
    case NW__OP_FADVISE:
        io_uring_prep_fadvise(sqe, op->fd, (uint64_t)op->offset, (off_t)op->length, (int)op->mode);
        return true;
    case NW__OP_POLL:
        io_uring_prep_poll_add(sqe, op->fd, op->op_flags & 0xffff);
        return true;
    case NW__OP_WATCH:
        /* Here POLLPRI would come with every wake-up for input, so that it would mean nothing. */
        io_uring_prep_poll_multishot(sqe, op->fd, op->op_flags & 0xffff & ~(unsigned)POLLPRI);
        return true;
    case NW__OP_ACCEPT:
        io_uring_prep_multishot_accept(sqe, op->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        return true;
    default:
        return false;
    }
}

static void prep_names(struct io_uring_sqe *sqe, const nw_op *op)
{
    int flags = (int)op->op_flags;

    switch (op->kind) {
    case NW__OP_OPEN:
        prep_open(sqe, op);
        break;
    case NW__OP_STATX:
        io_uring_prep_statx(sqe, op->fd, op->address, flags, op->mode,
                            (struct statx *)(uintptr_t)op->address2);
        break;
    case NW__OP_RENAME:
        io_uring_prep_renameat(sqe, op->fd, op->address, op->fd2, op->address2, op->op_flags);
        break;
    case NW__OP_UNLINK:
        io_uring_prep_unlinkat(sqe, op->fd, op->address, flags);
        break;
    case NW__OP_MKDIR:
        io_uring_prep_mkdirat(sqe, op->fd, op->address, (mode_t)op->mode);
        break;
    case NW__OP_SYMLINK:
        io_uring_prep_symlinkat(sqe, op->address, op->fd2, op->address2);
        break;
    case NW__OP_LINK:
        io_uring_prep_linkat(sqe, op->fd, op->address, op->fd2, op->address2, flags);
        break;
    default:
        assert(false && "no such opcode"); /* nw__uring_probe() has not said that it was there */
    }
}

void nw__uring_prep(struct io_uring_sqe *sqe, nw_op *op)
{
    if (nw__op_is_transfer(op))
        prep_transfer(sqe, op);
    else if (!prep_descriptor(sqe, op))
        prep_names(sqe, op);
    io_uring_sqe_set_data(sqe, op);
}
