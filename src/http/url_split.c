/* SPDX-License-Identifier: MIT */
/*
 * A URL cut at its delimiters (RFC 3986, 3 and appendix B), and dot segments (5.2.4).
 * Knows nothing of hosts and ports. Owns nothing.
 */
#include <nowait/text.h>

#include "base/ascii.h"
#include "base/slice.h"
#include "http/url_parts.h"

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* A few are compared faster than looked for. */
static bool is_one_of(char c, const char *set)
{
    while (*set && *set != c)
        set++;
    return *set;
}

/* How much of `text` comes before one of `delimiters`. */
static size_t span_until(nw_slice text, const char *delimiters)
{
    size_t i = 0;

    while (i < text.size && !is_one_of(text.data[i], delimiters))
        i++;
    return i;
}

/* RFC 3986, 3.1; a colon before any "/" that ends no scheme is an error (4.2: path-noscheme). */
static int split_scheme(nw_slice *text, nw_slice *scheme_out)
{
    size_t size = span_until(*text, ":/?#");

    *scheme_out = (nw_slice){text->data, 0};
    if (size == text->size || text->data[size] != ':')
        return 0;
    if (size == 0 || !nw__is_letter(text->data[0]))
        return -EINVAL;
    for (size_t i = 1; i < size; i++)
        if (!nw__is_letter(text->data[i]) && !nw__is_digit(text->data[i]) && !is_one_of(text->data[i], "+-."))
            return -EINVAL;
    *scheme_out = nw__cut(text, size);
    nw__cut(text, 1);
    return 0;
}

int nw__url_split(nw_slice text, struct nw__url_parts *parts_out)
{
    struct nw__url_parts parts = {.has_authority = false};
    int rc;

    if (text.size > NW__URL_BYTES_MAX)
        return -EMSGSIZE;
    for (size_t i = 0; i < text.size; i++)
        if (is_control((unsigned char)text.data[i]))
            return -EINVAL;
    rc = split_scheme(&text, &parts.scheme);
    if (rc < 0)
        return rc;
    parts.has_authority = text.size >= 2 && text.data[0] == '/' && text.data[1] == '/';
    if (parts.has_authority) {
        nw__cut(&text, 2);
        parts.authority = nw__cut(&text, span_until(text, "/?#"));
    }
    parts.path = nw__cut(&text, span_until(text, "?#"));
    parts.has_query = nw__cut_char(&text, '?');
    parts.query = nw__cut(&text, parts.has_query ? span_until(text, "#") : 0);
    parts.has_fragment = nw__cut_char(&text, '#');
    parts.fragment = text;
    *parts_out = parts;
    return 0;
}

/* 1 for ".", 2 for "..", also when they are escaped, as they mean the same (RFC 3986, 6.2.2.2); else 0. */
static int count_dots(nw_slice segment)
{
    int dots = 0;

    for (; segment.size > 0; dots++)
        if (nw__url_escape(segment) == '.')
            nw__cut(&segment, 3);
        else if (!nw__cut_char(&segment, '.'))
            return 0;
    return dots <= 2 ? dots : 0;
}

/* `size` of `path` without its last segment and the "/" before that. */
static size_t without_last(const char *path, size_t size)
{
    while (size > 0 && path[size - 1] != '/')
        size--;
    return size > 0 ? size - 1 : 0;
}

size_t nw__url_remove_dots(char *path, size_t size_bytes)
{
    nw_slice in = {path, size_bytes};
    size_t size = 0;

    while (in.size > 0) {
        bool rooted = nw__cut_char(&in, '/');
        nw_slice segment = nw__cut(&in, span_until(in, "/"));
        int dots = count_dots(segment);

        if (dots == 2 && rooted)
            size = without_last(path, size);
        if (rooted && (dots == 0 || in.size == 0))
            path[size++] = '/';
        if (dots == 0) {
            memmove(path + size, segment.data, segment.size);
            size += segment.size;
        } else if (!rooted) {
            nw__cut_char(&in, '/'); /* "../" at the beginning of a path without a root */
        }
    }
    return size;
}
