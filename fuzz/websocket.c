/* SPDX-License-Identifier: MIT */
/*
 * The bytes of one side of a WebSocket: frame after frame, whole or a byte at a time. What was refused late
 * would have been refused early; what is written out again is the same; texts are cut anywhere, with the
 * same answer.
 */
#include <nowait/text.h>

#include "fuzz.h"
#include "http/websocket_frame.h"

static void check_text(const char *text, size_t size, size_t cut)
{
    size_t first = 0, second = 0;
    bool whole = nw_utf8_check((nw_slice){text, size}, NULL) == 0, pieces = false;

    if (nw__ws_utf8_begins((nw_slice){text, cut}, &first) == 0) {
        FUZZ_CHECK(first <= cut && cut - first < 4);
        pieces = nw__ws_utf8_begins((nw_slice){text + first, size - first}, &second) == 0 &&
                 first + second == size;
    }
    FUZZ_CHECK(pieces == whole);
}

static void check_payload(char *payload, size_t size, const struct nw__ws_frame *frame)
{
    char *masked = fuzz_copy(payload, size), *again = fuzz_copy(payload, size);
    size_t cut = size ? (unsigned char)frame->mask[0] % (size + 1) : 0;

    for (size_t i = 0; i < size; i++)
        masked[i] = (char)((unsigned char)masked[i] ^ frame->mask[i % 4]);
    nw__ws_mask(again, again, cut, frame->mask, 0);
    nw__ws_mask(again + cut, payload + cut, size - cut, frame->mask, cut);
    FUZZ_CHECK(size == 0 || memcmp(masked, again, size) == 0);
    check_text(again, size, cut);
    if (frame->opcode == NW__WS_CLOSE && size <= NW__WS_CONTROL_MAX)
        FUZZ_CHECK(nw__ws_close_parse((nw_slice){again, size}) < 5000);
    free(masked);
    free(again);
}

/* Returns: the header's size; 0, and an error: as the parser. */
static int check_header(const char *data, size_t size, bool masked, struct nw__ws_frame *frame)
{
    int rc = nw__ws_frame_parse((nw_slice){data, size}, masked, frame);
    char header[NW__WS_HEADER_MAX];

    for (size_t n = 0; n < size && n < NW__WS_HEADER_MAX; n++) {
        struct nw__ws_frame early;
        char *part = fuzz_copy(data, n);
        int now = nw__ws_frame_parse((nw_slice){part, n}, masked, &early);
        free(part);
        FUZZ_CHECK(now == 0 || now == rc);
    }
    if (rc > 0) {
        FUZZ_CHECK(nw__ws_frame_format(frame, header) == (size_t)rc && memcmp(header, data, (size_t)rc) == 0);
        FUZZ_CHECK(frame->size_bytes <= INT64_MAX);
        FUZZ_CHECK(!nw__ws_is_control(frame->opcode) || (frame->final && frame->size_bytes <= 125));
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = fuzz_copy(data, size);
    size_t at = size > 0;
    bool masked = size > 0 && (data[0] & 1);

    while (at < size) {
        struct nw__ws_frame frame;
        int rc = check_header(bytes + at, size - at, masked, &frame);
        if (rc <= 0)
            break;
        at += (size_t)rc;
        uint64_t payload = frame.size_bytes < size - at ? frame.size_bytes : size - at;
        check_payload(bytes + at, (size_t)payload, &frame);
        at += (size_t)payload;
    }
    free(bytes);
    return 0;
}
