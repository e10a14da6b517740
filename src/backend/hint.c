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

enum { HINT_UNKNOWN = 0, HINT_BUFFERED, HINT_DIRECT, HINT_PLAIN };

static _Atomic uint8_t hints[HINTS_MAX];

static void set(int fd, uint8_t hint)
{
    if (fd >= 0 && fd < HINTS_MAX)
        atomic_store_explicit(&hints[fd], hint, memory_order_relaxed);
}

static uint8_t get(int fd)
{
    return fd >= 0 && fd < HINTS_MAX ? atomic_load_explicit(&hints[fd], memory_order_relaxed) : HINT_UNKNOWN;
}

void nw__hint_opened(int fd, int flags, bool plain)
{
    if (flags & O_DIRECT)
        set(fd, HINT_DIRECT);
    else
        set(fd, plain ? HINT_PLAIN : HINT_BUFFERED);
}

void nw__hint_closing(int fd)
{
    set(fd, HINT_UNKNOWN);
}

bool nw__hint_is_direct(int fd)
{
    uint8_t hint = get(fd);

    if (hint == HINT_UNKNOWN) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0)
            return false; /* not a descriptor: whoever asks will hear it from the kernel */
        nw__hint_opened(fd, flags, false);
        return flags & O_DIRECT;
    }
    return hint == HINT_DIRECT;
}

bool nw__hint_is_plain(int fd)
{
    return get(fd) == HINT_PLAIN;
}
