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
static int resolve(const struct nw__http_call *call, const char *location, nw_bytes *text_out)
{
    const char *fragment = call->target->url.fragment;
    struct nw__bytes text;
    nw_bytes found;
    int rc = nw_url_resolve(call->target->text, location, &found);

    if (rc < 0)
        return rc;
    nw__bytes_init(&text, SIZE_MAX);
    rc = nw__bytes_append(&text, found.data, found.size);
    if (rc == 0 && !strchr(found.data, '#') && *fragment) {
        rc = nw__bytes_append(&text, "#", 1);
        if (rc == 0)
            rc = nw__bytes_append(&text, fragment, strlen(fragment));
    }
    nw_bytes_finish(&found);
    if (rc == 0)
        rc = nw__bytes_take(&text, text_out);
    nw__bytes_finish(&text);
    return rc;
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

static bool same_host(const struct nw__http_target *a, const struct nw__http_target *b)
{
    return a->origin.tls == b->origin.tls && a->origin.port == b->origin.port &&
           strcmp(a->origin.host, b->origin.host) == 0;
}

int nw__http_redirect(struct nw__http_call *call, const char *location)
{
    struct nw__http_target *target;
    const char *why = NULL;
    nw_bytes text;
    int rc = resolve(call, location, &text);

    call->phase = NW_HTTP_PHASE_REDIRECT;
    if (rc == 0) {
        rc = nw__http_target_find(call->client, text.data, &why, &target);
        nw_bytes_finish(&text);
    }
    if (rc == -ENOMEM)
        return rc;
    if (rc != 0)
        return leads_nowhere(call,
                             why ? "the new location is not of HTTP" : "the new location makes no sense");
    call->away = call->away || !same_host(target, call->target);
    nw__http_target_release(call->target);
    call->target = target;
    change_method(call);
    if (nw__http_payload_rewind(&call->payload) < 0)
        return leads_nowhere(call, "the body cannot be sent a second time");
    return 0;
}
