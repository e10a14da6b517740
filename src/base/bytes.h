/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow up to a hard cap, beyond which growing is an error and never a truncation.
 * Owns its buffer until nw__bytes_take() hands it over. Not for sharing between threads.
 */
#ifndef NW_BASE_BYTES_H
#define NW_BASE_BYTES_H

#include <nowait/base.h>

struct nw__bytes {
    char *data;            /* NULL until something was reserved */
    size_t size_bytes;     /* filled */
    size_t capacity_bytes; /* that can be filled; one more is allocated, for the NUL of nw__bytes_take() */
    size_t limit_bytes;    /* capacity never exceeds it */
};

/* SIZE_MAX: no cap. Allocates nothing yet. */
void nw__bytes_init(struct nw__bytes *bytes, size_t limit_bytes);

/* Free the buffer; the struct is as after init, with the same cap. */
void nw__bytes_finish(struct nw__bytes *bytes);

/* Make room for `more_bytes` beyond what is filled. Errors: -EFBIG past the cap, -ENOMEM; nothing changes
 * then. */
NW_CHECK int nw__bytes_reserve(struct nw__bytes *bytes, size_t more_bytes);

/* Copy in. Errors: as reserve. */
NW_CHECK int nw__bytes_append(struct nw__bytes *bytes, const void *data, size_t size_bytes);

/*
 * Hand the buffer over, NUL-terminated and cut to its size, and start again empty with the same cap.
 * `out->data` is never NULL afterwards. Errors: -ENOMEM; nothing changes then.
 */
NW_CHECK int nw__bytes_take(struct nw__bytes *bytes, nw_bytes *out);

/* Forget the content, keep the buffer. */
static inline void nw__bytes_clear(struct nw__bytes *bytes)
{
    bytes->size_bytes = 0;
}

/* Where the next byte goes: nw__bytes_room() of them may be written there, then committed. */
static inline char *nw__bytes_tail(const struct nw__bytes *bytes)
{
    return bytes->data + bytes->size_bytes;
}

static inline size_t nw__bytes_room(const struct nw__bytes *bytes)
{
    return bytes->capacity_bytes - bytes->size_bytes;
}

static inline void nw__bytes_commit(struct nw__bytes *bytes, size_t written_bytes)
{
    bytes->size_bytes += written_bytes;
}

#endif
