/* SPDX-License-Identifier: MIT */
/*
 * Places of the network as text: taken apart, and addresses put into words. Owns nothing, waits for nothing,
 * asks nobody: a host that is a name stays one.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "io/socket.h"

_Static_assert(sizeof(((nw_address *)0)->data) >= sizeof(struct sockaddr_storage), "any address fits");

/* -- ports -- */

bool nw__port_parse(const char *text, uint16_t *port_out)
{
    unsigned port = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (unsigned)(*text - '0');
        if (port > UINT16_MAX)
            return false;
    }
    *port_out = (uint16_t)port;
    return true;
}

void nw__address_set_port(nw_address *address, uint16_t port)
{
    if (nw__address_family(address) == AF_INET)
        nw__address_of(address)->v4.sin_port = htons(port);
    else if (nw__address_family(address) == AF_INET6)
        nw__address_of(address)->v6.sin6_port = htons(port);
}

unsigned nw_address_port(const nw_address *address)
{
    if (!address)
        return 0;
    if (nw__address_family(address) == AF_INET)
        return ntohs(nw__address_of_const(address)->v4.sin_port);
    if (nw__address_family(address) == AF_INET6)
        return ntohs(nw__address_of_const(address)->v6.sin6_port);
    return 0;
}

void nw__address_map(nw_address *address)
{
    nw_address mapped = {.size = sizeof(struct sockaddr_in6)};
    nw__sockaddr *to = nw__address_of(&mapped);
    const nw__sockaddr *from = nw__address_of_const(address);

    if (nw__address_family(address) != AF_INET)
        return;
    to->v6.sin6_family = AF_INET6;
    to->v6.sin6_port = from->v4.sin_port;
    to->v6.sin6_addr.s6_addr[10] = to->v6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&to->v6.sin6_addr.s6_addr[12], &from->v4.sin_addr, sizeof from->v4.sin_addr);
    *address = mapped;
}

void nw__address_unmap(nw_address *address)
{
    nw_address plain = {.size = sizeof(struct sockaddr_in)};
    nw__sockaddr *to = nw__address_of(&plain);
    const nw__sockaddr *from = nw__address_of_const(address);

    if (nw__address_family(address) != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr))
        return;
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = from->v6.sin6_port;
    memcpy(&to->v4.sin_addr, &from->v6.sin6_addr.s6_addr[12], sizeof to->v4.sin_addr);
    *address = plain;
}

/* -- addresses in digits -- */

static bool parse_v4(const char *host, nw_address *address)
{
    nw__sockaddr *to = nw__address_of(address);

    if (inet_pton(AF_INET, host, &to->v4.sin_addr) != 1)
        return false;
    to->v4.sin_family = AF_INET;
    address->size = sizeof to->v4;
    return true;
}

/* A number, or the name of an interface. */
static bool parse_scope(const char *text, uint32_t *scope_out)
{
    int saved_errno = errno;
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && !*end && number <= UINT32_MAX;

    *scope_out = is_number ? (uint32_t)number : if_nametoindex(text);
    errno = saved_errno;
    return is_number || *scope_out > 0;
}

static bool parse_v6(const char *host, nw_address *address)
{
    nw__sockaddr *to = nw__address_of(address);
    const char *percent = strchr(host, '%');
    size_t length = percent ? (size_t)(percent - host) : strlen(host);
    char digits[INET6_ADDRSTRLEN];

    if (length >= sizeof digits)
        return false;
    memcpy(digits, host, length);
    digits[length] = '\0';
    if (inet_pton(AF_INET6, digits, &to->v6.sin6_addr) != 1)
        return false;
    if (percent && !parse_scope(percent + 1, &to->v6.sin6_scope_id))
        return false;
    to->v6.sin6_family = AF_INET6;
    address->size = sizeof to->v6;
    return true;
}

bool nw__address_numeric(const char *host, const char *service, nw_address *address_out)
{
    nw_address address = {.size = 0};
    uint16_t port;

    if (!nw__port_parse(service, &port))
        return false;
    if (!parse_v4(host, &address) && !parse_v6(*host ? host : "::", &address))
        return false;
    nw__address_set_port(&address, port);
    *address_out = address;
    return true;
}

/* -- places -- */

static int copy_part(char *to, size_t room_bytes, const char *from, size_t size_bytes)
{
    if (size_bytes >= room_bytes)
        return -EINVAL;
    memcpy(to, from, size_bytes);
    to[size_bytes] = '\0';
    return 0;
}

/* An address with colons stands in brackets: else nobody knows where its port begins. */
int nw__host_port_parse(const char *text, struct nw__where *where)
{
    const char *host = text, *colon = strrchr(text, ':'), *end = colon;

    if (!colon || !colon[1])
        return -EINVAL;
    if (*host == '[') {
        end = strchr(++host, ']');
        if (!end || end + 1 != colon || end == host)
            return -EINVAL;
    } else if (memchr(host, ':', (size_t)(colon - host))) {
        return -EINVAL;
    }
    uint16_t port;
    bool digits = colon[1 + strspn(colon + 1, "0123456789")] == '\0';
    if ((digits && !nw__port_parse(colon + 1, &port)) || strpbrk(text, " \t\r\n/"))
        return -EINVAL;
    int rc = copy_part(where->host, sizeof where->host, host, (size_t)(end - host));
    return rc < 0 ? rc : copy_part(where->service, sizeof where->service, colon + 1, strlen(colon + 1));
}

/* "@NAME" has no file; the NUL in front of it is not shown, and none ends it. */
static int parse_unix(const char *path, nw_address *address)
{
    nw__sockaddr *to = nw__address_of(address);
    size_t length = strlen(path);

    *address = (nw_address){.size = 0};
    if (length == 0 || (path[0] == '@' && length == 1))
        return -EINVAL;
    if (length + (path[0] != '@') > sizeof to->un.sun_path)
        return -ENAMETOOLONG;
    to->un.sun_family = AF_UNIX;
    memcpy(to->un.sun_path, path, length);
    if (path[0] == '@')
        to->un.sun_path[0] = '\0';
    address->size = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] != '@'));
    return 0;
}

static const struct {
    const char *prefix;
    enum nw__scheme scheme;
} schemes[] = {
    {"tcp://", NW__SCHEME_TCP}, {"tls://", NW__SCHEME_TLS}, {"udp://", NW__SCHEME_UDP},
    {"unix:", NW__SCHEME_UNIX}, {"fd:", NW__SCHEME_FD},     {"systemd:", NW__SCHEME_SYSTEMD},
};

int nw__where_parse(const char *text, struct nw__where *where_out)
{
    if (!text)
        return -EINVAL;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i].prefix);
        if (strncmp(text, schemes[i].prefix, length) != 0)
            continue;
        where_out->scheme = schemes[i].scheme;
        where_out->rest = text + length;
        if (where_out->scheme == NW__SCHEME_UNIX)
            return parse_unix(text + length, &where_out->address);
        return where_out->scheme < NW__SCHEME_UNIX ? nw__host_port_parse(text + length, where_out) : 0;
    }
    return -EINVAL;
}

/* -- in words -- */

static int say(char *text, size_t size_bytes, const char *format, ...) NW_PRINTF(3, 4);

static int say(char *text, size_t size_bytes, const char *format, ...)
{
    char all[NW_ADDRESS_TEXT_BYTES + 16];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(all, sizeof all, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= size_bytes || (size_t)length >= sizeof all)
        return -ENOSPC;
    memcpy(text, all, (size_t)length + 1);
    return length;
}

static int say_v6(const struct sockaddr_in6 *v6, char *text, size_t size_bytes)
{
    char digits[INET6_ADDRSTRLEN], scope[IF_NAMESIZE + 1] = "";

    inet_ntop(AF_INET6, &v6->sin6_addr, digits, sizeof digits);
    if (v6->sin6_scope_id) {
        scope[0] = '%';
        if (!if_indextoname(v6->sin6_scope_id, scope + 1))
            snprintf(scope + 1, IF_NAMESIZE, "%u", v6->sin6_scope_id);
    }
    return say(text, size_bytes, "[%s%s]:%u", digits, scope, ntohs(v6->sin6_port));
}

/* A socket without a name is "unix:". */
static int say_unix(const nw_address *address, char *text, size_t size_bytes)
{
    const nw__sockaddr *at = nw__address_of_const(address);
    size_t length = address->size - offsetof(struct sockaddr_un, sun_path);

    if (address->size <= offsetof(struct sockaddr_un, sun_path))
        return say(text, size_bytes, "unix:");
    if (!at->un.sun_path[0])
        return say(text, size_bytes, "unix:@%.*s", (int)length - 1, at->un.sun_path + 1);
    return say(text, size_bytes, "unix:%.*s", (int)length, at->un.sun_path);
}

static int say_any(const nw_address *address, char *text, size_t size_bytes)
{
    const nw__sockaddr *at = nw__address_of_const(address);
    char digits[INET_ADDRSTRLEN];

    switch (nw__address_family(address)) {
    case AF_INET:
        inet_ntop(AF_INET, &at->v4.sin_addr, digits, sizeof digits);
        return say(text, size_bytes, "%s:%u", digits, ntohs(at->v4.sin_port));
    case AF_INET6:
        return say_v6(&at->v6, text, size_bytes);
    case AF_UNIX:
        return say_unix(address, text, size_bytes);
    default:
        return -EAFNOSUPPORT;
    }
}

int nw_address_text(const nw_address *address, char *text, size_t size_bytes)
{
    int saved_errno = errno, rc;

    if (!address || !text || address->size > sizeof address->data)
        return -EINVAL;
    rc = say_any(address, text, size_bytes);
    errno = saved_errno;
    return rc;
}
