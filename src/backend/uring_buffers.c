/* SPDX-License-Identifier: MIT */
/*
 * Buffers that a ring may fill by itself. Owns one mapping: the ring of buffers, then the buffers, of which
 * only those pages take memory that were written to. Each is large enough for any datagram, so that none is
 * cut. Must not know who reads them.
 */
#define _GNU_SOURCE
#include "backend/uring_buffers.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define BUFFERS      64                         /* a power of two */
#define BUFFER_BYTES ((size_t)64 * 1024 + 4096) /* a datagram, and before it who has sent it */
#define RING_BYTES   ((size_t)4096)

static_assert(BUFFERS * sizeof(struct io_uring_buf) <= RING_BYTES, "the ring has room for all");

struct nw__uring_buffers {
    char *mapping;
    struct io_uring_buf_ring *ring; /* those that the kernel may fill; at the beginning of the mapping */
    struct msghdr header;           /* what the kernel leaves room for in each */
    struct nw__datagram datagrams[BUFFERS];
};

static char *buffer_at(const struct nw__uring_buffers *buffers, size_t index)
{
    return buffers->mapping + RING_BYTES + index * BUFFER_BYTES;
}

void nw__uring_buffers_give(struct nw__uring_buffers *buffers, struct nw__datagram *datagram)
{
    size_t index = (size_t)(datagram - buffers->datagrams);

    io_uring_buf_ring_add(buffers->ring, buffer_at(buffers, index), (unsigned)BUFFER_BYTES,
                          (unsigned short)index, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(buffers->ring, 1);
}

static int map(struct nw__uring_buffers *buffers)
{
    size_t size = RING_BYTES + BUFFERS * BUFFER_BYTES;
    char *mapping =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (mapping == MAP_FAILED)
        return -ENOMEM;
    /* A child must not share what the kernel writes to; nor is it to have huge pages for small datagrams. */
    madvise(mapping, size, MADV_DONTFORK);
    madvise(mapping, size, MADV_NOHUGEPAGE);
    buffers->mapping = mapping;
    buffers->ring = (struct io_uring_buf_ring *)(void *)mapping;
    return 0;
}

static void unmap(const struct nw__uring_buffers *buffers)
{
    munmap(buffers->mapping, RING_BYTES + BUFFERS * BUFFER_BYTES);
}

int nw__uring_buffers_create(struct io_uring *ring, struct nw__uring_buffers **buffers_out)
{
    struct io_uring_buf_reg group = {.ring_entries = BUFFERS, .bgid = NW__URING_BUFFERS_GROUP};
    struct nw__uring_buffers *buffers = calloc(1, sizeof *buffers);
    int rc;

    if (!buffers)
        return -ENOMEM;
    buffers->header.msg_namelen = sizeof(struct sockaddr_storage);
    rc = map(buffers);
    if (rc < 0)
        goto fail;
    group.ring_addr = (uintptr_t)buffers->ring;
    rc = io_uring_register_buf_ring(ring, &group, 0);
    if (rc < 0) {
        unmap(buffers);
        goto fail;
    }
    for (size_t i = 0; i < BUFFERS; i++)
        nw__uring_buffers_give(buffers, &buffers->datagrams[i]);
    *buffers_out = buffers;
    return 0;
fail:
    free(buffers);
    return rc;
}

void nw__uring_buffers_destroy(struct nw__uring_buffers *buffers, bool forked)
{
    if (buffers && !forked)
        unmap(buffers);
    free(buffers);
}

void nw__uring_buffers_prep(const struct nw__uring_buffers *buffers, struct io_uring_sqe *sqe, int fd)
{
    io_uring_prep_recvmsg_multishot(sqe, fd, (struct msghdr *)(uintptr_t)&buffers->header, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = NW__URING_BUFFERS_GROUP;
}

struct nw__datagram *nw__uring_buffers_take(struct nw__uring_buffers *buffers, const struct io_uring_cqe *cqe)
{
    size_t index = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    struct nw__datagram *datagram = &buffers->datagrams[index];
    struct msghdr *header = &buffers->header;
    struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(buffer_at(buffers, index), cqe->res, header);

    assert(out);
    *datagram = (struct nw__datagram){
        .data = io_uring_recvmsg_payload(out, header),
        .size = io_uring_recvmsg_payload_length(out, cqe->res, header),
        .name = io_uring_recvmsg_name(out),
        .name_size = out->namelen < header->msg_namelen ? out->namelen : header->msg_namelen,
    };
    return datagram;
}
