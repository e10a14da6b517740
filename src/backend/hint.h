/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of descriptors, by number, so that the fast paths need not ask the kernel each time.
 * A hint can be stale (a number closed and used again behind our back): that may cost time, never
 * correctness. Shared by all threads.
 */
#ifndef NW_BACKEND_HINT_H
#define NW_BACKEND_HINT_H

#include <stdbool.h>

/* The descriptor was opened with these flags; `plain`: on a local disk, for reading only. */
void nw__hint_opened(int fd, int flags, bool plain);
/* About to be closed. */
void nw__hint_closing(int fd);

/* O_DIRECT: the kernel would start the transfer and then wait for the disk, RWF_NOWAIT or not. */
bool nw__hint_is_direct(int fd);
/* Does closing it only give up a reference? False when nothing is known. */
bool nw__hint_is_plain(int fd);

#endif
