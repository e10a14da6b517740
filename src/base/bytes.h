/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow up to a hard cap, beyond which growing is an error and never a truncation.
 * Owns its buffer until nw__bytes_take() hands it over. Not for sharing between threads.
 */
#ifndef NW_BASE_BYTES_H
#define NW_BASE_BYTES_H

#include <nowait/base.h>
#include <string.h>

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

/*
 * Hand the buffer over, NUL-terminated and with little beyond its size, and start again empty with the same
 * cap. `out->data` is never NULL afterwards. Errors: -ENOMEM; nothing changes then.
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

/* Copy in. Errors: as reserve. Here, since most of what is appended is short, and there is room for it. */
NW_CHECK static inline int nw__bytes_append(struct nw__bytes *bytes, const void *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    if (!bytes->data || size_bytes > nw__bytes_room(bytes)) {
        int rc = nw__bytes_reserve(bytes, size_bytes);
        if (rc < 0)
            return rc;
    }
    memcpy(nw__bytes_tail(bytes), data, size_bytes);
    nw__bytes_commit(bytes, size_bytes);
    return 0;
}

/* As nw__bytes_append(), of a string without its NUL. */
NW_CHECK static inline int nw__bytes_append_text(struct nw__bytes *bytes, const char *text)
{
    return nw__bytes_append(bytes, text, strlen(text));
}

#endif
