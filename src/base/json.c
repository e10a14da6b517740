/* SPDX-License-Identifier: MIT */
/*
 * Text as a string of JSON (RFC 8259, section 7). Owns nothing that it does not hand over, never waits. Must
 * never write a byte that makes the whole invalid, whatever it is handed.
 */
#include <nowait/text.h>
#include <stdio.h>

#include "base/bytes.h"

#define REPLACEMENT "\\ufffd"

/* Section 7: the quotation mark, the backslash and the control characters; NULL: as it is. */
static const char *escape(unsigned char c, char room[8])
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* what is escaped, and how */

    for (const char *at = letters; *at; at += 2)
        if (c == (unsigned char)*at) {
            snprintf(room, 8, "\\%c", at[1]);
            return room;
        }
    if (c >= 0x20)
        return NULL;
    snprintf(room, 8, "\\u%04x", (unsigned)c);
    return room;
}

/* What needs no escape goes in one piece. */
static int put_valid(struct nw__bytes *out, nw_slice text)
{
    const char *end = text.data + text.size, *begin = text.data;
    char room[8];
    int rc = 0;

    for (const char *at = begin; at < end && rc == 0; at++) {
        const char *escaped = escape((unsigned char)*at, room);
        if (!escaped)
            continue;
        rc = nw__bytes_append(out, begin, (size_t)(at - begin));
        if (rc == 0)
            rc = nw__bytes_append(out, escaped, strlen(escaped));
        begin = at + 1;
    }
    return rc < 0 ? rc : nw__bytes_append(out, begin, (size_t)(end - begin));
}

static int put_text(struct nw__bytes *out, nw_slice text)
{
    int rc = 0;

    while (text.size > 0 && rc == 0) {
        size_t valid = text.size;
        bool bad = nw_utf8_check(text, &valid) < 0;
        rc = put_valid(out, (nw_slice){text.data, valid});
        if (rc == 0 && bad)
            rc = nw__bytes_append(out, REPLACEMENT, strlen(REPLACEMENT));
        text.data += valid + bad;
        text.size -= valid + bad;
    }
    return rc;
}

int nw_json_string(nw_slice text, nw_bytes *json_out)
{
    struct nw__bytes out;
    int rc;

    if ((!text.data && text.size > 0) || !json_out)
        return -EINVAL;
    nw__bytes_init(&out, SIZE_MAX);
    rc = nw__bytes_append(&out, "\"", 1);
    if (rc == 0)
        rc = put_text(&out, text);
    if (rc == 0)
        rc = nw__bytes_append(&out, "\"", 1);
    if (rc == 0)
        rc = nw__bytes_take(&out, json_out);
    nw__bytes_finish(&out);
    return rc;
}
