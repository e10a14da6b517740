/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of descriptors, by number, so that the fast paths need not ask the kernel each time.
 * A hint can be stale (a number closed and used again behind our back): that may cost time, never
 * correctness. Shared by all threads.
 */
#ifndef NW_BACKEND_HINT_H
#define NW_BACKEND_HINT_H

#include <stdbool.h>

/* What is opened for reading only, on a local disk: closing it has nothing to write and nobody to tell. */
#define NW__HINT_PLAIN 1u
/* It is so small that closing it is quick even when that removes it. */
#define NW__HINT_SMALL 2u

/* The descriptor was opened with these flags, and this is known of it besides. */
void nw__hint_opened(int fd, int flags, unsigned traits);
/* About to be closed. */
void nw__hint_closing(int fd);

/* O_DIRECT: the kernel would start the transfer and then wait for the disk, RWF_NOWAIT or not. */
bool nw__hint_is_direct(int fd);
/*
 * Can the kernel say whether it is ready without asking somebody? Not of a file on a user-space or network
 * file system: to poll it is a request to that, which is waited for.
 */
bool nw__hint_is_pollable(int fd);
/*
 * A worker reads or writes at the file's own position from begin to end: until then the kernel has others who
 * need the position wait, also those who asked not to. Counted.
 */
void nw__hint_position_begin(int fd);
void nw__hint_position_end(int fd);
bool nw__hint_position_taken(int fd);
/* NW__HINT_PLAIN, NW__HINT_SMALL; 0 when nothing is known. */
unsigned nw__hint_traits(int fd);

#endif
