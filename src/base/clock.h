/* SPDX-License-Identifier: MIT */
/*
 * The one clock of the library: monotonic nanoseconds.
 * Must stay the vDSO call and nothing else: it is read several times a loop turn.
 */
#ifndef NW_BASE_CLOCK_H
#define NW_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t nw__clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock exists and `now` is writable */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* `after_ns` later than `at_ns`, a time of this clock; INT64_MAX, which is for ever, when that is too far. */
static inline int64_t nw__clock_add(int64_t at_ns, int64_t after_ns)
{
    return after_ns > INT64_MAX - at_ns ? INT64_MAX : at_ns + after_ns;
}

#endif
