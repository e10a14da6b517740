/* SPDX-License-Identifier: MIT */
/*
 * A request's path as the handler sees it: decoded once, then without "." and "..". Pure.
 *
 * Decoding comes first, so that "%2e%2e" is a ".." like any other, and "%2F" a slash. What is decoded is not
 * decoded again: "%252e" reads "%2e". Bytes that are no UTF-8, and backslashes, are bytes like others: an
 * overlong "." is no dot.
 */
#include <string.h>

#include "http/connection.h"
#include "http/url_parts.h"

/* RFC 3986, 2.1. Returns: how long it is; -EINVAL. */
static ssize_t decode(nw_slice from, char *to)
{
    const char *at = from.data, *end = from.data + from.size;
    char *out = to;

    while (at < end) {
        if (*at != '%') {
            *out++ = *at++;
            continue;
        }
        int byte = nw__url_escape((nw_slice){at, (size_t)(end - at)});
        if (byte <= 0)
            return -EINVAL;
        *out++ = (char)byte;
        at += 3;
    }
    *out = '\0';
    return out - to;
}

/* How many dots a part of the path consists of; 0: it is a name. */
static int count_dots(const char *part, size_t size_bytes)
{
    if (size_bytes == 1 && part[0] == '.')
        return 1;
    return size_bytes == 2 && part[0] == '.' && part[1] == '.' ? 2 : 0;
}

/* RFC 3986, 5.2.4, in place. `out` always stands behind a slash. */
static int remove_dots(char *path)
{
    char *out = path + 1;
    const char *part = path + 1;

    for (;;) {
        size_t size = strcspn(part, "/");
        int dots = count_dots(part, size);
        bool last = part[size] == '\0';
        if (dots == 2) {
            if (out == path + 1)
                return -EINVAL;
            for (out--; out[-1] != '/'; out--) {
            }
        } else if (dots == 0) {
            memmove(out, part, size);
            out += size;
            if (!last)
                *out++ = '/';
        }
        if (last)
            break;
        part += size + 1;
    }
    *out = '\0';
    return 0;
}

int nw__http_path_decode(nw_slice path, char *path_out)
{
    bool plain = !memchr(path.data, '%', path.size) && !memmem(path.data, path.size, "/.", 2);
    ssize_t size;

    if (path.size == 0 || path.data[0] != '/')
        return -EINVAL;
    if (plain) {
        memcpy(path_out, path.data, path.size);
        path_out[path.size] = '\0';
        return 0;
    }
    size = decode(path, path_out);
    return size < 0 ? (int)size : remove_dots(path_out);
}
