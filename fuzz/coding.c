/* SPDX-License-Identifier: MIT */
/*
 * Content codings: the first byte says which, the rest is what came. In pieces and in whole it decodes to the
 * same, or fails the same, and never to more than the limit.
 */
#include "fuzz.h"

#include "../tests/support/dribble.h"
#include "base/bytes.h"
#include "http/body.h"

#define LIMIT_BYTES 100000

static const char *const codings[] = {"gzip",          "deflate",    "br",         "zstd",
                                      "gzip, deflate", "zstd, gzip", "br, deflate"};

struct work {
    nw_slice data;
    const char *coding;
};

static int decode(const struct work *work, size_t piece_bytes, struct nw__bytes *found)
{
    static const struct nw__http_decode_limits limits = {.bytes = LIMIT_BYTES};
    struct dribble dribble;
    nw_stream *below, *stream;
    ssize_t n;
    int rc;

    nw__bytes_init(found, SIZE_MAX);
    FUZZ_CHECK(open_dribble(&dribble, work->data, piece_bytes, &below) == 0);
    rc = nw__http_decoder(below, work->coding, &limits, &stream);
    if (rc == 0) {
        do {
            FUZZ_CHECK(nw__bytes_reserve(found, 10000) == 0);
            n = nw_read(stream, nw__bytes_tail(found), 10000);
            nw__bytes_commit(found, n > 0 ? (size_t)n : 0);
        } while (n > 0);
        rc = (int)n;
        FUZZ_CHECK(nw_close(stream) == 0);
    }
    FUZZ_CHECK(nw_close(below) == 0);
    FUZZ_CHECK(found->size_bytes <= LIMIT_BYTES);
    return rc;
}

/*
 * libzstd compares a frame's length with what its header says only when the frame came as a whole, or when
 * its last block is not empty: in pieces it can be taken where it is refused in whole.
 */
static bool may_differ(const struct work *work, int whole)
{
    return whole == NW_EPROTOCOL && strstr(work->coding, "zstd");
}

static int run(void *arg)
{
    struct nw__bytes whole, pieces;
    int rc = decode(arg, SIZE_MAX, &whole), rc_pieces = decode(arg, 3, &pieces);

    FUZZ_CHECK(rc == 0 || rc == NW_EPROTOCOL || rc == NW_ETRUNCATED || rc == -EFBIG || rc == -ENOTSUP);
    FUZZ_CHECK(rc == rc_pieces || may_differ(arg, rc));
    if (rc == 0) {
        FUZZ_CHECK(whole.size_bytes == pieces.size_bytes);
        FUZZ_CHECK(whole.size_bytes == 0 || memcmp(whole.data, pieces.data, whole.size_bytes) == 0);
    }
    nw__bytes_finish(&whole);
    nw__bytes_finish(&pieces);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const nw_run_options options = {.backend = NW_BACKEND_EPOLL};
    struct work work;
    char *copy;

    if (size == 0)
        return 0;
    copy = fuzz_copy(data + 1, size - 1);
    work.data = (nw_slice){copy, size - 1};
    work.coding = codings[data[0] % (sizeof codings / sizeof *codings)];
    FUZZ_CHECK(nw_run_with(&options, run, &work) == 0);
    free(copy);
    return 0;
}
