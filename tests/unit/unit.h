/* SPDX-License-Identifier: MIT */
/*
 * What every unit test includes: cmocka, which wants these headers before it, and a source of numbers that
 * are the same in each run. An assertion leaves by longjmp, so none may fail on a stack other than the test's
 * own.
 */
#ifndef NW_TESTS_UNIT_H
#define NW_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* xorshift64; `state` starts at anything but 0. */
static inline uint64_t unit_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
