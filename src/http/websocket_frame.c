/* SPDX-License-Identifier: MIT */
/*
 * Headers of frames, masks, texts that are not whole yet, and the codes with which one says good-bye. Pure:
 * see websocket_frame.h.
 */
#include "http/websocket_frame.h"

#include <nowait/text.h>
#include <string.h>

#define FINAL_BIT     0x80u
#define RESERVED_BITS 0x70u
#define OPCODE_BITS   0x0fu
#define MASK_BIT      0x80u
#define LENGTH_BITS   0x7fu
#define LENGTH_16     126u
#define LENGTH_64     127u

/* -- headers -- */

static bool is_opcode(unsigned value)
{
    return value <= NW__WS_BINARY || (value >= NW__WS_CLOSE && value <= NW__WS_PONG);
}

/* RFC 6455, 5.2: no extension was agreed on that gives the reserved bits a meaning. 5.5: control frames. */
static bool first_byte_is_good(unsigned first)
{
    unsigned opcode = first & OPCODE_BITS;

    return !(first & RESERVED_BITS) && is_opcode(opcode) && (opcode < NW__WS_CLOSE || (first & FINAL_BIT));
}

static bool second_byte_is_good(unsigned first, unsigned second, bool masked)
{
    bool control = (first & OPCODE_BITS) >= NW__WS_CLOSE;

    return ((second & MASK_BIT) != 0) == masked && !(control && (second & LENGTH_BITS) > NW__WS_CONTROL_MAX);
}

/* A number in network byte order. */
static uint64_t number(const unsigned char *at, size_t size_bytes)
{
    uint64_t value = 0;

    while (size_bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

/* RFC 6455, 5.2: in the shortest form, and the highest bit is 0. */
static bool length_is_good(uint64_t length, size_t length_bytes)
{
    return length_bytes == 0 || (length_bytes == 2 && length >= LENGTH_16) ||
           (length_bytes == 8 && length > UINT16_MAX && length <= INT64_MAX);
}

int nw__ws_frame_parse(nw_slice data, bool masked, struct nw__ws_frame *frame_out)
{
    const unsigned char *at = (const unsigned char *)data.data;
    size_t length_bytes, header_bytes;
    uint64_t length;

    if (data.size > 0 && !first_byte_is_good(at[0]))
        return NW_EPROTOCOL;
    if (data.size < 2)
        return 0;
    if (!second_byte_is_good(at[0], at[1], masked))
        return NW_EPROTOCOL;
    length = at[1] & LENGTH_BITS;
    length_bytes = length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
    header_bytes = 2 + length_bytes + (masked ? 4 : 0);
    if (data.size < 2 + length_bytes)
        return length_bytes == 8 && data.size > 2 && at[2] & 0x80u ? NW_EPROTOCOL : 0;
    if (length_bytes > 0)
        length = number(at + 2, length_bytes);
    if (!length_is_good(length, length_bytes))
        return NW_EPROTOCOL;
    if (data.size < header_bytes)
        return 0;
    *frame_out = (struct nw__ws_frame){.opcode = (enum nw__ws_opcode)(at[0] & OPCODE_BITS),
                                       .final = (at[0] & FINAL_BIT) != 0,
                                       .masked = masked,
                                       .size_bytes = length};
    if (masked)
        memcpy(frame_out->mask, at + 2 + length_bytes, sizeof frame_out->mask);
    return (int)header_bytes;
}

size_t nw__ws_frame_format(const struct nw__ws_frame *frame, char header_out[NW__WS_HEADER_MAX])
{
    size_t length_bytes = frame->size_bytes < LENGTH_16 ? 0 : frame->size_bytes <= UINT16_MAX ? 2 : 8;
    unsigned length = length_bytes == 0   ? (unsigned)frame->size_bytes
                      : length_bytes == 2 ? LENGTH_16
                                          : LENGTH_64;
    char *at = header_out;

    *at++ = (char)((frame->final ? FINAL_BIT : 0) | (unsigned)frame->opcode);
    *at++ = (char)((frame->masked ? MASK_BIT : 0) | length);
    for (size_t i = length_bytes; i > 0; i--)
        *at++ = (char)(frame->size_bytes >> (8 * (i - 1)) & 0xff);
    if (frame->masked) {
        memcpy(at, frame->mask, sizeof frame->mask);
        at += sizeof frame->mask;
    }
    return (size_t)(at - header_out);
}

/* -- payloads -- */

void nw__ws_mask(char *to, const char *from, size_t size_bytes, const unsigned char mask[4], uint64_t offset)
{
    unsigned char turned[8];
    uint64_t key, word;
    size_t i = 0;

    for (size_t k = 0; k < sizeof turned; k++)
        turned[k] = mask[(offset + k) % 4];
    memcpy(&key, turned, sizeof key);
    for (; size_bytes - i >= sizeof word; i += sizeof word) { /* as bytes lie: no byte order matters */
        memcpy(&word, from + i, sizeof word);
        word ^= key;
        memcpy(to + i, &word, sizeof word);
    }
    for (; i < size_bytes; i++)
        to[i] = (char)((unsigned char)from[i] ^ turned[i % 8]);
}

/* One to three bytes that are no sequence: are they the beginning of one? These second bytes suit every lead.
 */
static bool begins_sequence(const char *bytes, size_t size_bytes)
{
    static const char second[] = {(char)0x80, (char)0x90, (char)0xa0};
    char text[4];

    for (size_t whole = size_bytes + 1; whole <= sizeof text; whole++) {
        memset(text, 0x80, sizeof text);
        memcpy(text, bytes, size_bytes);
        for (size_t i = 0; i < sizeof second; i++) {
            if (size_bytes == 1)
                text[1] = second[i];
            if (nw_utf8_check((nw_slice){text, whole}, NULL) == 0)
                return true;
        }
    }
    return false;
}

int nw__ws_utf8_begins(nw_slice text, size_t *whole_out)
{
    size_t bad, left;

    if (nw_utf8_check(text, &bad) == 0) {
        *whole_out = text.size;
        return 0;
    }
    left = text.size - bad;
    if (left > 3 || !begins_sequence(text.data + bad, left))
        return -EILSEQ;
    *whole_out = bad;
    return 0;
}

/* -- good-byes -- */

bool nw__ws_status_valid(unsigned status)
{
    if (status >= 3000)
        return status <= 4999; /* registered, or the application's own */
    return status >= 1000 && status <= 1014 && status != 1004 && status != NW__WS_NO_STATUS &&
           status != NW__WS_NO_CLOSE;
}

int nw__ws_close_parse(nw_slice payload)
{
    unsigned status;

    if (payload.size == 0)
        return NW__WS_NO_STATUS;
    if (payload.size < 2)
        return NW_EPROTOCOL;
    status = (unsigned)number((const unsigned char *)payload.data, 2);
    if (!nw__ws_status_valid(status))
        return NW_EPROTOCOL;
    if (nw_utf8_check((nw_slice){payload.data + 2, payload.size - 2}, NULL) < 0)
        return -EILSEQ;
    return (int)status;
}
