/* SPDX-License-Identifier: MIT */
/*
 * Buffers that a ring may fill by itself: the kernel takes one for each datagram that comes. Private to the
 * io_uring engine.
 */
#ifndef NW_BACKEND_URING_BUFFERS_H
#define NW_BACKEND_URING_BUFFERS_H

#include <liburing.h>

#include "backend/engine.h"

#define NW__URING_BUFFERS_GROUP 0

struct nw__uring_buffers;

/* Register them with the ring. Errors: -ENOMEM; -EINVAL and the like: this kernel has none. */
NW_CHECK int nw__uring_buffers_create(struct io_uring *ring, struct nw__uring_buffers **buffers_out);
/* The ring is closed. Accepts NULL. In a forked child, which does not have the mapping, only the memory. */
void nw__uring_buffers_destroy(struct nw__uring_buffers *buffers, bool forked);

/* Write the entry that receives datagrams into them. */
void nw__uring_buffers_prep(const struct nw__uring_buffers *buffers, struct io_uring_sqe *sqe, int fd);
/* What this completion, which has a buffer, has brought: lent until it is given back. */
struct nw__datagram *nw__uring_buffers_take(struct nw__uring_buffers *buffers,
                                            const struct io_uring_cqe *cqe);
void nw__uring_buffers_give(struct nw__uring_buffers *buffers, struct nw__datagram *datagram);

#endif
