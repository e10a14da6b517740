/* SPDX-License-Identifier: MIT */
/*
 * Percent-encoding (RFC 3986, 2.1), and which characters need none in which part of a URL.
 * Owns nothing but what it hands out.
 */
#include <nowait/text.h>

#include "http/url_parts.h"

static bool is_alphanumeric(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_one_of(unsigned char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

bool nw__url_is(unsigned char c, enum nw__url_class class)
{
    if (is_alphanumeric(c))
        return true;
    switch (class) {
    case NW__URL_UNRESERVED:
        return is_one_of(c, "-._~");
    case NW__URL_NAME:
        return is_one_of(c, "-._~!$&'()*+,;=");
    case NW__URL_PATH:
        return is_one_of(c, "-._~!$&'()*+,;=:@/");
    case NW__URL_QUERY:
        return is_one_of(c, "-._~!$&'()*+,;=:@/?[]");
    case NW__URL_FORM:
        return is_one_of(c, "*-._");
    }
    return false;
}

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

int nw__url_append(struct nw__bytes *out, nw_slice text, enum nw__url_class class, bool keep_escapes)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        nw_slice rest = {text.data + i, text.size - i};
        int rc = nw__bytes_reserve(out, 3);

        if (rc < 0)
            return rc;
        if (nw__url_is(c, class) || (keep_escapes && nw__url_escape(rest) >= 0)) {
            *nw__bytes_tail(out) = (char)c;
            nw__bytes_commit(out, 1);
        } else if (class == NW__URL_FORM && c == ' ') {
            *nw__bytes_tail(out) = '+';
            nw__bytes_commit(out, 1);
        } else {
            nw__bytes_commit(out, put_escape(nw__bytes_tail(out), c));
        }
    }
    return 0;
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
