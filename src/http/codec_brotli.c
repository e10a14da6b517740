/* SPDX-License-Identifier: MIT */
/*
 * br (RFC 7932). Owns the decoder's state: up to 16 MiB of window, which is the format's own limit. Empty
 * where the library is not.
 */
#include "http/codec.h"

#ifdef NW__HAVE_BROTLI

#include <brotli/decode.h>
#include <stdlib.h>

struct brotli_codec {
    struct nw__codec base;
    BrotliDecoderState *state;
};

static int create_brotli(struct nw__codec **codec_out)
{
    struct brotli_codec *codec = calloc(1, sizeof *codec);

    if (!codec)
        return -ENOMEM;
    codec->base.kind = &nw__codec_brotli;
    codec->state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (!codec->state) {
        free(codec);
        return -ENOMEM;
    }
    *codec_out = &codec->base;
    return 0;
}

static void destroy_brotli(struct nw__codec *codec)
{
    BrotliDecoderDestroyInstance(((struct brotli_codec *)codec)->state);
    free(codec);
}

static int error_of(const BrotliDecoderState *state)
{
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);

    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                   code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
               ? -ENOMEM
               : NW_EPROTOCOL;
}

static ssize_t step_brotli(struct nw__codec *base, nw_slice *in, char *data, size_t size_bytes)
{
    struct brotli_codec *codec = (struct brotli_codec *)base;
    const uint8_t *next_in = (const uint8_t *)in->data;
    uint8_t *next_out = (uint8_t *)data;
    size_t left = size_bytes;
    BrotliDecoderResult result;

    if (base->whole)
        return in->size > 0 ? NW_EPROTOCOL : 0;
    result = BrotliDecoderDecompressStream(codec->state, &in->size, &next_in, &left, &next_out, NULL);
    in->data = (const char *)next_in;
    if (result == BROTLI_DECODER_RESULT_ERROR)
        return error_of(codec->state);
    base->whole = result == BROTLI_DECODER_RESULT_SUCCESS;
    return (ssize_t)(size_bytes - left);
}

const struct nw__codec_kind nw__codec_brotli = {
    .name = "br",
    .old_name = "",
    .long_steps = true, /* it decodes a whole window before it gives any of it: up to 16 MiB of a few bytes */
    .create = create_brotli,
    .step = step_brotli,
    .destroy = destroy_brotli,
};

#endif
