/* SPDX-License-Identifier: MIT */
/*
 * URLs taken apart (RFC 3986, 3.2: user, host, port), strictly where two readers could come to two hosts.
 * Owns the one allocation in which all parts are. Never looks anything up.
 */
#include <arpa/inet.h>
#include <nowait/text.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "http/url_parts.h"

#define HOST_BYTES_MAX 255
#define PORT_MAX       65535
#define ENDS_BYTES     8 /* the NULs, and a "/": usually all that is more than the text */

/* While the memory grows, parts are offsets into it. */
struct building {
    struct nw__bytes text;
    size_t scheme, user, password, host, path, query, fragment;
    unsigned port;
};

static int append(struct building *url, nw_slice text)
{
    return nw__bytes_append(&url->text, text.data, text.size);
}

/* The NUL behind a part. Returns: where the next one begins. */
static int end_part(struct building *url, size_t *next_out)
{
    int rc = nw__bytes_append(&url->text, "", 1);

    *next_out = url->text.size_bytes;
    return rc;
}

/* -- user and password -- */

/* RFC 3986, 3.2.1. */
static bool fits_as_it_is(unsigned char c)
{
    return nw__url_is(c, NW__URL_NAME) || c == ':' || c >= 0x80;
}

/* A control character in there would be another line in a header. */
static int append_decoded(struct building *url, nw_slice text)
{
    int rc = 0;

    for (size_t i = 0, end; rc == 0 && i < text.size; i = end) {
        for (end = i; end < text.size && fits_as_it_is((unsigned char)text.data[end]);)
            end++;
        rc = nw__bytes_append(&url->text, text.data + i, end - i);
        if (rc == 0 && end < text.size) {
            int c = nw__url_escape((nw_slice){text.data + end, text.size - end});
            char byte = (char)c;
            rc = c >= 0x20 && c != 0x7f ? nw__bytes_append(&url->text, &byte, 1) : -EINVAL;
            end += 3;
        }
    }
    return rc;
}

/* One "@" at most: with two, readers differ in which host it is. */
static int take_user(struct building *url, nw_slice *authority)
{
    const char *at = authority->size > 0 ? memchr(authority->data, '@', authority->size) : NULL, *colon;
    nw_slice user = {authority->data, at ? (size_t)(at - authority->data) : 0}, password = {"", 0};
    int rc;

    colon = user.size > 0 ? memchr(user.data, ':', user.size) : NULL;
    if (colon) {
        password = (nw_slice){colon + 1, user.size - (size_t)(colon + 1 - user.data)};
        user.size = (size_t)(colon - user.data);
    }
    if (at) {
        authority->size -= (size_t)(at + 1 - authority->data);
        authority->data = at + 1;
    }
    rc = append_decoded(url, user);
    if (rc == 0)
        rc = end_part(url, &url->password);
    if (rc == 0)
        rc = append_decoded(url, password);
    return rc < 0 ? rc : end_part(url, &url->host);
}

/* -- host and port -- */

/* RFC 6874: a zone, "%25eth0"; what is in use as well: "%eth0". Its case matters. */
static int append_zone(struct building *url, nw_slice zone)
{
    size_t begin = url->text.size_bytes;
    int rc;

    if (zone.size >= 2 && zone.data[0] == '2' && zone.data[1] == '5') {
        zone.data += 2;
        zone.size -= 2;
    }
    rc = zone.size == 0 ? -EINVAL : nw__bytes_append(&url->text, "%", 1);
    if (rc == 0)
        rc = append_decoded(url, zone);
    for (size_t i = begin + 1; rc == 0 && i < url->text.size_bytes; i++)
        if (!nw__url_is((unsigned char)url->text.data[i], NW__URL_UNRESERVED))
            rc = -EINVAL;
    return rc;
}

/* Between the brackets: an IPv6 address (RFC 3986, 3.2.2). There are no others yet. */
static int append_address(struct building *url, nw_slice text)
{
    const char *percent = text.size > 0 ? memchr(text.data, '%', text.size) : NULL;
    size_t size = percent ? (size_t)(percent - text.data) : text.size;
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    int rc;

    if (size >= sizeof address)
        return -EINVAL;
    memcpy(address, text.data, size);
    address[size] = '\0';
    nw__make_lower(address, size);
    if (inet_pton(AF_INET6, address, &binary) != 1)
        return -EINVAL;
    rc = nw__bytes_append(&url->text, address, size);
    if (rc < 0 || !percent)
        return rc;
    return append_zone(url, (nw_slice){percent + 1, text.size - size - 1});
}

static bool is_number(const char *text, size_t size)
{
    bool hexadecimal = size >= 2 && text[0] == '0' && text[1] == 'x';

    for (size_t i = hexadecimal ? 2 : 0; i < size; i++)
        if (hexadecimal ? nw__url_hex(text[i]) < 0 : !nw__is_digit(text[i]))
            return false;
    return size > 0;
}

bool nw__url_is_clear(nw_slice host)
{
    size_t end = host.size > 0 && host.data[host.size - 1] == '.' ? host.size - 1 : host.size, begin = end;
    char text[INET_ADDRSTRLEN];
    struct in_addr binary;

    while (begin > 0 && host.data[begin - 1] != '.')
        begin--;
    if (!is_number(host.data + begin, end - begin))
        return true;
    if (host.size >= sizeof text)
        return false;
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    return inet_pton(AF_INET, text, &binary) == 1;
}

/* RFC 3986, 3.2.2: reg-name. What is decoded must be a name, too: never a delimiter in disguise. */
static int append_name(struct building *url, nw_slice text)
{
    size_t begin = url->text.size_bytes, size;
    int rc = append_decoded(url, text);

    if (rc < 0)
        return rc;
    size = url->text.size_bytes - begin;
    if (size == 0)
        return 0;
    nw__make_lower(url->text.data + begin, size);
    for (size_t i = begin; i < begin + size; i++)
        if (!nw__url_is((unsigned char)url->text.data[i], NW__URL_NAME))
            return -EINVAL;
    return nw__url_is_clear((nw_slice){url->text.data + begin, size}) ? 0 : -EINVAL;
}

/* RFC 3986, 3.2.3; no digits are the scheme's port. */
static int parse_port(nw_slice digits, unsigned *port)
{
    unsigned value = 0;

    for (size_t i = 0; i < digits.size; i++) {
        if (!nw__is_digit(digits.data[i]))
            return -EINVAL;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
        if (value > PORT_MAX)
            return -EINVAL;
    }
    if (digits.size > 0)
        *port = value;
    return 0;
}

static int take_host(struct building *url, nw_slice text)
{
    bool bracket = text.size > 0 && text.data[0] == '[';
    const char *end = text.size > 0 ? memchr(text.data, bracket ? ']' : ':', text.size) : NULL;
    nw_slice rest = {"", 0};
    size_t size = end ? (size_t)(end - text.data) : text.size;
    int rc;

    if (bracket && !end)
        return -EINVAL;
    if (end)
        rest = (nw_slice){end + bracket, text.size - size - bracket};
    if (rest.size > 0 && rest.data[0] != ':')
        return -EINVAL;
    if (bracket)
        rc = append_address(url, (nw_slice){text.data + 1, size - 1});
    else
        rc = append_name(url, (nw_slice){text.data, size});
    if (rc == 0 && url->text.size_bytes - url->host > HOST_BYTES_MAX)
        rc = -EINVAL;
    if (rc == 0 && rest.size > 0)
        rc = parse_port((nw_slice){rest.data + 1, rest.size - 1}, &url->port);
    return rc;
}

/* -- the whole -- */

static unsigned port_of(const char *scheme)
{
    static const struct {
        char scheme[8];
        unsigned port;
    } ports[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}};

    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (strcmp(scheme, ports[i].scheme) == 0)
            return ports[i].port;
    return 0;
}

static int build_authority(struct building *url, const struct nw__url_parts *parts)
{
    nw_slice authority = parts->authority;
    int rc = append(url, parts->scheme);

    if (rc == 0)
        rc = end_part(url, &url->user);
    if (rc < 0)
        return rc;
    nw__make_lower(url->text.data, parts->scheme.size);
    url->port = port_of(url->text.data);
    rc = take_user(url, &authority);
    if (rc == 0)
        rc = take_host(url, authority);
    /* RFC 9110, 4.2.1: a URL of HTTP without a host is none. */
    if (rc == 0 && parts->has_authority && url->port != 0 && url->text.size_bytes == url->host)
        rc = -EINVAL;
    return rc < 0 ? rc : end_part(url, &url->path);
}

static int build_rest(struct building *url, const struct nw__url_parts *parts)
{
    bool rootless = parts->path.size == 0 && parts->has_authority && url->path - url->host > 1;
    int rc = nw__url_append(&url->text, rootless ? (nw_slice){"/", 1} : parts->path, NW__URL_PATH, true);

    if (rc == 0 && parts->has_authority && url->text.size_bytes > url->path)
        url->text.size_bytes =
            url->path + nw__url_remove_dots(url->text.data + url->path, url->text.size_bytes - url->path);
    if (rc == 0)
        rc = end_part(url, &url->query);
    if (rc == 0)
        rc = nw__url_append(&url->text, parts->query, NW__URL_QUERY, true);
    if (rc == 0)
        rc = end_part(url, &url->fragment);
    return rc < 0 ? rc : nw__url_append(&url->text, parts->fragment, NW__URL_QUERY, true);
}

static nw_url finish_url(const struct building *url, char *memory, const struct nw__url_parts *parts)
{
    return (nw_url){
        .scheme = memory + url->scheme,
        .user = memory + url->user,
        .password = memory + url->password,
        .host = memory + url->host,
        .path = memory + url->path,
        .query = memory + url->query,
        .fragment = memory + url->fragment,
        .port = url->port,
        .has_query = parts->has_query,
        .has_authority = parts->has_authority,
        .memory = memory,
    };
}

static int parse_any(const char *text, nw_url *url_out)
{
    struct building url = {.scheme = 0};
    struct nw__url_parts parts;
    nw_bytes memory;
    int rc = nw__url_split(nw_slice_of(text), &parts);

    if (rc < 0)
        return rc;
    nw__bytes_init(&url.text, SIZE_MAX);
    rc = nw__bytes_reserve(&url.text, strlen(text) + ENDS_BYTES);
    if (rc == 0)
        rc = build_authority(&url, &parts);
    if (rc == 0)
        rc = build_rest(&url, &parts);
    if (rc == 0)
        rc = nw__bytes_take(&url.text, &memory);
    nw__bytes_finish(&url.text);
    if (rc == 0)
        *url_out = finish_url(&url, memory.data, &parts);
    return rc;
}

int nw_url_parse(const char *text, nw_url *url_out)
{
    int rc;

    if (!text || !url_out)
        return -EINVAL;
    rc = nw__url_parse_plain(text, url_out);
    if (rc == 0)
        return parse_any(text, url_out);
    return rc < 0 ? rc : 0;
}

void nw_url_finish(nw_url *url)
{
    if (!url)
        return;
    free(url->memory);
    *url = (nw_url){.memory = NULL};
}
