/* SPDX-License-Identifier: MIT */
/*
 * Message digests behind one face: SHA-256 (OpenSSL), XXH3 with 64 and 128 bits (xxHash).
 * Pure computation: no call waits; one digest may move between threads, one at a time.
 */
#ifndef NOWAIT_TOOL_DIGEST_H
#define NOWAIT_TOOL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_MOST_BYTES = 32 };

struct digest_kind {
    const char *option;  /* on the command line */
    const char *tag;     /* in BSD-style lines */
    size_t size_bytes;   /* of the result */
    size_t inline_bytes; /* this much is digested sooner than it is handed to a thread and back */
    bool always_tagged;  /* as xxhsum prints it */
    void *(*create)(void);
    void (*destroy)(void *state);
    int (*begin)(void *state);
    int (*update)(void *state, const void *data, size_t size_bytes);
    int (*end)(void *state, unsigned char *result_out);
};

/** Does `text` begin with a digest of `size_bytes`, which are twice as many hexadecimal digits? */
bool digest_parse(const char *text, size_t size_bytes, unsigned char *digest_out);

extern const struct digest_kind digest_sha256, digest_xxh3, digest_xxh128;

#endif
