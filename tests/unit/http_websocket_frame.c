/* SPDX-License-Identifier: MIT */
/*
 * Frames of WebSockets, byte by byte: which headers are good, what is refused, and with which byte. Masks,
 * texts that are not whole, statuses. The bytes are those of RFC 6455, and what the text forbids.
 */
#include <string.h>

#include "http/websocket_frame.h"
#include "unit.h"

#define BYTES(text) ((nw_slice){"" text, sizeof(text) - 1})

struct good {
    const char *label;
    nw_slice header;
    bool masked, final;
    enum nw__ws_opcode opcode;
    uint64_t size_bytes;
};

static const struct good good[] = {
    {"RFC 6455, 5.7: a text", {"\x81\x05", 2}, false, true, NW__WS_TEXT, 5},
    {"the same, masked", {"\x81\x85\x37\xfa\x21\x3d", 6}, true, true, NW__WS_TEXT, 5},
    {"its first fragment", {"\x01\x03", 2}, false, false, NW__WS_TEXT, 3},
    {"its last", {"\x80\x02", 2}, false, true, NW__WS_CONTINUATION, 2},
    {"a ping", {"\x89\x05", 2}, false, true, NW__WS_PING, 5},
    {"a masked pong", {"\x8a\x85\x37\xfa\x21\x3d", 6}, true, true, NW__WS_PONG, 5},
    {"256 bytes", {"\x82\x7e\x01\x00", 4}, false, true, NW__WS_BINARY, 256},
    {"64 KiB", {"\x82\x7f\0\0\0\0\0\x01\0\0", 10}, false, true, NW__WS_BINARY, 65536},
    {"nothing", {"\x82\x00", 2}, false, true, NW__WS_BINARY, 0},
    {"125", {"\x82\x7d", 2}, false, true, NW__WS_BINARY, 125},
    {"126", {"\x82\x7e\x00\x7e", 4}, false, true, NW__WS_BINARY, 126},
    {"65535", {"\x82\x7e\xff\xff", 4}, false, true, NW__WS_BINARY, 65535},
    {"as much as can be",
     {"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10},
     false,
     true,
     NW__WS_BINARY,
     INT64_MAX},
    {"a close with 125", {"\x88\x7d", 2}, false, true, NW__WS_CLOSE, 125},
};

static void good_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const struct good *g = &good[i];
        struct nw__ws_frame frame;
        char header[NW__WS_HEADER_MAX];
        for (size_t n = 0; n < g->header.size; n++)
            assert_int_equal(nw__ws_frame_parse((nw_slice){g->header.data, n}, g->masked, &frame), 0);
        assert_int_equal(nw__ws_frame_parse(g->header, g->masked, &frame), g->header.size);
        assert_int_equal(frame.final, g->final);
        assert_int_equal(frame.opcode, g->opcode);
        assert_int_equal(frame.masked, g->masked);
        assert_true(frame.size_bytes == g->size_bytes);
        assert_int_equal(nw__ws_frame_format(&frame, header), g->header.size);
        assert_memory_equal(header, g->header.data, g->header.size);
    }
}

struct bad {
    const char *label;
    nw_slice header;
    bool masked;
};

static const struct bad bad[] = {
    {"RSV1", {"\xc1", 1}, true},
    {"RSV2", {"\xa1", 1}, true},
    {"RSV3", {"\x91", 1}, false},
    {"opcode 3", {"\x83", 1}, true},
    {"opcode 7", {"\x87", 1}, true},
    {"opcode 11", {"\x8b", 1}, false},
    {"opcode 15", {"\x8f", 1}, true},
    {"a ping in fragments", {"\x09", 1}, true},
    {"a pong in fragments", {"\x0a", 1}, true},
    {"a close in fragments", {"\x08", 1}, false},
    {"not masked", {"\x81\x05", 2}, true},
    {"masked", {"\x81\x85", 2}, false},
    {"a ping of 126", {"\x89\xfe", 2}, true},
    {"a close of 64 bits", {"\x88\x7f", 2}, false},
    {"125 in 16 bits", {"\x82\x7e\x00\x7d", 4}, false},
    {"0 in 16 bits", {"\x82\xfe\x00\x00", 4}, true},
    {"65535 in 64 bits", {"\x82\x7f\0\0\0\0\0\0\xff\xff", 10}, false},
    {"0 in 64 bits", {"\x82\xff\0\0\0\0\0\0\0\0", 10}, true},
    {"2^63", {"\x82\x7f\x80", 3}, false},
    {"2^64 - 1", {"\x82\xff\xff", 3}, true},
};

static void bad_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw__ws_frame frame = {.size_bytes = 4711};
        for (size_t n = 0; n < bad[i].header.size; n++)
            assert_int_equal(nw__ws_frame_parse((nw_slice){bad[i].header.data, n}, bad[i].masked, &frame), 0);
        assert_int_equal(nw__ws_frame_parse(bad[i].header, bad[i].masked, &frame), NW_EPROTOCOL);
        assert_true(frame.size_bytes == 4711);
    }
}

/* RFC 6455, 5.7, and any offset, size and place. */
static void masks(void **state)
{
    static const unsigned char rfc[4] = {0x37, 0xfa, 0x21, 0x3d}, key[4] = {1, 2, 4, 8};
    char text[64], whole[64], pieces[64];

    (void)state;
    nw__ws_mask(text, "Hello", 5, rfc, 0);
    assert_memory_equal(text, "\x7f\x9f\x4d\x51\x58", 5);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 5);
    for (size_t i = 0; i < sizeof text; i++)
        whole[i] = (char)((unsigned char)text[i] ^ key[i % 4]);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        memcpy(pieces, text, sizeof text);
        nw__ws_mask(pieces, pieces, cut, key, 0);
        nw__ws_mask(pieces + cut, text + cut, sizeof text - cut, key, cut);
        assert_memory_equal(pieces, whole, sizeof whole);
    }
}

/* Where a text can be cut, and where it is wrong already. */
static void texts(void **state)
{
    static const struct {
        nw_slice text;
        int whole; /* or the error */
    } rows[] = {
        {BYTES(""), 0},
        {BYTES("abc"), 3},
        {BYTES("a\xc3"), 1},
        {BYTES("a\xc3\xa4"), 3},
        {BYTES("\xe2\x82"), 0},
        {BYTES("\xe0"), 0},
        {BYTES("\xe0\xa0"), 0},
        {BYTES("\xed\x9f"), 0},
        {BYTES("\xf0\x90\x80"), 0},
        {BYTES("\xf4\x8f"), 0},
        {BYTES("\xf4"), 0},
        {BYTES("\xf0\x9f\x98\x80\xf0\x9f\x98"), 4},
        {BYTES("\x80"), -EILSEQ},
        {BYTES("\xc0"), -EILSEQ},
        {BYTES("\xc1"), -EILSEQ},
        {BYTES("\xf5"), -EILSEQ},
        {BYTES("\xff"), -EILSEQ},
        {BYTES("\xe0\x9f"), -EILSEQ}, /* overlong */
        {BYTES("\xed\xa0"), -EILSEQ}, /* a surrogate */
        {BYTES("\xf0\x8f"), -EILSEQ}, /* overlong */
        {BYTES("\xf4\x90"), -EILSEQ}, /* beyond U+10FFFF */
        {BYTES("\xf0\x9f\x41"), -EILSEQ},
        {BYTES("\xc3\x41"), -EILSEQ},
        {BYTES("a\xff\xc3"), -EILSEQ},
        {BYTES("\xe2\x82\xc3\xa4"), -EILSEQ},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t whole = 4711;
        int rc = nw__ws_utf8_begins(rows[i].text, &whole);
        assert_int_equal(rc, rows[i].whole < 0 ? rows[i].whole : 0);
        assert_int_equal(whole, rows[i].whole < 0 ? 4711 : rows[i].whole);
    }
}

static void statuses(void **state)
{
    static const unsigned allowed[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010,
                                       1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999};
    static const unsigned refused[] = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        assert_true(nw__ws_status_valid(allowed[i]));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(nw__ws_status_valid(refused[i]));
    assert_int_equal(nw__ws_close_parse(BYTES("")), 1005);
    assert_int_equal(nw__ws_close_parse(BYTES("\x03")), NW_EPROTOCOL);
    assert_int_equal(nw__ws_close_parse(BYTES("\x03\xe8")), 1000);
    assert_int_equal(nw__ws_close_parse(BYTES("\x03\xe9gone")), 1001);
    assert_int_equal(nw__ws_close_parse(BYTES("\x03\xed")), NW_EPROTOCOL);
    assert_int_equal(nw__ws_close_parse(BYTES("\x03\xe8\xc3")), -EILSEQ);
    assert_int_equal(nw__ws_close_parse(BYTES("\x13\x87")), 4999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_headers), cmocka_unit_test(bad_headers), cmocka_unit_test(masks),
        cmocka_unit_test(texts),        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
