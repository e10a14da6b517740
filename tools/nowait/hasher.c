/* SPDX-License-Identifier: MIT */
/*
 * A digest of a descriptor: while a worker thread digests one buffer, the kernel fills the other.
 * Owns the buffers and the state; the descriptor is the caller's.
 * Must not compute for long on the loop: only small pieces are digested in place.
 */
#include "hasher.h"

#include <stdlib.h>

struct hasher *hasher_create(const struct digest_kind *kind)
{
    struct hasher *hasher = malloc(sizeof *hasher);
    if (!hasher)
        return NULL;
    hasher->kind = kind;
    hasher->state = kind->create();
    if (!hasher->state) {
        free(hasher);
        return NULL;
    }
    return hasher;
}

void hasher_destroy(struct hasher *hasher)
{
    hasher->kind->destroy(hasher->state);
    free(hasher);
}

/* On a worker thread. */
static int digest_chunk(void *arg)
{
    struct hasher *hasher = arg;
    return hasher->kind->update(hasher->state, hasher->chunk, hasher->chunk_bytes);
}

/* Digest in place what is small, else hand it to a worker: then `work` is in flight. */
static int begin_chunk(struct hasher *hasher, nw_op *work, bool *busy, const void *data, size_t size_bytes)
{
    if (size_bytes <= hasher->kind->inline_bytes)
        return hasher->kind->update(hasher->state, data, size_bytes);
    hasher->chunk = data;
    hasher->chunk_bytes = size_bytes;
    nw_op_work(work, digest_chunk, hasher);
    int rc = nw_op_submit(NULL, work);
    *busy = rc == 0;
    return rc;
}

/* The worker lets go of the other buffer before this returns, cancelled or not. */
static int end_chunk(nw_op *work, bool *busy)
{
    if (!*busy)
        return 0;
    *busy = false;
    int rc = nw_wait_all(&work, 1);
    return rc < 0 ? rc : work->result;
}

static int digest_all(struct hasher *hasher, int fd, uint64_t *progress)
{
    nw_op work;
    bool busy = false;
    for (unsigned turn = 0;; turn ^= 1) {
        ssize_t got = nw_fd_read(fd, hasher->buffer[turn], HASHER_BUFFER_BYTES);
        int rc = end_chunk(&work, &busy);
        if (got < 0)
            return (int)got;
        if (rc < 0 || got == 0)
            return rc;
        *progress += (uint64_t)got;
        rc = begin_chunk(hasher, &work, &busy, hasher->buffer[turn], (size_t)got);
        if (rc < 0)
            return rc;
    }
}

int hasher_run(struct hasher *hasher, int fd, uint64_t *progress, unsigned char *digest_out)
{
    int rc = hasher->kind->begin(hasher->state);
    if (rc == 0)
        rc = digest_all(hasher, fd, progress);
    if (rc == 0)
        rc = hasher->kind->end(hasher->state, digest_out);
    return rc;
}
