/* SPDX-License-Identifier: MIT */
/*
 * A stream that comes in pieces of a given size, between which others run. Its close costs nothing: the
 * struct is the caller's.
 */
#ifndef NW_TESTS_SUPPORT_DRIBBLE_H
#define NW_TESTS_SUPPORT_DRIBBLE_H

#include <nowait.h>
#include <string.h>

#include "stream/stream.h"

struct dribble {
    struct nw__transport base;
    nw_slice data;
    size_t piece_bytes;
};

static inline ssize_t read_dribble(struct nw__transport *transport, void *data, size_t size_bytes,
                                   int64_t offset)
{
    struct dribble *dribble = (struct dribble *)transport;
    size_t n = dribble->data.size < dribble->piece_bytes ? dribble->data.size : dribble->piece_bytes;
    int rc = nw_yield();

    (void)offset;
    if (rc < 0)
        return rc;
    n = n < size_bytes ? n : size_bytes;
    memcpy(data, dribble->data.data, n);
    dribble->data.data += n;
    dribble->data.size -= n;
    return (ssize_t)n;
}

static inline int close_dribble(struct nw__transport *transport)
{
    (void)transport;
    return 0;
}

static const struct nw__transport_kind dribble_kind = {
    .name = "dribble",
    .read = read_dribble,
    .close = close_dribble,
};

NW_CHECK static inline int open_dribble(struct dribble *dribble, nw_slice data, size_t piece_bytes,
                                        nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true};

    *dribble = (struct dribble){.base.kind = &dribble_kind, .data = data, .piece_bytes = piece_bytes};
    return nw__stream_create(&dribble->base, &mode, NULL, stream_out);
}

#endif
