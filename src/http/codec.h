/* SPDX-License-Identifier: MIT */
/*
 * One content coding, undone step by step. A codec is fed bytes and gives bytes: it does no I/O, never waits,
 * keeps a bounded state, and does no more in a step than fill the room that it was given, unless it says so.
 */
#ifndef NW_HTTP_CODEC_H
#define NW_HTTP_CODEC_H

#include <nowait/base.h>

/* Each begins its own struct with this. */
struct nw__codec {
    const struct nw__codec_kind *kind;
    bool whole; /* the input could end here */
};

struct nw__codec_kind {
    const char *name;
    const char *old_name; /* that means the same (RFC 9110, 8.4.1); "": none */
    size_t lead_bytes;    /* that the first step must have, or all there are; see deflate */
    bool long_steps;      /* a step can take many milliseconds, however little room it is given */
    NW_CHECK int (*create)(struct nw__codec **codec_out);
    /*
     * Take from `in`, which is moved, and give at most `size_bytes`. Returns: bytes given; 0: more input is
     * needed. Errors: NW_EPROTOCOL, -ENOMEM; both for good. `in` can be empty: something may be left to give.
     */
    NW_CHECK ssize_t (*step)(struct nw__codec *codec, nw_slice *in, char *data, size_t size_bytes);
    void (*destroy)(struct nw__codec *codec);
};

extern const struct nw__codec_kind nw__codec_gzip, nw__codec_deflate; /* codec_zlib.c */
#ifdef NW__HAVE_BROTLI
extern const struct nw__codec_kind nw__codec_brotli;
#endif
#ifdef NW__HAVE_ZSTD
extern const struct nw__codec_kind nw__codec_zstd;
#endif

#endif
