/* SPDX-License-Identifier: MIT */
/*
 * A byte for each of the lower descriptor numbers: set when we open, cleared when we close, found out with
 * one fcntl() for those that come from elsewhere. Owns nothing. Must not be relied on for correctness.
 */
#define _GNU_SOURCE
#include "backend/hint.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>

#define HINTS_MAX 65536 /* higher numbers are asked about each time; untouched pages cost nothing */

/* Beside the traits. A byte of 0: nothing is known. */
#define HINT_KNOWN  0x80u
#define HINT_DIRECT 0x40u
#define TRAITS      (NW__HINT_PLAIN | NW__HINT_SMALL)

static _Atomic uint8_t hints[HINTS_MAX];

static void set(int fd, unsigned hint)
{
    if (fd >= 0 && fd < HINTS_MAX)
        atomic_store_explicit(&hints[fd], (uint8_t)hint, memory_order_relaxed);
}

static unsigned get(int fd)
{
    return fd >= 0 && fd < HINTS_MAX ? atomic_load_explicit(&hints[fd], memory_order_relaxed) : 0;
}

void nw__hint_opened(int fd, int flags, unsigned traits)
{
    set(fd, HINT_KNOWN | traits | (flags & O_DIRECT ? HINT_DIRECT : 0));
}

void nw__hint_closing(int fd)
{
    set(fd, 0);
}

bool nw__hint_is_direct(int fd)
{
    unsigned hint = get(fd);

    if (hint == 0) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0)
            return false; /* not a descriptor: whoever asks will hear it from the kernel */
        nw__hint_opened(fd, flags, 0);
        return flags & O_DIRECT;
    }
    return hint & HINT_DIRECT;
}

unsigned nw__hint_traits(int fd)
{
    return get(fd) & TRAITS;
}
