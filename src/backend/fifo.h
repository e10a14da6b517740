/* SPDX-License-Identifier: MIT */
/*
 * Opening FIFOs on workers, so that the open can be taken back. Private to this folder.
 */
#ifndef NW_BACKEND_FIFO_H
#define NW_BACKEND_FIFO_H

#include "backend/engine.h"

/* On the loop's thread, before the op goes to the pool. -ENOMEM: it must not, and is over. */
int nw__fifo_begin(struct nw__backend *backend, nw_op *op);
/* On a worker: carry out an NW__OP_OPEN. */
int nw__fifo_aware_open(nw_op *op);
/* On the loop's thread: make a worker that is blocked in it return. */
void nw__fifo_cancel(nw_op *op);
/*
 * On the loop's thread: the worker's open has ended, with op->result, or will never begin. May turn
 * op->result into another. False: something else has to end first, which then settles the op.
 */
bool nw__fifo_finish(nw_op *op);

#endif
