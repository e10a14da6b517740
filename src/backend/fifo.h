/* SPDX-License-Identifier: MIT */
/*
 * Opening FIFOs on workers, so that the open can be taken back. Private to this folder.
 */
#ifndef NW_BACKEND_FIFO_H
#define NW_BACKEND_FIFO_H

#include "backend/engine.h"

/* On a worker: carry out an NW__OP_OPEN. */
int nw__fifo_aware_open(nw_op *op);
/* On the loop's thread: make a worker that is blocked in it return. */
void nw__fifo_cancel(nw_op *op);
/* On the loop's thread: the open has ended, or will never begin. */
void nw__fifo_finish(nw_op *op);

#endif
