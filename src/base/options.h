/* SPDX-License-Identifier: MIT */
/*
 * What the options of all public calls have in common: what is zero means the default; and words kept for
 * later, which must be zero, so that a program that sets one of them is refused by a library that does not
 * know it.
 */
#ifndef NW_BASE_OPTIONS_H
#define NW_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool nw__all_zero(const uint64_t *words, size_t count)
{
    uint64_t any = 0;

    while (count > 0)
        any |= words[--count];
    return any == 0;
}

#define NW__STREAM_BUFFER_MAX (256 * 1024 * 1024) /* bytes that a stream's options may ask for */

/* An option that is zero is not set. */
static inline int64_t nw__or_default(int64_t value, int64_t standard)
{
    return value ? value : standard;
}

#define nw__reserved_unused(options)                                                                         \
    nw__all_zero((options)->reserved, sizeof(options)->reserved / sizeof *(options)->reserved)

#endif
