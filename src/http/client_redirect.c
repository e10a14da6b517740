/* SPDX-License-Identifier: MIT */
/*
 * Redirects (RFC 9110, 15.4): which answers are one, and what the next request is. Owns nothing.
 */
#include <string.h>

#include "http/client.h"

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool nw__http_leads_elsewhere(const struct nw__http_call *call, const char **location_out)
{
    const nw_http_response *response = call->response;
    const char *location;

    if (!is_redirect(response->status) || call->client->options.no_redirects || call->request->no_redirects)
        return false;
    location = nw_http_headers_get(&response->headers, "Location");
    if (!location)
        return false;
    *location_out = location;
    return true;
}

static int leads_nowhere(struct nw__http_call *call, const char *why)
{
    call->why = why;
    return NW_EREDIRECT;
}

/* RFC 9110, 10.2.2: a fragment is kept where the new reference has none. */
static int resolve(const struct nw__http_call *call, const char *location, nw_url *url_out)
{
    struct nw__bytes text;
    nw_bytes base = {NULL, 0}, target = {NULL, 0};
    int rc;

    nw__bytes_init(&text, SIZE_MAX);
    rc = nw__http_format_url(&call->url, false, &text);
    if (rc == 0)
        rc = nw__bytes_take(&text, &base);
    if (rc == 0)
        rc = nw_url_resolve(base.data, location, &target);
    nw__bytes_finish(&text);
    nw_bytes_finish(&base);
    if (rc < 0)
        return rc;
    nw__bytes_init(&text, SIZE_MAX);
    rc = nw__bytes_append(&text, target.data, target.size);
    if (rc == 0 && target.data && !strchr(target.data, '#') && *call->url.fragment) {
        rc = nw__bytes_append(&text, "#", 1);
        if (rc == 0)
            rc = nw__bytes_append(&text, call->url.fragment, strlen(call->url.fragment));
    }
    nw_bytes_finish(&target);
    if (rc == 0)
        rc = nw__bytes_take(&text, &target);
    nw__bytes_finish(&text);
    if (rc == 0)
        rc = nw_url_parse(target.data, url_out);
    nw_bytes_finish(&target);
    return rc;
}

static bool is_http(const nw_url *url)
{
    return (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0) && *url->host;
}

/* RFC 9110, 15.4.2 to 15.4.4: POST becomes GET by custom, everything but HEAD does after a 303. */
static void change_method(struct nw__http_call *call)
{
    int status = call->response->status;
    bool post = strcmp(call->method, "POST") == 0, head = strcmp(call->method, "HEAD") == 0;

    if ((post && (status == 301 || status == 302)) || (!head && status == 303)) {
        call->method = "GET";
        nw__http_payload_drop(&call->payload);
    }
}

int nw__http_redirect(struct nw__http_call *call, const char *location)
{
    nw_url url = {.scheme = "", .host = ""};
    int rc = resolve(call, location, &url);

    call->phase = NW_HTTP_PHASE_REDIRECT;
    if (rc < 0)
        return rc == -ENOMEM ? rc : leads_nowhere(call, "the new location makes no sense");
    if (!is_http(&url)) {
        nw_url_finish(&url);
        return leads_nowhere(call, "the new location is not of HTTP");
    }
    if (strcmp(url.scheme, call->url.scheme) != 0 || strcmp(url.host, call->url.host) != 0 ||
        url.port != call->url.port)
        call->away = true;
    if (call->url.memory != call->first.memory)
        nw_url_finish(&call->url);
    call->url = url;
    change_method(call);
    if (nw__http_payload_rewind(&call->payload) < 0)
        return leads_nowhere(call, "the body cannot be sent a second time");
    return 0;
}
