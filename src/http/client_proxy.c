/* SPDX-License-Identifier: MIT */
/*
 * Proxies: which one the options or the environment name, and which hosts are reached without. Owns its
 * strings. Must not connect.
 *
 * The variables are those that curl reads, by its rules: http_proxy in lower case only where a server could
 * have made HTTP_PROXY out of a request's header "Proxy" (CGI, RFC 3875, 4.1.18).
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "http/client.h"

/* -- one proxy -- */

static void finish_proxy(struct nw__http_proxy *proxy)
{
    free(proxy->host);
    free(proxy->authorization);
    *proxy = (struct nw__http_proxy){.host = NULL};
}

static int take_credentials(struct nw__http_proxy *proxy, const nw_url *url)
{
    struct nw__bytes text;
    nw_bytes taken;
    int rc;

    if (!*url->user && !*url->password)
        return 0;
    nw__bytes_init(&text, SIZE_MAX);
    rc = nw__http_basic(url->user, url->password, &text);
    if (rc == 0)
        rc = nw__bytes_take(&text, &taken);
    nw__bytes_finish(&text);
    if (rc == 0)
        proxy->authorization = taken.data;
    return rc;
}

static int take_url(struct nw__http_proxy *proxy, const nw_url *url)
{
    proxy->host = strdup(url->host);
    if (!proxy->host)
        return -ENOMEM;
    proxy->port = url->port ? url->port : 1080;
    proxy->unsupported = strcmp(url->scheme, "http") != 0;
    return take_credentials(proxy, url);
}

/* A scheme may be missing: "proxy.example:3128". */
static int init_proxy(struct nw__http_proxy *proxy, const char *text)
{
    char with_scheme[1024];
    nw_url url;
    int rc;

    if (!strstr(text, "://")) {
        if ((size_t)snprintf(with_scheme, sizeof with_scheme, "http://%s", text) >= sizeof with_scheme)
            return -EINVAL;
        text = with_scheme;
    }
    rc = nw_url_parse(text, &url);
    if (rc < 0)
        return rc;
    rc = *url.host ? take_url(proxy, &url) : -EINVAL;
    nw_url_finish(&url);
    if (rc < 0)
        finish_proxy(proxy);
    return rc;
}

/* -- the environment -- */

static const char *variable(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if (!value || !*value)
        value = upper ? getenv(upper) : NULL;
    return value && *value ? value : NULL;
}

/* One that makes no sense must not let requests go past it: they fail. */
static int init_from(struct nw__http_proxy *proxy, const char *text)
{
    int rc = text ? init_proxy(proxy, text) : 0;

    if (rc != -EINVAL && rc != -EMSGSIZE)
        return rc;
    proxy->host = strdup("");
    proxy->unsupported = true;
    return proxy->host ? 0 : -ENOMEM;
}

static int init_from_environment(struct nw__http_proxies *proxies)
{
    const char *all = variable("all_proxy", "ALL_PROXY");
    const char *http = variable("http_proxy", getenv("REQUEST_METHOD") ? NULL : "HTTP_PROXY");
    const char *https = variable("https_proxy", "HTTPS_PROXY");
    const char *exceptions = variable("no_proxy", "NO_PROXY");
    int rc = init_from(&proxies->http, http ? http : all);

    if (rc == 0)
        rc = init_from(&proxies->https, https ? https : all);
    if (rc == 0 && exceptions) {
        proxies->exceptions = strdup(exceptions);
        rc = proxies->exceptions ? 0 : -ENOMEM;
    }
    return rc;
}

int nw__http_proxies_init(struct nw__http_proxies *proxies, const char *option)
{
    int rc;

    *proxies = (struct nw__http_proxies){.exceptions = NULL};
    if (option && !*option)
        return 0;
    if (!option) {
        rc = init_from_environment(proxies);
    } else {
        rc = init_proxy(&proxies->http, option);
        if (rc == 0)
            rc = init_proxy(&proxies->https, option);
        if (rc == 0 && proxies->http.unsupported)
            rc = -EINVAL;
    }
    if (rc < 0)
        nw__http_proxies_finish(proxies);
    return rc;
}

void nw__http_proxies_finish(struct nw__http_proxies *proxies)
{
    finish_proxy(&proxies->http);
    finish_proxy(&proxies->https);
    free(proxies->exceptions);
    proxies->exceptions = NULL;
}

/* -- exceptions -- */

/* An address as text, without its zone. */
static bool read_address(int family, const char *text, size_t size, unsigned char *address_out)
{
    char copy[64];

    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return inet_pton(family, copy, address_out) == 1;
}

/* "10.0.0.0/8", "fe80::/10", or an address without bits. */
static bool in_network(const char *entry, const char *host)
{
    unsigned char network[16], address[16];
    const char *slash = strchr(entry, '/');
    size_t size = slash ? (size_t)(slash - entry) : strlen(entry);
    int family = strchr(host, ':') ? AF_INET6 : AF_INET;
    unsigned long bits = family == AF_INET6 ? 128 : 32;

    if (!read_address(family, entry, size, network) ||
        !read_address(family, host, strcspn(host, "%"), address))
        return false;
    if (slash) {
        char *end;
        unsigned long asked = strtoul(slash + 1, &end, 10);
        if (*end || end == slash + 1 || asked > bits)
            return false;
        bits = asked;
    }
    if (memcmp(network, address, bits / 8) != 0)
        return false;
    unsigned mask = bits % 8 ? 0xff00u >> bits % 8 & 0xffu : 0;
    return !mask || ((network[bits / 8] ^ address[bits / 8]) & mask) == 0;
}

static size_t without_dot(const char *host)
{
    size_t size = strlen(host);

    return size > 1 && host[size - 1] == '.' ? size - 1 : size;
}

/* The name itself, and all below it. */
static bool in_domain(const char *entry, const char *host)
{
    size_t host_bytes = without_dot(host), size;

    if (*entry == '.')
        entry++;
    size = without_dot(entry);
    if (size == 0 || size > host_bytes ||
        !nw__http_same((nw_slice){host + host_bytes - size, size}, (nw_slice){entry, size}))
        return false;
    return size == host_bytes || host[host_bytes - size - 1] == '.';
}

/* "[::1]", "host:8080": without what is around the host. False: it is for another port. */
static bool strip(char *entry, unsigned port)
{
    char *close = *entry == '[' ? strchr(entry, ']') : NULL, *colon = strrchr(close ? close : entry, ':');

    if (colon && (close || colon == strchr(entry, ':'))) {
        if (strtoul(colon + 1, NULL, 10) != port)
            return false;
        *colon = '\0';
    }
    if (close) {
        *close = '\0';
        memmove(entry, entry + 1, (size_t)(close - entry));
    }
    return true;
}

static bool entry_names(const char *text, size_t size, const char *host, unsigned port)
{
    char entry[256];

    if (size == 0 || size >= sizeof entry)
        return false;
    memcpy(entry, text, size);
    entry[size] = '\0';
    if (!strip(entry, port))
        return false;
    return in_network(entry, host) || in_domain(entry, host);
}

bool nw__http_proxy_excepted(const char *exceptions, const char *host, unsigned port)
{
    if (!exceptions)
        return false;
    if (strcmp(exceptions, "*") == 0)
        return true;
    while (*exceptions) {
        size_t size = strcspn(exceptions, ", \t");
        if (entry_names(exceptions, size, host, port))
            return true;
        exceptions += size;
        exceptions += strspn(exceptions, ", \t");
    }
    return false;
}

const struct nw__http_proxy *nw__http_proxy_for(const struct nw__http_proxies *proxies, bool tls,
                                                const char *host, unsigned port)
{
    const struct nw__http_proxy *proxy = tls ? &proxies->https : &proxies->http;

    if (!proxy->host || nw__http_proxy_excepted(proxies->exceptions, host, port))
        return NULL;
    return proxy;
}
