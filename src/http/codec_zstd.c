/* SPDX-License-Identifier: MIT */
/*
 * zstd (RFC 8878, frames one after the other), with a window of at most 8 MiB (RFC 9659). Owns the decoder's
 * state, which is little more than the window. Empty where the library is not.
 */
#include "http/codec.h"

#ifdef NW__HAVE_ZSTD

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG 23

struct zstd_codec {
    struct nw__codec base;
    ZSTD_DCtx *context;
    bool in_frame; /* a byte of it has been taken */
};

/*
 * RFC 8878, 3.1.1 and 3.1.2: the magic numbers of frames, and of frames to be skipped. libzstd may take those
 * of formats from before as well, whole ones at least; all of these begin with another byte.
 */
static bool may_begin_frame(char first)
{
    return first == 0x28 || (first & 0xf0) == 0x50;
}

static int create_zstd(struct nw__codec **codec_out)
{
    struct zstd_codec *codec = calloc(1, sizeof *codec);

    if (!codec)
        return -ENOMEM;
    codec->base.kind = &nw__codec_zstd;
    codec->context = ZSTD_createDCtx();
    if (!codec->context ||
        ZSTD_isError(ZSTD_DCtx_setParameter(codec->context, ZSTD_d_windowLogMax, WINDOW_LOG))) {
        ZSTD_freeDCtx(codec->context);
        free(codec);
        return -ENOMEM;
    }
    *codec_out = &codec->base;
    return 0;
}

static void destroy_zstd(struct nw__codec *codec)
{
    ZSTD_freeDCtx(((struct zstd_codec *)codec)->context);
    free(codec);
}

static ssize_t step_zstd(struct nw__codec *base, nw_slice *in, char *data, size_t size_bytes)
{
    struct zstd_codec *codec = (struct zstd_codec *)base;
    ZSTD_inBuffer from = {in->data, in->size, 0};
    ZSTD_outBuffer to = {data, size_bytes, 0};
    size_t rc;

    if (base->whole && in->size == 0)
        return 0;
    if (!codec->in_frame && in->size > 0 && !may_begin_frame(in->data[0]))
        return NW_EPROTOCOL;
    rc = ZSTD_decompressStream(codec->context, &to, &from);
    if (ZSTD_isError(rc))
        return ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation ? -ENOMEM : NW_EPROTOCOL;
    in->data += from.pos;
    in->size -= from.pos;
    base->whole = rc == 0;
    codec->in_frame = rc != 0 && (codec->in_frame || from.pos > 0);
    return (ssize_t)to.pos;
}

const struct nw__codec_kind nw__codec_zstd = {
    .name = "zstd",
    .old_name = "",
    .create = create_zstd,
    .step = step_zstd,
    .destroy = destroy_zstd,
};

#endif
