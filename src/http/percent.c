/* SPDX-License-Identifier: MIT */
/*
 * Percent-encoding (RFC 3986, 2.1), and which characters need none in which part of a URL.
 * Owns nothing but what it hands out.
 */
#include <nowait/text.h>

#include "http/url_parts.h"

#define ALL  (NW__URL_UNRESERVED | NW__URL_NAME | NW__URL_PATH | NW__URL_QUERY | NW__URL_FORM)
#define SUBS (NW__URL_NAME | NW__URL_PATH | NW__URL_QUERY) /* RFC 3986, 2.2: sub-delims */

#define LOW (ALL | NW__URL_PLAIN_HOST) /* lower case letters, digits, and what may stand between them */

#define FIVE(c, class)                                                                                       \
    [c] = (class), [(c) + 1] = (class), [(c) + 2] = (class), [(c) + 3] = (class), [(c) + 4] = (class)

const uint8_t nw__url_classes[256] = {
    FIVE('0', LOW),
    FIVE('5', LOW),
    FIVE('A', ALL),
    FIVE('F', ALL),
    FIVE('K', ALL),
    FIVE('P', ALL),
    FIVE('U', ALL),
    ['Z'] = ALL,
    FIVE('a', LOW),
    FIVE('f', LOW),
    FIVE('k', LOW),
    FIVE('p', LOW),
    FIVE('u', LOW),
    ['z'] = LOW,
    ['-'] = LOW,
    ['.'] = LOW,
    ['_'] = LOW,
    ['~'] = ALL & ~NW__URL_FORM,
    ['!'] = SUBS,
    ['$'] = SUBS,
    ['&'] = SUBS,
    ['\''] = SUBS,
    ['('] = SUBS,
    [')'] = SUBS,
    ['*'] = SUBS | NW__URL_FORM,
    ['+'] = SUBS,
    [','] = SUBS,
    [';'] = SUBS,
    ['='] = SUBS,
    [':'] = NW__URL_PATH | NW__URL_QUERY,
    ['@'] = NW__URL_PATH | NW__URL_QUERY,
    ['/'] = NW__URL_PATH | NW__URL_QUERY,
    ['?'] = NW__URL_QUERY,
    ['['] = NW__URL_QUERY,
    [']'] = NW__URL_QUERY,
};

int nw__url_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int nw__url_escape(nw_slice text)
{
    int high, low;

    if (text.size < 3 || text.data[0] != '%')
        return -1;
    high = nw__url_hex(text.data[1]);
    low = nw__url_hex(text.data[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static size_t put_escape(char *to, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";

    to[0] = '%';
    to[1] = digits[c >> 4];
    to[2] = digits[c & 15];
    return 3;
}

/* One character that is not of the class. */
static int append_other(struct nw__bytes *out, nw_slice rest, enum nw__url_class class, bool keep_escapes)
{
    unsigned char c = (unsigned char)rest.data[0];
    int rc = nw__bytes_reserve(out, 3);

    if (rc < 0)
        return rc;
    if (keep_escapes && nw__url_escape(rest) >= 0) {
        *nw__bytes_tail(out) = (char)c;
        nw__bytes_commit(out, 1);
    } else if (class == NW__URL_FORM && c == ' ') {
        *nw__bytes_tail(out) = '+';
        nw__bytes_commit(out, 1);
    } else {
        nw__bytes_commit(out, put_escape(nw__bytes_tail(out), c));
    }
    return 0;
}

int nw__url_append(struct nw__bytes *out, nw_slice text, enum nw__url_class class, bool keep_escapes)
{
    int rc = 0;

    for (size_t i = 0, end; rc == 0 && i < text.size; i = end) {
        for (end = i; end < text.size && nw__url_is((unsigned char)text.data[end], class);)
            end++;
        rc = nw__bytes_append(out, text.data + i, end - i);
        if (rc == 0 && end < text.size) {
            rc = append_other(out, (nw_slice){text.data + end, text.size - end}, class, keep_escapes);
            end++;
        }
    }
    return rc;
}

static bool is_one_of(unsigned char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

static bool is_kept(unsigned char c, const char *also_kept)
{
    return nw__url_is(c, NW__URL_UNRESERVED) || is_one_of(c, also_kept);
}

int nw_url_encode(nw_slice text, const char *also_kept, nw_bytes *encoded_out)
{
    struct nw__bytes out;
    int rc = 0;

    if (!encoded_out || (!text.data && text.size > 0))
        return -EINVAL;
    nw__bytes_init(&out, SIZE_MAX);
    for (size_t i = 0; rc == 0 && i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        char escape[3];

        if (is_kept(c, also_kept ? also_kept : ""))
            rc = nw__bytes_append(&out, &c, 1);
        else
            rc = nw__bytes_append(&out, escape, put_escape(escape, c));
    }
    if (rc == 0)
        rc = nw__bytes_take(&out, encoded_out);
    nw__bytes_finish(&out);
    return rc;
}

int nw_url_decode(nw_slice text, nw_bytes *decoded_out)
{
    struct nw__bytes out;
    int rc;

    if (!decoded_out || (!text.data && text.size > 0))
        return -EINVAL;
    nw__bytes_init(&out, SIZE_MAX);
    rc = nw__bytes_reserve(&out, text.size);
    for (size_t i = 0; rc == 0 && i < text.size; i++) {
        int c = (unsigned char)text.data[i];

        if (c == '%') {
            c = nw__url_escape((nw_slice){text.data + i, text.size - i});
            i += 2;
        }
        if (c < 0) {
            rc = -EINVAL;
            break;
        }
        *nw__bytes_tail(&out) = (char)c;
        nw__bytes_commit(&out, 1);
    }
    if (rc == 0)
        rc = nw__bytes_take(&out, decoded_out);
    nw__bytes_finish(&out);
    return rc;
}
