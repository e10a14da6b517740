/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow up to a hard cap, beyond which growing is an error and never a truncation.
 * Owns its buffer until nw__bytes_take() hands it over. Not for sharing between threads.
 */
#include "base/bytes.h"

#include <stdlib.h>

#define CAPACITY_MIN 256
#define SPARE_MAX    256 /* what is handed over has that much more at most, or an eighth of its size */

/* Always one byte beyond the capacity, for the NUL. */
static int set_capacity(struct nw__bytes *bytes, size_t capacity_bytes)
{
    char *data;

    if (capacity_bytes >= PTRDIFF_MAX)
        return -ENOMEM;
    data = realloc(bytes->data, capacity_bytes + 1);
    if (!data)
        return -ENOMEM;
    bytes->data = data;
    bytes->capacity_bytes = capacity_bytes;
    return 0;
}

void nw__bytes_init(struct nw__bytes *bytes, size_t limit_bytes)
{
    *bytes = (struct nw__bytes){.limit_bytes = limit_bytes};
}

void nw__bytes_finish(struct nw__bytes *bytes)
{
    free(bytes->data);
    nw__bytes_init(bytes, bytes->limit_bytes);
}

int nw__bytes_reserve(struct nw__bytes *bytes, size_t more_bytes)
{
    size_t capacity = bytes->capacity_bytes;

    if (bytes->data && more_bytes <= nw__bytes_room(bytes))
        return 0;
    if (more_bytes > bytes->limit_bytes - bytes->size_bytes)
        return -EFBIG;
    /* At least doubling keeps the cost of appending constant; the cap wins over both. */
    capacity = capacity < CAPACITY_MIN / 2 ? CAPACITY_MIN : capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
    if (capacity < bytes->size_bytes + more_bytes)
        capacity = bytes->size_bytes + more_bytes;
    if (capacity > bytes->limit_bytes)
        capacity = bytes->limit_bytes;
    return set_capacity(bytes, capacity);
}

int nw__bytes_take(struct nw__bytes *bytes, nw_bytes *out)
{
    int rc = 0;

    if (!bytes->data || nw__bytes_room(bytes) > SPARE_MAX + bytes->size_bytes / 8)
        rc = set_capacity(bytes, bytes->size_bytes);
    if (rc < 0)
        return rc;
    *nw__bytes_tail(bytes) = '\0';
    *out = (nw_bytes){.data = bytes->data, .size = bytes->size_bytes};
    nw__bytes_init(bytes, bytes->limit_bytes);
    return 0;
}
