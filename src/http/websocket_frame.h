/* SPDX-License-Identifier: MIT */
/*
 * The frames of a WebSocket (RFC 6455, 5) as bytes, and what may be in them. Pure: owns nothing, never waits.
 */
#ifndef NW_HTTP_WEBSOCKET_FRAME_H
#define NW_HTTP_WEBSOCKET_FRAME_H

#include <nowait/base.h>

/* RFC 6455, 5.2. All others are reserved. */
enum nw__ws_opcode {
    NW__WS_CONTINUATION = 0x0,
    NW__WS_TEXT = 0x1,
    NW__WS_BINARY = 0x2,
    NW__WS_CLOSE = 0x8,
    NW__WS_PING = 0x9,
    NW__WS_PONG = 0xa,
};

/* RFC 6455, 7.4.1: those that we send ourselves, and those that stand for what was not sent. */
enum nw__ws_status {
    NW__WS_NORMAL = 1000,
    NW__WS_GOING_AWAY = 1001,
    NW__WS_BROKEN_RULES = 1002,
    NW__WS_NO_STATUS = 1005,
    NW__WS_NO_CLOSE = 1006,
    NW__WS_NOT_UTF8 = 1007,
    NW__WS_TOO_BIG = 1009,
    NW__WS_TROUBLE = 1011,
};

#define NW__WS_HEADER_MAX  14
#define NW__WS_CONTROL_MAX 125
#define NW__WS_REASON_MAX  (NW__WS_CONTROL_MAX - 2)

struct nw__ws_frame {
    enum nw__ws_opcode opcode;
    bool final;
    bool masked;
    unsigned char mask[4];
    uint64_t size_bytes; /* of the payload */
};

/*
 * The header that `data` begins with; `masked`: those of this peer are (RFC 6455, 5.1). What is wrong is
 * told with the first byte that shows it.
 * Returns: its size; 0: more must come. Errors: NW_EPROTOCOL.
 */
NW_CHECK int nw__ws_frame_parse(nw_slice data, bool masked, struct nw__ws_frame *frame_out);
/* Returns: the size of the header. */
size_t nw__ws_frame_format(const struct nw__ws_frame *frame, char header_out[NW__WS_HEADER_MAX]);

static inline bool nw__ws_is_control(enum nw__ws_opcode opcode)
{
    return opcode >= NW__WS_CLOSE;
}

/*
 * Mask, or unmask, which is the same (RFC 6455, 5.3). `offset`: of `from` in the payload. `to` may be `from`,
 * and overlaps it in no other way.
 */
void nw__ws_mask(char *to, const char *from, size_t size_bytes, const unsigned char mask[4], uint64_t offset);

/*
 * Is this the beginning of a text? Outputs: how much of it is whole; the next check begins there.
 * Errors: -EILSEQ: nothing that follows makes it UTF-8.
 */
NW_CHECK int nw__ws_utf8_begins(nw_slice text, size_t *whole_out);

/* May it come in a close frame? RFC 6455, 7.4. */
bool nw__ws_status_valid(unsigned status);
/* What a close frame holds. Returns: the status; 1005: it has none. Errors: NW_EPROTOCOL, -EILSEQ. */
NW_CHECK int nw__ws_close_parse(nw_slice payload);

#endif
