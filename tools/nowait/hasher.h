/* SPDX-License-Identifier: MIT */
/*
 * A digest of everything that a descriptor delivers, read and computed at the same time.
 * Owns two buffers and a digest state, to be used for one descriptor after another.
 */
#ifndef NOWAIT_TOOL_HASHER_H
#define NOWAIT_TOOL_HASHER_H

#include "digest.h"

#include <nowait.h>

enum { HASHER_BUFFER_BYTES = 256 * 1024 };

struct hasher {
    struct hasher *next; /* the owner's */
    /* private */
    const struct digest_kind *kind;
    void *state;
    const void *chunk; /* what the worker digests */
    size_t chunk_bytes;
    char buffer[2][HASHER_BUFFER_BYTES];
};

/** Returns: NULL when memory is out. */
struct hasher *hasher_create(const struct digest_kind *kind);
void hasher_destroy(struct hasher *hasher);

/** Read `fd` to its end; `*progress` grows by the bytes read. Errors: those of nw_fd_read(). */
int hasher_run(struct hasher *hasher, int fd, uint64_t *progress, unsigned char *digest_out);

#endif
