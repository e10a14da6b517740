/* SPDX-License-Identifier: MIT */
/*
 * gzip (RFC 1952, members one after the other) and deflate (RFC 1950; and RFC 1951 without its wrapping,
 * which servers send, too). Owns zlib's state: 40 KiB at most.
 */
#define ZLIB_CONST
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "http/codec.h"

#define WINDOW_BITS   15
#define AND_GZIP_ONLY 16

struct zlib_codec {
    struct nw__codec base;
    z_stream zlib;
    bool unknown; /* deflate: no byte was seen yet that tells which */
};

static int create(const struct nw__codec_kind *kind, int window_bits, struct nw__codec **codec_out)
{
    struct zlib_codec *codec = calloc(1, sizeof *codec);

    if (!codec)
        return -ENOMEM;
    codec->base.kind = kind;
    if (inflateInit2(&codec->zlib, window_bits) != Z_OK) {
        free(codec);
        return -ENOMEM;
    }
    *codec_out = &codec->base;
    return 0;
}

static void destroy(struct nw__codec *codec)
{
    inflateEnd(&((struct zlib_codec *)codec)->zlib);
    free(codec);
}

static uInt clip(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

/* Returns: what zlib says, NW_EPROTOCOL or -ENOMEM. */
static int inflate_some(struct zlib_codec *codec, nw_slice *in, char *data, size_t size_bytes,
                        size_t *given_out)
{
    z_stream *zlib = &codec->zlib;
    uInt before;
    int rc;

    zlib->next_in = (const Bytef *)in->data;
    zlib->avail_in = before = clip(in->size);
    zlib->next_out = (Bytef *)data;
    zlib->avail_out = clip(size_bytes);
    rc = inflate(zlib, Z_NO_FLUSH);
    in->data += before - zlib->avail_in;
    in->size -= before - zlib->avail_in;
    *given_out = (size_t)((char *)zlib->next_out - data);
    if (rc == Z_MEM_ERROR)
        return -ENOMEM;
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? rc : NW_EPROTOCOL;
}

/* -- gzip -- */

static int create_gzip(struct nw__codec **codec_out)
{
    return create(&nw__codec_gzip, WINDOW_BITS + AND_GZIP_ONLY, codec_out);
}

/* Behind a member there is the end, or another one (RFC 1952, 2.2). */
static ssize_t step_gzip(struct nw__codec *base, nw_slice *in, char *data, size_t size_bytes)
{
    struct zlib_codec *codec = (struct zlib_codec *)base;
    size_t given = 0;
    int rc;

    if (base->whole) {
        if (in->size == 0)
            return 0;
        base->whole = false;
        inflateReset(&codec->zlib);
    }
    rc = inflate_some(codec, in, data, size_bytes, &given);
    if (rc < 0 && rc != Z_BUF_ERROR)
        return rc;
    base->whole = rc == Z_STREAM_END;
    return (ssize_t)given;
}

const struct nw__codec_kind nw__codec_gzip = {
    .name = "gzip",
    .old_name = "x-gzip",
    .create = create_gzip,
    .step = step_gzip,
    .destroy = destroy,
};

/* -- deflate -- */

static int create_deflate(struct nw__codec **codec_out)
{
    int rc = create(&nw__codec_deflate, WINDOW_BITS, codec_out);

    if (rc == 0)
        ((struct zlib_codec *)*codec_out)->unknown = true;
    return rc;
}

/* RFC 1950, 2.2: what the wrapping begins with; without it, no block of RFC 1951 begins so. */
static bool is_wrapped(nw_slice in)
{
    unsigned first = (unsigned char)in.data[0], second = in.size > 1 ? (unsigned char)in.data[1] : 0;

    return (first & 15) == Z_DEFLATED && first >> 4 <= WINDOW_BITS - 8 &&
           (in.size == 1 || (first * 256 + second) % 31 == 0);
}

static ssize_t step_deflate(struct nw__codec *base, nw_slice *in, char *data, size_t size_bytes)
{
    struct zlib_codec *codec = (struct zlib_codec *)base;
    size_t given = 0;
    int rc;

    if (base->whole)
        return in->size > 0 ? NW_EPROTOCOL : 0;
    if (codec->unknown && in->size > 0) {
        codec->unknown = false;
        if (!is_wrapped(*in) && inflateReset2(&codec->zlib, -WINDOW_BITS) != Z_OK)
            return -ENOMEM;
    }
    rc = inflate_some(codec, in, data, size_bytes, &given);
    if (rc < 0 && rc != Z_BUF_ERROR)
        return rc;
    base->whole = rc == Z_STREAM_END;
    return (ssize_t)given;
}

const struct nw__codec_kind nw__codec_deflate = {
    .name = "deflate",
    .old_name = "",
    .lead_bytes = 2,
    .create = create_deflate,
    .step = step_deflate,
    .destroy = destroy,
};
