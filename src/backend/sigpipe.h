/* SPDX-License-Identifier: MIT */
/*
 * Writing to a pipe or socket whose reader has gone is an error, not a signal. Private to this folder.
 */
#ifndef NW_BACKEND_SIGPIPE_H
#define NW_BACKEND_SIGPIPE_H

#include <stdbool.h>

/* The flag for pwritev2() and for the ring by which a write raises no signal; 0 where the kernel has none. */
int nw__sigpipe_flag(void);

/* Where there is no such flag: this thread blocks the signal. True when it has to be let through again. */
bool nw__sigpipe_block(void);
/* Let it through again; what has been raised meanwhile is forgotten. */
void nw__sigpipe_unblock(void);

#endif
