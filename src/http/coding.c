/* SPDX-License-Identifier: MIT */
/*
 * Content codings undone (RFC 9110, 8.4): a stream above a stream for each of them, and the limits that keep
 * a small body from becoming a large one. Owns what it put above the stream that it was given, not that one.
 */
#include <assert.h>
#include <nowait/text.h>
#include <stdlib.h>

#include "http/body.h"
#include "http/codec.h"
#include "http/headers.h"
#include "stream/stream.h"

#define CODINGS_MAX      4
#define INPUT_BYTES      (16 * 1024)
#define STEP_BYTES       (32 * 1024) /* well below a millisecond, whatever the coding */
#define COST_OF_COPIES   4           /* a byte is decoded in the time in which some are copied */
#define BUFFER_BYTES     (64 * 1024)
#define RATIO_FREE_BYTES (1024 * 1024)

static const struct nw__codec_kind *const kinds[] = {
    &nw__codec_gzip,
    &nw__codec_deflate,
#ifdef NW__HAVE_BROTLI
    &nw__codec_brotli,
#endif
#ifdef NW__HAVE_ZSTD
    &nw__codec_zstd,
#endif
};

#ifdef NW__HAVE_BROTLI
#define AND_BROTLI ", br"
#else
#define AND_BROTLI ""
#endif
#ifdef NW__HAVE_ZSTD
#define AND_ZSTD ", zstd"
#else
#define AND_ZSTD ""
#endif

const char *nw__http_codings(void)
{
    return "gzip, deflate" AND_BROTLI AND_ZSTD;
}

struct decoder {
    struct nw__transport base;
    nw_stream *below;
    struct decoder *lower; /* that `below` is of, and which goes with this one; NULL: the caller's stream */
    struct nw__codec *codec;
    struct nw__http_decode_limits limits;
    uint64_t came_bytes; /* from below */
    uint64_t gave_bytes;
    int error; /* for good */
    nw_slice in;
    char input[INPUT_BYTES];
};

/* What one decoded byte is measured by: not what another coding has made of it. */
static uint64_t came_at_first(const struct decoder *decoder)
{
    while (decoder->lower)
        decoder = decoder->lower;
    return decoder->came_bytes;
}

static bool is_bomb(const struct decoder *decoder)
{
    return decoder->limits.ratio > 0 && decoder->gave_bytes > RATIO_FREE_BYTES &&
           decoder->gave_bytes / decoder->limits.ratio > came_at_first(decoder);
}

/* Returns: > 0; 0: the end; an error of below, after which it can be tried again. */
static ssize_t fetch(struct decoder *decoder)
{
    size_t kept = decoder->in.size;
    ssize_t n;

    assert(kept < INPUT_BYTES);
    if (kept > 0)
        memmove(decoder->input, decoder->in.data, kept);
    decoder->in.data = decoder->input;
    n = nw_read(decoder->below, decoder->input + kept, INPUT_BYTES - kept);
    if (n > 0) {
        decoder->in.size += (size_t)n;
        decoder->came_bytes += (uint64_t)n;
    }
    return n;
}

static ssize_t fail_for_good(struct decoder *decoder, ssize_t error)
{
    decoder->error = (int)error;
    return error;
}

/* -- a step -- */

struct step {
    struct decoder *decoder;
    char *data;
    size_t size_bytes;
    ssize_t result;
};

static int take_step(void *arg)
{
    struct step *step = arg;
    struct decoder *decoder = step->decoder;

    step->result = decoder->codec->kind->step(decoder->codec, &decoder->in, step->data, step->size_bytes);
    return 0;
}

/* Here, or on a worker when it could take long. A step that was cancelled before it began has done nothing.
 */
static ssize_t step_codec(struct decoder *decoder, char *data, size_t size_bytes)
{
    struct step step = {decoder, data, size_bytes, 0};
    int rc = decoder->codec->kind->long_steps ? nw__work_await("decode", take_step, &step) : take_step(&step);

    if (rc < 0)
        return rc;
    return step.result < 0 ? fail_for_good(decoder, step.result) : step.result;
}

/*
 * A step, into at most as much room as the limit leaves. When that is none, one byte tells whether there is
 * more.
 */
static ssize_t step_within_limits(struct decoder *decoder, char *data, size_t size_bytes)
{
    uint64_t limit = decoder->limits.bytes, left = limit - decoder->gave_bytes;
    size_t had = decoder->in.size;
    char beyond;
    ssize_t n;

    if (size_bytes > STEP_BYTES)
        size_bytes = STEP_BYTES;
    if (limit > 0 && size_bytes > left)
        size_bytes = (size_t)left;
    n = size_bytes > 0 ? step_codec(decoder, data, size_bytes) : step_codec(decoder, &beyond, 1);
    if (n > 0 && size_bytes == 0)
        return fail_for_good(decoder, -EFBIG);
    if (n > 0)
        decoder->gave_bytes += (uint64_t)n;
    if (n > 0 && is_bomb(decoder))
        return fail_for_good(decoder, -EFBIG);
    if (n == 0 && had > 0 && decoder->in.size == had)
        return fail_for_good(decoder, NW_EPROTOCOL); /* neither took nor gave */
    nw__task_breathe(nw__task_self(), ((n > 0 ? (size_t)n : 0) + had - decoder->in.size) * COST_OF_COPIES);
    return n;
}

/* The end of what is below. Nothing at all is nothing decoded, too: many servers send it so. */
static ssize_t end(struct decoder *decoder)
{
    if (decoder->codec->whole || decoder->came_bytes == 0)
        return 0;
    return fail_for_good(decoder, NW_ETRUNCATED);
}

static ssize_t decode(struct decoder *decoder, char *data, size_t size_bytes)
{
    ssize_t n = 1;

    while (n > 0 && decoder->came_bytes < decoder->codec->kind->lead_bytes)
        n = fetch(decoder);
    while (n >= 0) {
        n = step_within_limits(decoder, data, size_bytes);
        if (n != 0)
            break;
        if (decoder->in.size > 0)
            continue;
        n = fetch(decoder);
        if (n == 0)
            return end(decoder);
    }
    return n;
}

/* Errors of the coding stay; those of below are asked for again, and a cancelled wait has lost nothing. */
static ssize_t read_decoded(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct decoder *decoder = (struct decoder *)transport;

    (void)offset;
    return decoder->error ? decoder->error : decode(decoder, data, size_bytes);
}

static void free_decoder(struct decoder *decoder)
{
    decoder->codec->kind->destroy(decoder->codec);
    free(decoder);
}

static int close_decoder(struct nw__transport *transport)
{
    struct decoder *decoder = (struct decoder *)transport;
    int rc = decoder->lower ? nw_close(decoder->below) : 0;

    free_decoder(decoder);
    return rc;
}

static const struct nw__transport_kind decoder_kind = {
    .name = "decoder",
    .read = read_decoded,
    .close = close_decoder,
};

int nw__http_decoder_error(const nw_stream *stream)
{
    const struct decoder *decoder = (const struct decoder *)stream->transport;

    while (decoder->error == 0 && decoder->lower)
        decoder = decoder->lower;
    return decoder->error;
}

/* One coding above `below`. When this fails, `below` is the caller's as before. */
static int add(nw_stream *below, struct decoder *lower, const struct nw__codec_kind *kind,
               const struct nw__http_decode_limits *limits, nw_stream **stream_out,
               struct decoder **decoder_out)
{
    static const struct nw__open_mode mode = {.readable = true};
    static const nw_open_options options = {.buffer_bytes = BUFFER_BYTES};
    struct decoder *decoder = calloc(1, sizeof *decoder);
    int rc = decoder ? kind->create(&decoder->codec) : -ENOMEM;

    if (rc < 0) {
        free(decoder);
        return rc;
    }
    decoder->base.kind = &decoder_kind;
    decoder->below = below;
    decoder->lower = lower;
    decoder->limits = *limits;
    decoder->in.data = decoder->input;
    rc = nw__stream_create(&decoder->base, &mode, &options, stream_out);
    if (rc < 0) {
        free_decoder(decoder);
        return rc;
    }
    *decoder_out = decoder;
    return 0;
}

static const struct nw__codec_kind *find_kind(nw_slice name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (nw__http_same(name, nw_slice_of(kinds[i]->name)) ||
            (name.size > 0 && nw__http_same(name, nw_slice_of(kinds[i]->old_name))))
            return kinds[i];
    return NULL;
}

/* The kinds of a list, as they were applied. Returns: how many, one at least; -ENOTSUP. */
static int find_kinds(const char *coding, const struct nw__codec_kind *found[CODINGS_MAX])
{
    nw_slice list = nw_slice_of(coding), name;
    int count = 0;

    while (nw__http_list_next(&list, &name)) {
        if (nw__http_same(name, NW__LITERAL("identity")))
            continue;
        if (count == CODINGS_MAX || !(found[count] = find_kind(name)))
            return -ENOTSUP;
        count++;
    }
    return count > 0 ? count : -ENOTSUP;
}

int nw__http_decoder(nw_stream *below, const char *coding, const struct nw__http_decode_limits *limits,
                     nw_stream **stream_out)
{
    const struct nw__codec_kind *found[CODINGS_MAX];
    struct nw__http_decode_limits each = *limits;
    struct decoder *decoder = NULL;
    nw_stream *stream = below;
    int rc = 0, count = find_kinds(coding, found);

    if (count < 0)
        return count;
    for (int i = count - 1; rc == 0 && i >= 0; i--) {
        each.bytes = i == 0 ? limits->bytes : 0; /* of the whole that is the result */
        rc = add(stream, decoder, found[i], &each, &stream, &decoder);
    }
    if (rc < 0) {
        if (stream != below)
            nw_close(stream);
        return rc;
    }
    *stream_out = stream;
    return 0;
}
