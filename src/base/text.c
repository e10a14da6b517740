/* SPDX-License-Identifier: MIT */
/*
 * Text in slices: the end of a line, equality, and whether it is UTF-8.
 * Owns nothing, keeps nothing, never waits. Knows no locale: bytes and RFC 3629 only.
 */
#include <nowait/text.h>

#include <errno.h>
#include <stdint.h>

#define HIGH_BITS   UINT64_C(0x8080808080808080)
#define BLOCK_BYTES 32
#define ABOVE_ASCII 0x80

/* memcpy: the address need not be aligned; it becomes one load. */
static uint64_t load_word(const unsigned char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* The first byte from `at` on that is not ASCII, or `end`. Text mostly is: it is passed over in blocks. */
static const unsigned char *skip_ascii(const unsigned char *at, const unsigned char *end)
{
    for (; end - at >= BLOCK_BYTES; at += BLOCK_BYTES)
        if ((load_word(at) | load_word(at + 8) | load_word(at + 16) | load_word(at + 24)) & HIGH_BITS)
            break;
    for (; end - at >= 8; at += 8)
        if (load_word(at) & HIGH_BITS)
            break;
    while (at < end && *at < ABOVE_ASCII)
        at++;
    return at;
}

static bool between(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* May `second` follow `lead`? Here overlong forms, surrogates and what is beyond U+10FFFF are kept out. */
static bool second_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return between(second, 0xa0, 0xbf);
    case 0xed:
        return between(second, 0x80, 0x9f);
    case 0xf0:
        return between(second, 0x90, 0xbf);
    case 0xf4:
        return between(second, 0x80, 0x8f);
    default:
        return between(second, 0x80, 0xbf);
    }
}

/* How long the sequence is that begins at `at`, which is not ASCII; 0: it is none. RFC 3629, section 4. */
static size_t sequence_bytes(const unsigned char *at, const unsigned char *end)
{
    size_t size = between(at[0], 0xc2, 0xdf)   ? 2
                  : between(at[0], 0xe0, 0xef) ? 3
                  : between(at[0], 0xf0, 0xf4) ? 4
                                               : 0;

    if (size == 0 || (size_t)(end - at) < size || !second_fits(at[0], at[1]))
        return 0;
    for (size_t i = 2; i < size; i++)
        if (!between(at[i], 0x80, 0xbf))
            return 0;
    return size;
}

int nw_utf8_check(nw_slice text, size_t *bad_offset_out)
{
    const unsigned char *begin = (const unsigned char *)text.data;
    const unsigned char *at = begin, *end = begin + text.size;

    while ((at = skip_ascii(at, end)) < end) {
        /* What is not ASCII comes in runs, mostly. */
        do {
            size_t size = sequence_bytes(at, end);

            if (size == 0) {
                if (bad_offset_out)
                    *bad_offset_out = (size_t)(at - begin);
                return -EILSEQ;
            }
            at += size;
        } while (at < end && *at >= ABOVE_ASCII);
    }
    return 0;
}

nw_slice nw_trim_newline(nw_slice line)
{
    if (line.size > 0 && line.data[line.size - 1] == '\n')
        line.size--;
    else if (line.size == 0 || line.data[line.size - 1] != '\r')
        return line;
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

bool nw_slice_equal(nw_slice a, nw_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}
