/* SPDX-License-Identifier: MIT */
/*
 * What a request is for: a URL that was checked and taken apart, where connections for it lead, and its text.
 * Never changes once made, so that a call, its response and the client share one: who asks for the same URL
 * again is given the same. Owns the parts.
 */
#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "http/client.h"
#include "http/url_parts.h"

#define PORT_BYTES sizeof ":65535"

/* -- writing -- */

/* A colon, and digits: once or twice a request, so that printf's generality is felt. */
static char *put_port(char *to, unsigned port)
{
    char digits[16], *at = digits + sizeof digits;
    size_t size;

    for (; port > 0; port /= 10)
        *--at = (char)('0' + port % 10);
    *--at = ':';
    size = (size_t)(digits + sizeof digits - at);
    memcpy(to, at, size);
    return to + size;
}

/* RFC 3986, 3.2.2: an IPv6 address stands in brackets. Room for these and the port is there. */
static char *put_host(char *to, nw_slice host, unsigned port)
{
    bool brackets = memchr(host.data, ':', host.size) != NULL;

    if (brackets)
        *to++ = '[';
    memcpy(to, host.data, host.size);
    to += host.size;
    if (brackets)
        *to++ = ']';
    return port ? put_port(to, port) : to;
}

static int format_host(nw_slice host, unsigned port, struct nw__bytes *out)
{
    int rc = nw__bytes_reserve(out, host.size + sizeof "[]" + PORT_BYTES);

    if (rc < 0)
        return rc;
    char *tail = nw__bytes_tail(out);
    nw__bytes_commit(out, (size_t)(put_host(tail, host, port) - tail));
    return 0;
}

int nw__http_format_host(const char *host, unsigned port, struct nw__bytes *out)
{
    return format_host(nw_slice_of(host), port, out);
}

/* RFC 6874, 4: a zone is nobody's business but this machine's, neither a server's nor a proxy's. */
int nw__http_format_sent_host(const char *host, unsigned port, struct nw__bytes *out)
{
    return format_host((nw_slice){host, strcspn(host, "%")}, port, out);
}

static size_t room_for(const nw_url *url)
{
    return strlen(url->scheme) + strlen(url->host) + strlen(url->path) + strlen(url->query) +
           strlen(url->fragment) + sizeof "://[]?#" + PORT_BYTES;
}

/* Without what lets somebody in. Returns: where in it the path and the query are. */
static nw_slice put_url(const nw_url *url, char *to)
{
    unsigned standard = url->scheme[4] == 's' ? 443 : 80;
    const char *path;

    to = stpcpy(stpcpy(to, url->scheme), "://");
    to = put_host(to, nw_slice_of(url->host), url->port == standard ? 0 : url->port);
    path = to;
    to = stpcpy(to, url->path);
    if (url->has_query)
        to = stpcpy(stpcpy(to, "?"), url->query);
    if (*url->fragment)
        stpcpy(stpcpy(to, "#"), url->fragment);
    return (nw_slice){path, (size_t)(to - path)};
}

/* -- checking -- */

/* What would end the host's name in a header or in a place to connect to. A URL has none of it; but much
 * depends on it. The rest: addresses of IPv6, with a zone. */
static bool is_host(const char *host)
{
    for (const char *c = host; *c; c++)
        if (!nw__url_is((unsigned char)*c, NW__URL_NAME) && *c != ':' && *c != '%')
            return false;
    return *host != '\0';
}

static int check(const nw_url *url, const char **why_out)
{
    if ((strcmp(url->scheme, "http") != 0 && strcmp(url->scheme, "https") != 0) || !*url->host) {
        *why_out = "only http://HOST and https://HOST can be asked";
        return -EINVAL;
    }
    if (!is_host(url->host) || url->port == 0 || !nw__http_is_basic(url->user, url->password))
        return -EINVAL;
    return 0;
}

/* -- life -- */

static struct nw__http_target *make(nw_http_client *client, const nw_url *url)
{
    bool tls = url->scheme[4] == 's'; /* "http" or "https": see above */
    struct nw__http_target *target = malloc(sizeof *target + room_for(url));

    if (!target)
        return NULL;
    target->users = 1;
    target->url = *url;
    target->origin = (struct nw__http_origin){
        .host = target->url.host,
        .port = target->url.port,
        .tls = tls,
        .proxy = nw__http_proxy_for(&client->proxies, tls, target->url.host, target->url.port),
    };
    target->origin.hash = nw__http_hash_origin(&target->origin);
    target->path = put_url(&target->url, target->text);
    return target;
}

int nw__http_target_find(nw_http_client *client, const char *text, const char **why_out,
                         struct nw__http_target **target_out)
{
    struct nw__http_target *target = client->last_target;
    nw_url url;
    int rc;

    if (target && strcmp(target->text, text) == 0) {
        *target_out = nw__http_target_share(target);
        return 0;
    }
    rc = nw_url_parse(text, &url);
    if (rc < 0)
        return rc;
    rc = check(&url, why_out);
    target = rc == 0 ? make(client, &url) : NULL;
    if (!target) {
        nw_url_finish(&url);
        return rc < 0 ? rc : -ENOMEM;
    }
    if (strcmp(target->text, text) == 0) { /* so it has no credentials, either */
        nw__http_target_release(client->last_target);
        client->last_target = nw__http_target_share(target);
    }
    *target_out = target;
    return 0;
}

void nw__http_target_free(struct nw__http_target *target)
{
    nw_url_finish(&target->url);
    free(target);
}
