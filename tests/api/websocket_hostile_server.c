/* SPDX-License-Identifier: MIT */
/*
 * What a server may say to a client, and what it must not: literal bytes, sent at once and byte by byte. What
 * the client says is masked: it is unmasked here, and each frame must have a mask of its own.
 */
#include "../support/http_peer.h"
#include "../support/ws.h"

struct row {
    const char *label;
    nw_slice say;
    const char *message; /* that is received before; NULL: none */
    int end;             /* of nw_websocket_receive() */
    int status;
    nw_slice hear; /* unmasked */
};

#define ROW(label, say, message, end, status, hear)                                                          \
    {                                                                                                        \
        label, {say, sizeof(say) - 1}, message, end, status,                                                 \
        {                                                                                                    \
            hear, sizeof(hear) - 1                                                                           \
        }                                                                                                    \
    }
#define BYE      "\x88\x82\x03\xe8"
#define BROKEN   "\x88\x82\x03\xea"
#define NOT_UTF8 "\x88\x82\x03\xef"
#define TOO_BIG  "\x88\x82\x03\xf1"

static const struct row rows[] = {
    ROW("good-bye", "\x88\x02\x03\xe8", NULL, 0, 1000, BYE),
    ROW("good-bye without a status", "\x88\x00", NULL, 0, 1005, "\x88\x80"),
    ROW("gone", "\x88\x06\x03\xe9gone", NULL, 0, 1001, "\x88\x82\x03\xe9"),
    ROW("a text", "\x81\x02Hi\x88\x02\x03\xe8", "Hi", 0, 1000, BYE),
    ROW("fragments around a ping", "\x01\x01H\x89\x02ok\x80\x01i\x88\x02\x03\xe8", "Hi", 0, 1000,
        "\x8a\x82ok" BYE),
    ROW("masked", "\x81\x82\0\0\0\0Hi", NULL, NW_EPROTOCOL, 1006, BROKEN),
    ROW("reserved bit 2", "\xa1\x02Hi", NULL, NW_EPROTOCOL, 1006, BROKEN),
    ROW("2^63", "\x82\x7f\x80\0\0\0\0\0\0\0", NULL, NW_EPROTOCOL, 1006, BROKEN),
    ROW("too long", "\x82\x7f\0\0\0\0\0\x01\0\0", NULL, -EMSGSIZE, 1006, TOO_BIG),
    ROW("not UTF-8", "\x81\x01\xff", NULL, -EILSEQ, 1006, NOT_UTF8),
    ROW("the end without a good-bye", "\x81\x02Hi", "Hi", NW_ETRUNCATED, 1006, ""),
    ROW("the end in a header", "\x81", NULL, NW_ETRUNCATED, 1006, ""),
    ROW("the end in a frame", "\x81\x02H", NULL, NW_ETRUNCATED, 1006, ""),
    ROW("the end between fragments", "\x01\x02Hi", NULL, NW_ETRUNCATED, 1006, ""),
    ROW("the end", "", NULL, NW_ETRUNCATED, 1006, ""),
};

struct talk {
    const struct row *row;
    size_t piece_bytes;
};

/* All that the client says, without its masks. */
static void hear(nw_stream *stream, const struct row *row)
{
    unsigned char heard[64], header[6], last[4] = {0};
    size_t size = 0;

    while (nw_read_exactly(stream, header, sizeof header) == sizeof header) {
        size_t payload = header[1] & 0x7f;
        CHECK(header[1] & 0x80 && payload < 126 && size + 2 + payload <= sizeof heard);
        CHECK(memcmp(header + 2, last, sizeof last) != 0);
        memcpy(last, header + 2, sizeof last);
        memcpy(heard + size, header, 2);
        CHECK_EQ(nw_read_exactly(stream, heard + size + 2, payload), (ssize_t)payload);
        for (size_t i = 0; i < payload; i++)
            heard[size + 2 + i] ^= last[i % 4];
        size += 2 + payload;
        if (header[0] == 0x88)
            break; /* it is ours to close now */
    }
    if (size != row->hear.size || memcmp(heard, row->hear.data, size) != 0)
        check_fail(__FILE__, __LINE__, "%s: heard %zu bytes, the last %02x", row->label, size,
                   size ? heard[size - 1] : 0);
}

static int talk(struct peer *peer, nw_stream *stream)
{
    const struct talk *t = peer->arg;
    const struct row *row = t->row;

    CHECK_EQ(ws_agree(stream, ""), 0);
    for (size_t at = 0; at < row->say.size; at += t->piece_bytes) {
        size_t n = row->say.size - at < t->piece_bytes ? row->say.size - at : t->piece_bytes;
        if (peer_send(stream, row->say.data + at, n) < 0)
            break;
        CHECK_EQ(nw_yield(), 0);
    }
    if (row->end == NW_ETRUNCATED)
        CHECK_EQ(nw_shutdown(stream), 0);
    hear(stream, row);
    return 0;
}

static void check_row(struct peer *peer, const struct row *row, size_t piece_bytes)
{
    const nw_websocket_options options = {.message_limit_bytes = 1000};
    struct talk t = {row, piece_bytes};
    nw_websocket *websocket;
    char url[64];
    int rc;

    peer->arg = &t;
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/", peer->port);
    CHECK_EQ(nw_websocket_connect(NULL, &options, url, &websocket), 0);
    if (row->message)
        WS_TEXT(websocket, row->message);
    for (int i = 0; i < 2; i++) {
        enum nw_websocket_type type;
        nw_slice message;
        rc = nw_websocket_receive(websocket, &type, &message);
        if (rc != row->end || nw_websocket_status(websocket) != row->status)
            check_fail(__FILE__, __LINE__, "%s: receive: %d, status %d", row->label, rc,
                       nw_websocket_status(websocket));
    }
    CHECK_EQ(nw_websocket_send_text(websocket, "x"), row->end ? row->end : NW_ECLOSED);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), row->end);
}

static int test(void *arg)
{
    static struct peer peer;

    (void)arg;
    peer_begin(&peer, talk);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(&peer, &rows[i], rows[i].say.size + 1);
        check_row(&peer, &rows[i], 1);
    }
    peer_end(&peer);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
