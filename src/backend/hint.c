/* SPDX-License-Identifier: MIT */
/*
 * A byte for each of the lower descriptor numbers: set when we open, cleared when we close, found out with
 * one system call for those that come from elsewhere. Owns nothing. Must not be relied on for correctness.
 */
#define _GNU_SOURCE
#include "backend/hint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>

#include "backend/local.h"

#define HINTS_MAX 65536 /* higher numbers are asked about each time; untouched pages cost nothing */

/* Beside the traits. */
#define HINT_KNOWN    0x80u /* so is whether it is direct */
#define HINT_DIRECT   0x40u
#define HINT_POLLABLE 0x20u /* unset: that is not known yet */
#define TRAITS        (NW__HINT_PLAIN | NW__HINT_SMALL)

static _Atomic uint8_t hints[HINTS_MAX];
static _Atomic uint16_t position_users[HINTS_MAX];

static bool has_place(int fd)
{
    return fd >= 0 && fd < HINTS_MAX;
}

static void set(int fd, unsigned hint)
{
    if (has_place(fd))
        atomic_store_explicit(&hints[fd], (uint8_t)hint, memory_order_relaxed);
}

static unsigned get(int fd)
{
    return has_place(fd) ? atomic_load_explicit(&hints[fd], memory_order_relaxed) : 0;
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

    if (!(hint & HINT_KNOWN)) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0)
            return false; /* not a descriptor: whoever asks will hear it from the kernel */
        nw__hint_opened(fd, flags, hint & HINT_POLLABLE);
        return flags & O_DIRECT;
    }
    return hint & HINT_DIRECT;
}

static bool find_pollable(int fd)
{
#ifdef STATX_MNT_ID
    struct statx found;

    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &found) < 0)
        return true; /* whoever asks will hear it from the kernel */
    if (!S_ISREG(found.stx_mode) && !S_ISDIR(found.stx_mode))
        return true;
    return !(found.stx_mask & STATX_MNT_ID) || nw__pollable_mount(found.stx_mnt_id);
#else
    (void)fd;
    return true;
#endif
}

bool nw__hint_is_pollable(int fd)
{
    int saved_errno = errno;
    unsigned hint = get(fd);
    bool pollable = hint & (HINT_POLLABLE | NW__HINT_PLAIN) || find_pollable(fd);

    errno = saved_errno;
    if (pollable && !(hint & HINT_POLLABLE))
        set(fd, hint | HINT_POLLABLE);
    return pollable;
}

unsigned nw__hint_traits(int fd)
{
    return get(fd) & TRAITS;
}

void nw__hint_position_begin(int fd)
{
    if (has_place(fd))
        atomic_fetch_add_explicit(&position_users[fd], 1, memory_order_relaxed);
}

void nw__hint_position_end(int fd)
{
    if (has_place(fd))
        atomic_fetch_sub_explicit(&position_users[fd], 1, memory_order_relaxed);
}

bool nw__hint_position_taken(int fd)
{
    return has_place(fd) && atomic_load_explicit(&position_users[fd], memory_order_relaxed) > 0;
}
