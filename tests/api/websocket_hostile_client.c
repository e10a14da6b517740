/* SPDX-License-Identifier: MIT */
/*
 * What a client may say to a server, and what it must not: each row is literal bytes there and back, sent at
 * once and byte by byte. The masks are 0, so that the payloads can be read.
 */
#include "../support/ws.h"

#define MASK "\0\0\0\0"

struct row {
    const char *label;
    nw_slice say, hear;
    int end; /* of nw_websocket_receive() */
};

#define ROW(label, say, hear, end)                                                                           \
    {                                                                                                        \
        label, {say, sizeof(say) - 1}, {hear, sizeof(hear) - 1}, end                                         \
    }
#define BYE      "\x88\x82" MASK "\x03\xe8"
#define BYE_BACK "\x88\x02\x03\xe8"
#define BROKEN   "\x88\x02\x03\xea"
#define NOT_UTF8 "\x88\x02\x03\xef"
#define TOO_BIG  "\x88\x02\x03\xf1"

static const struct row rows[] = {
    ROW("good-bye", BYE, BYE_BACK, 0),
    ROW("good-bye without a status", "\x88\x80" MASK, "\x88\x00", 0),
    ROW("good-bye with a reason",
        "\x88\x86" MASK "\x0f\xa0"
        "abcd",
        "\x88\x02\x0f\xa0", 0),
    ROW("a text", "\x81\x85" MASK "Hello" BYE, "\x81\x05Hello" BYE_BACK, 0),
    ROW("a text, masked", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" BYE, "\x81\x05Hello" BYE_BACK, 0),
    ROW("nothing", "\x82\x80" MASK BYE, "\x82\x00" BYE_BACK, 0),
    ROW("a ping", "\x89\x83" MASK "abc" BYE,
        "\x8a\x03"
        "abc" BYE_BACK,
        0),
    ROW("a pong that nobody wanted", "\x8a\x83" MASK "abc" BYE, BYE_BACK, 0),
    ROW("fragments", "\x01\x83" MASK "Hel\x00\x80" MASK "\x80\x82" MASK "lo" BYE, "\x81\x05Hello" BYE_BACK,
        0),
    ROW("a pong in between", "\x01\x83" MASK "Hel\x8a\x80" MASK "\x80\x82" MASK "lo" BYE,
        "\x81\x05Hello" BYE_BACK, 0),
    ROW("UTF-8 across fragments", "\x01\x81" MASK "\xf0\x00\x82" MASK "\x9f\x98\x80\x81" MASK "\x80" BYE,
        "\x81\x04\xf0\x9f\x98\x80" BYE_BACK, 0),
    ROW("what follows a good-bye", BYE "\xff\xff\xff", BYE_BACK, 0),
    ROW("not masked", "\x81\x05Hello", BROKEN, NW_EPROTOCOL),
    ROW("reserved bit 1", "\xc1\x80" MASK, BROKEN, NW_EPROTOCOL),
    ROW("reserved bit 3", "\x91\x80" MASK, BROKEN, NW_EPROTOCOL),
    ROW("opcode 3", "\x83\x80" MASK, BROKEN, NW_EPROTOCOL),
    ROW("opcode 11", "\x8b\x80" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a ping in fragments", "\x09\x80" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a ping of 126 bytes", "\x89\xfe\x00\x7e" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a length of 16 bits that needs 7", "\x82\xfe\x00\x7d" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a length of 64 bits that needs 16", "\x82\xff\0\0\0\0\0\0\xff\xff" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a length of 2^63", "\x82\xff\x80\0\0\0\0\0\0\0" MASK, BROKEN, NW_EPROTOCOL),
    ROW("a length of 2^63 - 1", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK, TOO_BIG, -EMSGSIZE),
    ROW("more than the limit", "\x82\xff\0\0\0\0\x01\0\0\x01" MASK, TOO_BIG, -EMSGSIZE),
    ROW("more than the limit, in fragments", "\x02\x82" MASK "ab\x80\xff\0\0\0\0\0\xff\xff\xff" MASK, TOO_BIG,
        -EMSGSIZE),
    ROW("a continuation of nothing", "\x80\x81" MASK "a", BROKEN, NW_EPROTOCOL),
    ROW("a text in a text", "\x01\x81" MASK "a\x81\x81" MASK "b", BROKEN, NW_EPROTOCOL),
    ROW("not UTF-8", "\x81\x82" MASK "\xc3\x28", NOT_UTF8, -EILSEQ),
    ROW("not UTF-8, before it is whole", "\x01\x83" MASK "ab\xff", NOT_UTF8, -EILSEQ),
    ROW("a surrogate across fragments", "\x01\x81" MASK "\xed\x00\x81" MASK "\xa0", NOT_UTF8, -EILSEQ),
    ROW("a text that ends too early", "\x81\x82" MASK "a\xc3", NOT_UTF8, -EILSEQ),
    ROW("a good-bye of 1 byte", "\x88\x81" MASK "\x03", BROKEN, NW_EPROTOCOL),
    ROW("a good-bye with 1005", "\x88\x82" MASK "\x03\xed", BROKEN, NW_EPROTOCOL),
    ROW("a good-bye with 999", "\x88\x82" MASK "\x03\xe7", BROKEN, NW_EPROTOCOL),
    ROW("a good-bye with 5000", "\x88\x82" MASK "\x13\x88", BROKEN, NW_EPROTOCOL),
    ROW("a reason that is not UTF-8", "\x88\x83" MASK "\x03\xe8\xff", NOT_UTF8, -EILSEQ),
    ROW("the end without a good-bye", "\x81\x81" MASK "a",
        "\x81\x01"
        "a",
        NW_ETRUNCATED),
    ROW("the end at once", "", "", NW_ETRUNCATED),
};

static void check_row(const struct web *web, int *end, const struct row *row, size_t piece_bytes)
{
    nw_stream *stream = web_connect(web);
    nw_bytes heard;

    *end = 1;
    web_say(stream, WS_REQUEST);
    WEB_NEXT(stream, WS_RESPONSE);
    for (size_t at = 0; at < row->say.size; at += piece_bytes) {
        size_t n = row->say.size - at < piece_bytes ? row->say.size - at : piece_bytes;
        if (nw_write(stream, row->say.data + at, n) < 0 || nw_flush(stream) < 0)
            break; /* it has heard enough */
        CHECK_EQ(nw_yield(), 0);
    }
    (void)!nw_shutdown(stream);
    CHECK_EQ(nw_read_all(stream, 0, &heard), 0);
    if (heard.size != row->hear.size || memcmp(heard.data, row->hear.data, heard.size) != 0) {
        fprintf(stderr, "%s: heard", row->label);
        for (size_t i = 0; i < heard.size; i++)
            fprintf(stderr, " %02x", (unsigned char)heard.data[i]);
        fprintf(stderr, "\n");
        CHECK(false);
    }
    nw_bytes_finish(&heard);
    CHECK_EQ(nw_close(stream), 0);
    if (*end != row->end)
        check_fail(__FILE__, __LINE__, "%s: receive ended with %d, not %d", row->label, *end, row->end);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};
    int end;

    (void)arg;
    web_start(&web, ws_echo, &end);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(&web, &end, &rows[i], rows[i].say.size + 1);
        check_row(&web, &end, &rows[i], 1);
    }
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
