/* SPDX-License-Identifier: MIT */
/*
 * Request targets (RFC 9112, 3.2) and hosts (RFC 9110, 7.2; RFC 3986, 3.2): which form it is, which host is
 * meant. Looks at bytes that llhttp has let pass as a target; decodes nothing.
 */
#include <string.h>

#include "base/ascii.h"
#include "http/parser.h"
#include "http/url_parts.h"

static int bad(struct nw__http_parser *parser, const char *why)
{
    return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_BAD, why);
}

/* -- host [":" port] -- */

/* Returns: where the host ends; NULL: it is none. An address in brackets, or a name, which may be empty. */
static const char *host_end(const char *at, const char *end)
{
    if (at < end && *at == '[') {
        const char *begin = ++at;
        while (at < end && (nw__url_hex(*at) >= 0 || *at == ':' || *at == '.'))
            at++;
        return at < end && *at == ']' && at - begin >= 2 ? at + 1 : NULL;
    }
    while (at < end && *at != ':') {
        bool plain = nw__url_is((unsigned char)*at, NW__URL_NAME);
        if (!plain && nw__url_escape((nw_slice){at, (size_t)(end - at)}) < 0)
            return NULL;
        at += plain ? 1 : 3;
    }
    return at;
}

/* `port_out`: -1: none. */
static bool is_host(nw_slice text, bool *empty_out, int *port_out)
{
    const char *end = text.data + text.size, *at = host_end(text.data, end);
    int port = -1;

    if (!at)
        return false;
    *empty_out = at == text.data;
    if (at < end && *at++ != ':')
        return false;
    for (; at < end; at++) {
        port = (port < 0 ? 0 : port * 10) + (*at - '0');
        if (!nw__is_digit(*at) || port > 65535)
            return false;
    }
    *port_out = port;
    return true;
}

/* -- forms -- */

/* "http://host/a?b": Returns: how long the scheme and "://" are; 0: it is something else. */
static size_t scheme_bytes(nw_slice target)
{
    static const nw_slice schemes[] = {NW__LITERAL("http://"), NW__LITERAL("https://")};

    for (size_t i = 0; i < 2; i++)
        if (target.size > schemes[i].size &&
            nw__http_same((nw_slice){target.data, schemes[i].size}, schemes[i]))
            return schemes[i].size;
    return 0;
}

/* Its authority is the host, whatever the field says. */
static int absolute_form(struct nw__http_parser *parser, size_t scheme)
{
    const char *begin = parser->target.data + scheme, *end = parser->target.data + parser->target.size;
    const char *at = begin;
    bool empty;
    int port;

    while (at < end && *at != '/' && *at != '?')
        at++;
    parser->form = NW__HTTP_ABSOLUTE_FORM;
    parser->host = (nw_slice){begin, (size_t)(at - begin)};
    parser->resource = (nw_slice){at, (size_t)(end - at)};
    if (!is_host(parser->host, &empty, &port) || empty)
        return bad(parser, "a target whose host is none");
    return 0;
}

/* "host:port", both needed. */
static int authority_form(struct nw__http_parser *parser)
{
    bool empty;
    int port;

    parser->form = NW__HTTP_AUTHORITY_FORM;
    parser->host = parser->target;
    parser->resource = (nw_slice){parser->target.data + parser->target.size, 0};
    if (!is_host(parser->target, &empty, &port) || empty || port < 0)
        return bad(parser, "a CONNECT to what is no host and port");
    return 0;
}

static bool is_method(const struct nw__http_parser *parser, nw_slice name)
{
    return parser->method.size == name.size && memcmp(parser->method.data, name.data, name.size) == 0;
}

static int settle_form(struct nw__http_parser *parser)
{
    nw_slice target = parser->target;
    size_t scheme;

    if (target.size == 0)
        return bad(parser, "no target");
    if (is_method(parser, NW__LITERAL("CONNECT")))
        return authority_form(parser);
    if (memchr(target.data, '#', target.size))
        return bad(parser, "a target with a fragment");
    parser->resource = target;
    if (target.data[0] == '/')
        return 0;
    if (target.size == 1 && target.data[0] == '*' && is_method(parser, NW__LITERAL("OPTIONS"))) {
        parser->form = NW__HTTP_ASTERISK_FORM;
        return 0;
    }
    scheme = scheme_bytes(target);
    return scheme ? absolute_form(parser, scheme) : bad(parser, "a target in none of the four forms");
}

int nw__http_parser_settle_target(struct nw__http_parser *parser, nw_slice host_field)
{
    bool empty = false;
    int port, rc;

    parser->host = host_field;
    rc = settle_form(parser);
    if (rc < 0)
        return rc;
    if (!is_host(host_field, &empty, &port))
        return bad(parser, "a Host that is none");
    /* RFC 9110, 4.2.1: an http URL has a host. Only HTTP/1.0 may leave it open. */
    if (empty && parser->form == NW__HTTP_ORIGIN_FORM && (host_field.size > 0 || parser->minor_version > 0))
        return bad(parser, "an empty Host");
    return 0;
}

/* A slice of the head's text, when that has moved. */
static nw_slice moved(const struct nw__http_parser *parser, nw_slice slice, uintptr_t before)
{
    return (nw_slice){parser->headers.text.data + ((uintptr_t)slice.data - before), slice.size};
}

/* The target stands before all fields: removing one of them does not move it. */
int nw__http_parser_replace_host(struct nw__http_parser *parser)
{
    uintptr_t before = (uintptr_t)parser->headers.text.data;
    int rc;

    (void)nw_http_headers_remove(&parser->headers, "Host");
    rc = nw__http_headers_append(&parser->headers, NW__LITERAL("Host"), parser->host);
    if (rc < 0)
        return rc;
    parser->method = moved(parser, parser->method, before);
    parser->target = moved(parser, parser->target, before);
    parser->resource = moved(parser, parser->resource, before);
    parser->host = moved(parser, parser->host, before);
    return 0;
}
