/* SPDX-License-Identifier: MIT */
/*
 * URLs as nearly all are: http(s)://name[:port][/path][?query], with nothing to decode, to encode, to make
 * lower case or to remove. These are taken apart in one pass. Whatever is not just that is left to url.c,
 * which says the same of these, only slower. Owns the one allocation in which the parts are.
 */
#include <stdlib.h>
#include <string.h>

#include "http/url_parts.h"

#define HOST_BYTES_MAX  254 /* without the NUL */
#define PORT_DIGITS_MAX 5
#define SLASH_AND_NULS  6 /* of four parts, of the empty ones, and a path where there is none */

struct plain {
    nw_slice scheme, host, path, query;
    unsigned port;
    bool has_query;
};

static const char *span(const char *at, enum nw__url_class class)
{
    while (nw__url_is((unsigned char)*at, class))
        at++;
    return at;
}

static nw_slice between(const char *begin, const char *end)
{
    return (nw_slice){begin, (size_t)(end - begin)};
}

static const char *take_scheme(const char *at, struct plain *plain)
{
    bool tls;

    if (strncmp(at, "http", 4) != 0)
        return NULL;
    tls = at[4] == 's';
    plain->scheme = (nw_slice){at, tls ? 5 : 4};
    plain->port = tls ? 443 : 80;
    at += plain->scheme.size;
    return at[0] == ':' && at[1] == '/' && at[2] == '/' ? at + 3 : NULL;
}

static const char *take_port(const char *at, struct plain *plain)
{
    const char *begin = ++at;
    unsigned value = 0;

    while (*at >= '0' && *at <= '9' && at - begin < PORT_DIGITS_MAX)
        value = value * 10 + (unsigned)(*at++ - '0');
    plain->port = value;
    return at > begin && value <= 65535 ? at : NULL;
}

/* Up to the path. A name whose last letter is none may be an address, or look like one. */
static const char *take_host(const char *at, struct plain *plain)
{
    const char *end = span(at, NW__URL_PLAIN_HOST);

    plain->host = between(at, end);
    if (plain->host.size == 0 || plain->host.size > HOST_BYTES_MAX || !nw__url_is_clear(plain->host))
        return NULL;
    return *end == ':' ? take_port(end, plain) : end;
}

/* What begins with a dot may be a segment that goes: "/.", "/..". */
static bool has_dots(nw_slice path)
{
    for (size_t i = 1; i < path.size; i++)
        if (path.data[i] == '.' && path.data[i - 1] == '/')
            return true;
    return false;
}

static const char *take_path(const char *at, struct plain *plain)
{
    const char *end = span(at, NW__URL_PATH);

    plain->path = *at == '/' ? between(at, end) : (nw_slice){"/", 1};
    return (*at == '/' || end == at) && !has_dots(plain->path) ? end : NULL;
}

static const char *take_query(const char *at, struct plain *plain)
{
    const char *begin;

    plain->has_query = *at == '?';
    begin = at += plain->has_query;
    while (plain->has_query && *(at = span(at, NW__URL_QUERY)) == '%' &&
           nw__url_escape((nw_slice){at, strnlen(at, 3)}) >= 0)
        at += 3;
    plain->query = between(begin, at);
    return at;
}

static bool is_plain(const char *text, struct plain *plain)
{
    const char *at = take_scheme(text, plain);

    at = at ? take_host(at, plain) : NULL;
    at = at ? take_path(at, plain) : NULL;
    at = at ? take_query(at, plain) : NULL;
    return at && *at == '\0' && at - text <= NW__URL_BYTES_MAX;
}

static const char *put(char **to, nw_slice part)
{
    char *begin = *to;

    memcpy(begin, part.data, part.size);
    begin[part.size] = '\0';
    *to = begin + part.size + 1;
    return begin;
}

int nw__url_parse_plain(const char *text, nw_url *url_out)
{
    struct plain plain;
    char *memory, *to;

    if (!is_plain(text, &plain))
        return 0;
    memory =
        malloc(plain.scheme.size + plain.host.size + plain.path.size + plain.query.size + SLASH_AND_NULS);
    if (!memory)
        return -ENOMEM;
    to = memory;
    *url_out =
        (nw_url){.port = plain.port, .has_query = plain.has_query, .has_authority = true, .memory = memory};
    url_out->scheme = put(&to, plain.scheme);
    url_out->host = put(&to, plain.host);
    url_out->path = put(&to, plain.path);
    url_out->query = put(&to, plain.query);
    url_out->user = url_out->password = url_out->fragment = url_out->query + plain.query.size;
    return 1;
}
