/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz program includes. It defines LLVMFuzzerTestOneInput(), which libFuzzer calls with inputs of its
 * own (`make fuzz`), and tests/ with those of fuzz/corpus/NAME. What must hold is checked by FUZZ_CHECK().
 */
#ifndef NW_FUZZ_H
#define NW_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* A copy that is exactly as large as it says, so that AddressSanitizer sees each byte too many. */
static inline char *fuzz_copy(const void *data, size_t size)
{
    char *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* The same as a string. */
static inline char *fuzz_string(const void *data, size_t size)
{
    char *copy = malloc(size + 1);

    FUZZ_CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

/* xorshift64: decisions that depend on the input only; `state` starts at anything but 0. */
static inline uint64_t fuzz_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
