/* SPDX-License-Identifier: MIT */
/*
 * Content codings undone: whole, in pieces of any size, cut off at every byte, damaged, with a cancelled
 * reader, several over each other, and made to burst.
 */
#include <nowait.h>
#include <zlib.h>

#include "../support/dribble.h"
#include "base/bytes.h"
#include "check.h"
#include "http/body.h"

#ifdef NW__HAVE_ZSTD
#include <zstd.h>
#endif

#define TEXT_BYTES 300000
#define MORE_BYTES (TEXT_BYTES + 20000)
#define ZEROS      (10 << 20)

static char text[TEXT_BYTES];
static const struct nw__http_decode_limits no_limits;

/* Decoded in whole. Returns: 0, or the error; what came before it is in `found_out` too. */
static int decode_with(const char *coding, nw_slice data, size_t piece_bytes,
                       const struct nw__http_decode_limits *limits, struct nw__bytes *found_out)
{
    struct dribble dribble;
    nw_stream *below, *stream;
    ssize_t n;
    int rc;

    nw__bytes_init(found_out, SIZE_MAX);
    CHECK_EQ(open_dribble(&dribble, data, piece_bytes, &below), 0);
    rc = nw__http_decoder(below, coding, limits, &stream);
    if (rc == 0) {
        do {
            CHECK_EQ(nw__bytes_reserve(found_out, 100000), 0);
            n = nw_read(stream, nw__bytes_tail(found_out), 100000);
            nw__bytes_commit(found_out, n > 0 ? (size_t)n : 0);
        } while (n > 0);
        rc = (int)n;
        CHECK_EQ(nw_read(stream, text, 1), rc); /* the same again */
        CHECK_EQ(nw_close(stream), 0);
    }
    CHECK_EQ(nw_close(below), 0);
    return rc;
}

static int decode(const char *coding, nw_slice data, const char *expected, size_t expected_bytes)
{
    struct nw__bytes found;
    int rc = decode_with(coding, data, 1000, &no_limits, &found);

    if (rc == 0) {
        CHECK_EQ(found.size_bytes, expected_bytes);
        CHECK(expected_bytes == 0 || memcmp(found.data, expected, expected_bytes) == 0);
    }
    nw__bytes_finish(&found);
    return rc;
}

/* -- what it is made of -- */

static size_t deflate_into(char *to, const char *from, size_t size_bytes, int window_bits)
{
    z_stream zlib = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)size_bytes};

    CHECK_EQ(deflateInit2(&zlib, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_out = (Bytef *)to;
    zlib.avail_out = MORE_BYTES;
    CHECK_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    CHECK_EQ(deflateEnd(&zlib), Z_OK);
    return MORE_BYTES - zlib.avail_out;
}

#define GZIP (15 + 16)
#define ZLIB 15
#define RAW  (-15)

#define HELLO       "Hello, hello, hello! The quick brown fox jumps over the lazy dog. "
#define HELLO_BYTES (sizeof HELLO - 1)
#ifdef NW__HAVE_BROTLI
static const char hello_brotli[] =
    "\033\101\000\120\235\011\166\054\304\262\051\045\330\117\050\321\250\336\212\314\054\101\134\346\062\344"
    "\014\017\034\162\340\360\055\320\274\300\022\012\066\340\070\326\171\201\211\267\151\336\252\217\222\152"
    "\210\020\363\031\074\135\123\325\341\002";
static const char zeros_brotli[] = "\313\377\377\077\370\047\000\342\261\100\040\367\376\057\377\377\077\360"
                                   "\117\000\304\141\021\200\356\375\007"; /* 10 MiB of them */
#endif

static void make_text(void)
{
    for (int i = 0, size = 0; size < TEXT_BYTES - 40; i++)
        size += sprintf(text + size, "line %d of many\n", i * 7919 % 100003);
}

/* -- tests -- */

static void whole_in_any_pieces(void)
{
    static const struct {
        const char *coding;
        int window_bits;
    } codings[] = {{"gzip", GZIP}, {"x-gzip", GZIP}, {"GZip", GZIP}, {"deflate", ZLIB}, {"deflate", RAW}};
    static const size_t pieces[] = {1, 2, 1000, 65536, MORE_BYTES};
    static char packed[MORE_BYTES];
    struct nw__bytes found;

    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
        make_text();
        size_t size = deflate_into(packed, text, TEXT_BYTES, codings[i].window_bits);
        for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++) {
            CHECK_EQ(decode_with(codings[i].coding, (nw_slice){packed, size}, pieces[j], &no_limits, &found),
                     0);
            CHECK_EQ(found.size_bytes, TEXT_BYTES);
            CHECK_MEM(found.data, text, TEXT_BYTES);
            nw__bytes_finish(&found);
        }
    }
#ifdef NW__HAVE_ZSTD
    size_t size = ZSTD_compress(packed, sizeof packed, text, TEXT_BYTES, 19);
    for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++) {
        CHECK_EQ(decode_with("zstd", (nw_slice){packed, size}, pieces[j], &no_limits, &found), 0);
        CHECK_EQ(found.size_bytes, TEXT_BYTES);
        CHECK_MEM(found.data, text, TEXT_BYTES);
        nw__bytes_finish(&found);
    }
#endif
}

static void cut_off(const char *coding, nw_slice packed)
{
    CHECK_EQ(decode(coding, packed, HELLO, HELLO_BYTES), 0);
    CHECK_EQ(decode(coding, (nw_slice){packed.data, 0}, "", 0), 0);
    for (size_t size = 1; size < packed.size; size++)
        CHECK_EQ(decode(coding, (nw_slice){packed.data, size}, "", 0), NW_ETRUNCATED);
    /* what is behind the end */
    char more[256];
    memcpy(more, packed.data, packed.size);
    memset(more + packed.size, 'x', 20);
    for (size_t size = strcmp(coding, "gzip") && strcmp(coding, "zstd") ? 1 : 4; size < 20; size++)
        CHECK_EQ(decode(coding, (nw_slice){more, packed.size + size}, "", 0), NW_EPROTOCOL);
}

/* Every bit, turned over: an error or not, but nothing else; and whatever it gives is bounded. */
static void damaged(const char *coding, nw_slice packed)
{
    static const struct nw__http_decode_limits limits = {.bytes = 1000000};
    struct nw__bytes found;
    char copy[256];

    for (size_t i = 0; i < packed.size * 8; i++) {
        memcpy(copy, packed.data, packed.size);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        int rc = decode_with(coding, (nw_slice){copy, packed.size}, 7, &limits, &found);
        CHECK(rc == 0 || rc == NW_EPROTOCOL || rc == NW_ETRUNCATED || rc == -EFBIG);
        nw__bytes_finish(&found);
    }
}

static void cut_off_and_damaged(void)
{
    char packed[256];
    size_t size;

    size = deflate_into(packed, HELLO, HELLO_BYTES, GZIP);
    cut_off("gzip", (nw_slice){packed, size});
    damaged("gzip", (nw_slice){packed, size});
    packed[size - 1] ^= 1; /* the length */
    CHECK_EQ(decode("gzip", (nw_slice){packed, size}, "", 0), NW_EPROTOCOL);
    packed[size - 1] ^= 1;
    packed[size - 8] ^= 1; /* the check sum */
    CHECK_EQ(decode("gzip", (nw_slice){packed, size}, "", 0), NW_EPROTOCOL);
    size = deflate_into(packed, HELLO, HELLO_BYTES, ZLIB);
    cut_off("deflate", (nw_slice){packed, size});
    damaged("deflate", (nw_slice){packed, size});
    size = deflate_into(packed, HELLO, HELLO_BYTES, RAW);
    cut_off("deflate", (nw_slice){packed, size});
    damaged("deflate", (nw_slice){packed, size});
    CHECK_EQ(decode("gzip", nw_slice_of(HELLO), "", 0), NW_EPROTOCOL);
    CHECK_EQ(decode("deflate", nw_slice_of(HELLO), "", 0), NW_EPROTOCOL);
#ifdef NW__HAVE_BROTLI
    cut_off("br", (nw_slice){hello_brotli, sizeof hello_brotli - 1});
    damaged("br", (nw_slice){hello_brotli, sizeof hello_brotli - 1});
#endif
#ifdef NW__HAVE_ZSTD
    size = ZSTD_compress(packed, sizeof packed, HELLO, HELLO_BYTES, 3);
    cut_off("zstd", (nw_slice){packed, size});
    damaged("zstd", (nw_slice){packed, size});
    CHECK_EQ(decode("zstd", nw_slice_of(HELLO), "", 0), NW_EPROTOCOL);
#endif
}

/* RFC 1952: FTEXT, FHCRC, FEXTRA, FNAME, FCOMMENT; and members one after the other. */
static void forms_of_gzip(void)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8,   0x1d, 1,   2,   3,   4, 0,   3,
                                         4,    0,    'a', 'b',  'c', 'd', 'n', 0, 'c', 0};
    char packed[512], both[2 * HELLO_BYTES + 1] = HELLO HELLO;
    char bytes[512];
    size_t size = deflate_into(packed, HELLO, HELLO_BYTES, GZIP);

    memcpy(bytes, head, sizeof head);
    memcpy(bytes + sizeof head, packed + 10, size - 10);
    CHECK_EQ(decode("gzip", (nw_slice){bytes, sizeof head + size - 10}, HELLO, HELLO_BYTES), 0);
    bytes[3] |= (char)0x80; /* reserved */
    CHECK_EQ(decode("gzip", (nw_slice){bytes, sizeof head + size - 10}, "", 0), NW_EPROTOCOL);
    memcpy(packed + size, packed, size);
    CHECK_EQ(decode("gzip", (nw_slice){packed, 2 * size}, both, 2 * HELLO_BYTES), 0);
    for (size_t more = 1; more < size; more++)
        CHECK_EQ(decode("gzip", (nw_slice){packed, size + more}, "", 0), NW_ETRUNCATED);
#ifdef NW__HAVE_ZSTD
    size = ZSTD_compress(packed, sizeof packed, HELLO, HELLO_BYTES, 3);
    memcpy(packed + size, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11); /* RFC 8878, 3.1.2: to be skipped */
    memcpy(packed + size + 11, packed, size);
    CHECK_EQ(decode("zstd", (nw_slice){packed, 2 * size + 11}, both, 2 * HELLO_BYTES), 0);
#endif
}

static void several_over_each_other(void)
{
    static const char *const unknown[] = {"compress", "identity",  "",  "gzip, lzma",
                                          "gzip;q=1", "gzip gzip", ",", "gzip,gzip,gzip,gzip,gzip"};
    char a[512], b[512];
    size_t size = HELLO_BYTES;
    nw_stream *stream = NULL;

    memcpy(a, HELLO, size);
    for (int i = 0; i < 2; i++) {
        size = deflate_into(b, a, size, GZIP);
        size = deflate_into(a, b, size, ZLIB);
    }
    CHECK_EQ(decode("gzip, deflate,gzip , deflate", (nw_slice){a, size}, HELLO, HELLO_BYTES), 0);
    CHECK_EQ(
        decode("identity, gzip,, deflate,gzip,identity,deflate", (nw_slice){a, size}, HELLO, HELLO_BYTES), 0);
    CHECK_EQ(decode("deflate, gzip, deflate, gzip", (nw_slice){a, size}, "", 0), NW_EPROTOCOL);
    for (size_t cut = 1; cut < size; cut++) {
        int rc = decode("gzip, deflate, gzip, deflate", (nw_slice){a, cut}, "", 0);
        CHECK(rc == NW_ETRUNCATED);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_EQ(decode(unknown[i], (nw_slice){a, size}, "", 0), -ENOTSUP);
    CHECK_EQ(nw__http_decoder(NULL, NULL, &no_limits, &stream), -ENOTSUP);
    CHECK(!stream);
}

static void bursts(const char *coding, nw_slice packed)
{
    struct nw__http_decode_limits limits = {.bytes = ZEROS};
    struct nw__bytes found;

    CHECK_EQ(decode_with(coding, packed, 1000, &limits, &found), 0);
    CHECK_EQ(found.size_bytes, ZEROS);
    nw__bytes_finish(&found);
    limits.bytes = ZEROS - 1;
    CHECK_EQ(decode_with(coding, packed, 1000, &limits, &found), -EFBIG);
    CHECK_EQ(found.size_bytes, ZEROS - 1);
    nw__bytes_finish(&found);
    limits = (struct nw__http_decode_limits){.ratio = 100};
    CHECK_EQ(decode_with(coding, packed, 1000, &limits, &found), -EFBIG);
    CHECK(found.size_bytes <= (1 << 20) + 65536 || found.size_bytes <= 100 * packed.size);
    nw__bytes_finish(&found);
}

/* 10 MiB of zeros, packed once and several times over: the ratio is that of all codings together. */
static void bombs(void)
{
    static char packed[MORE_BYTES], again[MORE_BYTES];
    char *zeros = calloc(1, ZEROS);
    size_t size;

    CHECK(zeros);
    size = deflate_into(packed, zeros, ZEROS, GZIP);
    bursts("gzip", (nw_slice){packed, size});
    size = deflate_into(again, packed, size, GZIP);
    bursts("gzip, gzip", (nw_slice){again, size});
    size = deflate_into(packed, again, size, ZLIB);
    bursts("gzip, gzip, deflate", (nw_slice){packed, size});
    struct nw__http_decode_limits limits = {.ratio = 1100}; /* more than one coding alone can do */
    struct nw__bytes found;
    CHECK_EQ(decode_with("gzip, gzip, deflate", (nw_slice){packed, size}, 1000, &limits, &found), -EFBIG);
    CHECK(found.size_bytes <= (1 << 20) + 65536);
    nw__bytes_finish(&found);
#ifdef NW__HAVE_BROTLI
    bursts("br", (nw_slice){zeros_brotli, sizeof zeros_brotli - 1});
#endif
#ifdef NW__HAVE_ZSTD
    size = ZSTD_compress(packed, sizeof packed, zeros, ZEROS, 3);
    bursts("zstd", (nw_slice){packed, size});
#endif
    free(zeros);
}

#ifdef NW__HAVE_ZSTD
/* RFC 9659: a window of more than 8 MiB is refused. */
static size_t pack_with_window(char *to, int log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {text, TEXT_BYTES, 0};
    ZSTD_outBuffer out = {to, MORE_BYTES, 0};

    CHECK(context);
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, log)));
    CHECK_EQ(ZSTD_compressStream2(context, &out, &(ZSTD_inBuffer){text, 0, 0}, ZSTD_e_flush), 0);
    CHECK_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    return out.pos;
}

static void windows_of_zstd(void)
{
    static char packed[MORE_BYTES];

    make_text();
    CHECK_EQ(decode("zstd", (nw_slice){packed, pack_with_window(packed, 23)}, text, TEXT_BYTES), 0);
    CHECK_EQ(decode("zstd", (nw_slice){packed, pack_with_window(packed, 24)}, "", 0), NW_EPROTOCOL);
}

/* As the format was before RFC 8878, which libzstd takes: two versions, "hello" in a block of its own. */
static void old_formats_of_zstd(void)
{
    static const char version_6[] = "\x26\xb5\x2f\xfd\0\x40\0\x05hello\xc0\0";
    static const char version_7[] = "\x27\xb5\x2f\xfd\0\0\x40\0\x05hello\xc0\0";
    const size_t pieces[] = {SIZE_MAX, 1, 3, 4};
    char packed[512];
    size_t size = ZSTD_compress(packed, sizeof packed, HELLO, HELLO_BYTES, 3);
    struct nw__bytes found;

    memcpy(packed + size, version_7, sizeof version_7);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const nw_slice old[] = {
            {version_6, sizeof version_6}, {version_7, sizeof version_7}, {packed, size + sizeof version_7}};
        for (size_t j = 0; j < sizeof old / sizeof old[0]; j++) {
            CHECK_EQ(decode_with("zstd", old[j], pieces[i], &no_limits, &found), NW_EPROTOCOL);
            CHECK_EQ(found.size_bytes, j < 2 ? 0 : HELLO_BYTES);
            nw__bytes_finish(&found);
        }
    }
}
#endif

/* -- cancelled at every wait, and read on by another -- */

struct reading {
    nw_stream *stream;
    struct nw__bytes found;
};

static int read_some(void *arg)
{
    struct reading *reading = arg;
    ssize_t n;

    do {
        CHECK_EQ(nw__bytes_reserve(&reading->found, 1000), 0);
        n = nw_read(reading->stream, nw__bytes_tail(&reading->found), 1000);
        nw__bytes_commit(&reading->found, n > 0 ? (size_t)n : 0);
    } while (n > 0);
    return (int)n;
}

static void cancelled_readers(const char *coding, nw_slice packed)
{
    struct reading reading;
    struct dribble dribble;
    nw_stream *below;
    int rc;

    nw__bytes_init(&reading.found, SIZE_MAX);
    CHECK_EQ(open_dribble(&dribble, packed, 3, &below), 0);
    CHECK_EQ(nw__http_decoder(below, coding, &no_limits, &reading.stream), 0);
    for (int turns = 1;; turns++) {
        nw_task *task = nw_spawn(read_some, &reading);
        for (int i = 0; i < 2 + turns % 3 + turns * 4; i++) /* long enough in the end for a worker, too */
            CHECK_EQ(nw_yield(), 0);
        nw_cancel(task);
        rc = nw_await(task);
        if (rc == 0)
            break;
        CHECK_EQ(rc, -ECANCELED);
    }
    CHECK_EQ(reading.found.size_bytes, HELLO_BYTES);
    CHECK_MEM(reading.found.data, HELLO, HELLO_BYTES);
    nw__bytes_finish(&reading.found);
    CHECK_EQ(nw_close(reading.stream), 0);
    CHECK_EQ(nw_close(below), 0);
}

static int run(void *arg)
{
    char packed[512], twice[512];
    size_t size;

    (void)arg;
    whole_in_any_pieces();
    cut_off_and_damaged();
    forms_of_gzip();
    several_over_each_other();
    bombs();
#ifdef NW__HAVE_ZSTD
    windows_of_zstd();
    old_formats_of_zstd();
#endif
    size = deflate_into(packed, HELLO, HELLO_BYTES, GZIP);
    cancelled_readers("gzip", (nw_slice){packed, size});
    size = deflate_into(twice, packed, size, ZLIB);
    cancelled_readers("gzip, deflate", (nw_slice){twice, size});
#ifdef NW__HAVE_BROTLI
    cancelled_readers("br", (nw_slice){hello_brotli, sizeof hello_brotli - 1});
#endif
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
