/* SPDX-License-Identifier: MIT */
/*
 * How an op becomes a submission queue entry. Private to the io_uring engine.
 */
#ifndef NW_BACKEND_URING_PREP_H
#define NW_BACKEND_URING_PREP_H

#include <liburing.h>

#include "backend/engine.h"

/* Bit `1 << kind` for each kind of op that this kernel's io_uring carries out. */
uint32_t nw__uring_probe(struct io_uring *ring);

/* Is this op, of a kind that was probed, one that the ring cannot take? Then it is for the pool. */
bool nw__uring_refuses(const nw_op *op);

/* Write the entry. Its user_data is the op. */
void nw__uring_prep(struct io_uring_sqe *sqe, nw_op *op);

/* Instead of the op itself: wait until its descriptor is ready for it. */
void nw__uring_prep_ready(struct io_uring_sqe *sqe, nw_op *op);

#endif
