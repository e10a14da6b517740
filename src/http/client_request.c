/* SPDX-License-Identifier: MIT */
/*
 * The head of a request: what the caller gave is checked, then written as it goes out. Owns nothing. Must not
 * send.
 *
 * Nothing that a caller passes can become a second field or a second request: what does not fit its place is
 * -EINVAL (RFC 9110, 5.5; RFC 9112, 11.1).
 */
#include <nowait/text.h>
#include <string.h>

#include "base/options.h"
#include "http/body.h"
#include "http/client.h"

static bool same(const char *a, const char *b)
{
    return nw__http_same(nw_slice_of(a), nw_slice_of(b));
}

/* -- checking -- */

/* What says where a message ends, or belongs to this connection alone, is the client's to say. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {
        "Content-Length", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
        "Expect"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (same(name, names[i]))
            return true;
    return false;
}

static bool is_field(const nw_pair *field)
{
    if (!field->name || !field->value || !nw__http_is_token(nw_slice_of(field->name)) ||
        !nw__http_is_value(nw_slice_of(field->value)) || is_reserved(field->name))
        return false;
    return !same(field->name, "Connection") || same(field->value, "close");
}

int nw__http_check_fields(const nw_pair *fields, size_t count)
{
    bool host = false;

    if (count == 0)
        return 0;
    if (!fields)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (!is_field(&fields[i]) || (host && same(fields[i].name, "Host")))
            return -EINVAL;
        host = host || same(fields[i].name, "Host");
    }
    return 0;
}

/* RFC 9110, 6.5.1: trailers hold nothing that a receiver must know before. There are some. */
static int check_trailers(const nw_http_request_options *request)
{
    static const char *const names[] = {"Host",         "Authorization",    "Cookie",
                                        "Content-Type", "Content-Encoding", "Connection"};
    int rc = nw__http_check_fields(request->trailers, request->trailer_count);

    for (size_t i = 0; rc == 0 && i < request->trailer_count; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (same(request->trailers[i].name, names[k]))
                rc = -EINVAL;
    return rc;
}

static bool is_value_or_null(const char *text)
{
    return !text || nw__http_is_value(nw_slice_of(text));
}

/* RFC 9110, 7.8: protocols with versions, in a list. */
static bool is_upgrade(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!strchr("/, ", *c) && !nw__http_is_token((nw_slice){c, 1}))
            return false;
    return *text != '\0';
}

static bool has_good_times(const nw_http_request_options *request)
{
    return request->connect_timeout_ns >= 0 && request->first_byte_timeout_ns >= 0 &&
           request->read_timeout_ns >= 0 && request->whole_timeout_ns >= 0;
}

int nw__http_check_request(const nw_http_request_options *request)
{
    const char *method = request->method;
    int rc = 0;

    if (!request->url || !nw__reserved_unused(request) || !has_good_times(request))
        return -EINVAL;
    if (method && (!nw__http_is_token(nw_slice_of(method)) || strlen(method) > 15 || same(method, "CONNECT")))
        return -EINVAL;
    if (!is_value_or_null(request->media_type) || (request->upgrade && !is_upgrade(request->upgrade)) ||
        (request->bearer && !nw__http_is_bearer(request->bearer)) || (request->password && !request->user) ||
        (request->bearer && request->user) ||
        (request->user && !nw__http_is_basic(request->user, request->password ? request->password : "")) ||
        (request->query_count > 0 && !request->query))
        return -EINVAL;
    if (request->header_count > 0)
        rc = nw__http_check_fields(request->headers, request->header_count);
    return rc == 0 && request->trailer_count > 0 ? check_trailers(request) : rc;
}

/* -- writing -- */

static int put(struct nw__bytes *out, const char *text)
{
    return nw__bytes_append(out, text, strlen(text));
}

static int put_field(struct nw__bytes *out, const char *name, const char *value)
{
    int rc = put(out, name);

    if (rc == 0)
        rc = nw__bytes_append(out, ": ", 2);
    if (rc == 0)
        rc = put(out, value);
    return rc < 0 ? rc : nw__bytes_append(out, "\r\n", 2);
}

static unsigned shown_port(const struct nw__http_call *call)
{
    return call->target->origin.port == (call->target->origin.tls ? 443 : 80) ? 0 : call->target->origin.port;
}

/* Does the request bring this field itself? */
static bool brings(const struct nw__http_call *call, const char *name)
{
    const nw_http_request_options *request = call->request;

    if (nw__http_is_usual(call))
        return false;
    for (size_t i = 0; i < request->header_count; i++)
        if (same(request->headers[i].name, name))
            return true;
    return nw_http_headers_get(&call->client->headers, name) != NULL;
}

/* RFC 9112, 3.2.1, 3.2.2: to a proxy, all of the URL. */
static int put_line(const struct nw__http_call *call, struct nw__bytes *out)
{
    const struct nw__http_target *target = call->target;
    int rc = put(out, call->method);

    if (rc == 0)
        rc = nw__bytes_append(out, " ", 1);
    if (rc == 0 && target->origin.proxy && !target->origin.tls) {
        rc = put(out, "http://");
        if (rc == 0)
            rc = nw__http_format_sent_host(target->origin.host, shown_port(call), out);
    }
    if (rc == 0)
        rc = nw__bytes_append(out, target->path.data, target->path.size);
    return rc < 0 ? rc : nw__bytes_append(out, " HTTP/1.1\r\n", 11);
}

/* RFC 9110, 7.2: the first of the fields. */
static int put_host(const struct nw__http_call *call, struct nw__bytes *out)
{
    int rc;

    if (!call->away && brings(call, "Host"))
        return 0;
    rc = put(out, "Host: ");
    if (rc == 0)
        rc = nw__http_format_sent_host(call->target->url.host, shown_port(call), out);
    return rc < 0 ? rc : nw__bytes_append(out, "\r\n", 2);
}

static bool may_decode(const struct nw__http_call *call)
{
    return !call->client->options.no_decoding && !call->request->no_decoding && !call->request->upgrade;
}

/* Is the answer's body decoded? Then it is said which codings it may have. */
static bool wants_decoding(const struct nw__http_call *call)
{
    return may_decode(call) && !brings(call, "Accept-Encoding") && !brings(call, "Range");
}

static int put_agent(const struct nw__http_call *call, struct nw__bytes *out)
{
    const nw_http_client *client = call->client;
    int rc = *client->user_agent && !brings(call, "User-Agent")
                 ? put_field(out, "User-Agent", client->user_agent)
                 : 0;

    return rc == 0 && !brings(call, "Accept") ? put_field(out, "Accept", "*/*") : rc;
}

static int put_codings(struct nw__bytes *out)
{
    return put_field(out, "Accept-Encoding", nw__http_codings());
}

static int put_defaults(struct nw__http_call *call, struct nw__bytes *out)
{
    int rc = put_host(call, out);

    if (rc == 0)
        rc = put_agent(call, out);
    call->decodes = wants_decoding(call);
    return rc == 0 && call->decodes ? put_codings(out) : rc;
}

static int prepare_usual(const struct nw__http_call *call, struct nw__http_host *host)
{
    int rc = put_host(call, &host->usual);

    if (rc == 0)
        rc = put_agent(call, &host->usual);
    host->usual_bytes = host->usual.size_bytes;
    if (rc == 0)
        rc = put_codings(&host->usual);
    if (rc < 0)
        nw__bytes_finish(&host->usual);
    return rc;
}

static int put_usual(struct nw__http_call *call, struct nw__bytes *out)
{
    struct nw__http_host *host = call->connection->host;
    int rc = host->usual.data ? 0 : prepare_usual(call, host);

    if (rc < 0)
        return rc;
    call->decodes = may_decode(call);
    return nw__bytes_append(out, host->usual.data,
                            call->decodes ? host->usual.size_bytes : host->usual_bytes);
}

/* Another origin gets nothing that lets somebody in here (RFC 9110, 15.4, and what browsers do). */
static bool is_credential(const char *name)
{
    return same(name, "Authorization") || same(name, "Cookie") || same(name, "Proxy-Authorization");
}

/* A redirect that has made it a GET says nothing of the body that was. */
static bool is_of_body(const char *name)
{
    return name[0] != '\0' && strlen(name) > 8 && nw__http_same((nw_slice){name, 8}, nw_slice_of("Content-"));
}

static bool may_pass(const struct nw__http_call *call, const char *name)
{
    bool bodiless = call->payload.kind == NW__HTTP_NOTHING && call->payload.dropped;

    return !(call->away && (is_credential(name) || same(name, "Host"))) && !(bodiless && is_of_body(name));
}

static bool requested(const nw_http_request_options *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (same(request->headers[i].name, name))
            return true;
    return false;
}

static int put_fields(const struct nw__http_call *call, struct nw__bytes *out)
{
    const nw_http_request_options *request = call->request;
    nw_pair field;
    int rc = 0;

    for (size_t i = 0; i < request->header_count && rc == 0; i++)
        if (may_pass(call, request->headers[i].name))
            rc = put_field(out, request->headers[i].name, request->headers[i].value);
    for (size_t i = 0; rc == 0 && nw_http_headers_at(&call->client->headers, i, &field); i++)
        if (!requested(request, field.name) && may_pass(call, field.name))
            rc = put_field(out, field.name, field.value);
    return rc;
}

static int put_basic(struct nw__bytes *out, const char *user, const char *password)
{
    int rc = put(out, "Authorization: ");

    if (rc == 0)
        rc = nw__http_basic(user, password ? password : "", out);
    return rc < 0 ? rc : nw__bytes_append(out, "\r\n", 2);
}

static bool has_credentials(const struct nw__http_call *call)
{
    return call->request->bearer || call->request->user || *call->first->url.user ||
           *call->first->url.password;
}

static int put_authorization(const struct nw__http_call *call, struct nw__bytes *out)
{
    const nw_http_request_options *request = call->request;
    int rc;

    if (!request->bearer && request->user)
        return put_basic(out, request->user, request->password);
    if (!request->bearer)
        return put_basic(out, call->first->url.user, call->first->url.password);
    rc = put(out, "Authorization: Bearer ");
    if (rc == 0)
        rc = put(out, request->bearer);
    return rc < 0 ? rc : put(out, "\r\n");
}

static int put_credentials(const struct nw__http_call *call, struct nw__bytes *out)
{
    const struct nw__http_proxy *proxy = call->target->origin.proxy;
    int rc = has_credentials(call) && !call->away && !brings(call, "Authorization")
                 ? put_authorization(call, out)
                 : 0;

    if (rc == 0 && proxy && proxy->authorization && !call->target->origin.tls)
        rc = put_field(out, "Proxy-Authorization", proxy->authorization);
    return rc;
}

static int put_cookies(const struct nw__http_call *call, struct nw__bytes *out)
{
    size_t before = out->size_bytes, named;
    int rc;

    if (!call->client->jar || (!call->away && brings(call, "Cookie")))
        return 0;
    rc = put(out, "Cookie: ");
    named = out->size_bytes;
    if (rc == 0)
        rc = nw__cookie_jar_give(call->client->jar, &call->target->url, nw__http_now_s(), out);
    if (rc == 0 && out->size_bytes == named)
        out->size_bytes = before;
    else if (rc == 0)
        rc = put(out, "\r\n");
    return rc;
}

static int put_trailer_names(const nw_http_request_options *request, struct nw__bytes *out)
{
    int rc = 0;

    for (size_t i = 0; i < request->trailer_count && rc == 0; i++)
        rc = put_field(out, "Trailer", request->trailers[i].name);
    return rc;
}

/* RFC 9110, 8.6: methods that usually have a body say its length also when it is empty. */
static bool expects_body(const char *method)
{
    return method[0] == 'P' &&
           (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0);
}

/* RFC 9112, 6. */
static int put_body_fields(const struct nw__http_call *call, struct nw__bytes *out)
{
    const struct nw__http_payload *payload = &call->payload;
    char size[24];
    int rc = 0;

    if (payload->kind == NW__HTTP_NOTHING)
        return expects_body(call->method) ? put_field(out, "Content-Length", "0") : 0;
    if (payload->media_type && !brings(call, "Content-Type"))
        rc = put_field(out, "Content-Type", payload->media_type);
    if (rc < 0)
        return rc;
    if (call->request->expect_continue &&
        payload->size_bytes != 0) /* RFC 9110, 10.1.1: not without content */
        rc = put_field(out, "Expect", "100-continue");
    if (rc == 0 && payload->size_bytes < 0) {
        rc = put_field(out, "Transfer-Encoding", "chunked");
        return rc < 0 ? rc : put_trailer_names(call->request, out);
    }
    snprintf(size, sizeof size, "%lld", (long long)payload->size_bytes);
    return rc < 0 ? rc : put_field(out, "Content-Length", size);
}

/* RFC 9110, 7.8. */
static int put_upgrade(const struct nw__http_call *call, struct nw__bytes *out)
{
    int rc;

    if (!call->request->upgrade)
        return 0;
    rc = put_field(out, "Connection", "Upgrade");
    return rc < 0 ? rc : put_field(out, "Upgrade", call->request->upgrade);
}

int nw__http_format_request(struct nw__http_call *call, struct nw__bytes *out)
{
    bool usual = nw__http_is_usual(call);
    int rc;

    nw__bytes_clear(out);
    rc = put_line(call, out);
    if (rc == 0)
        rc = usual ? put_usual(call, out) : put_defaults(call, out);
    if (rc == 0)
        rc = put_credentials(call, out);
    if (rc == 0)
        rc = put_cookies(call, out);
    if (rc == 0)
        rc = put_body_fields(call, out);
    if (rc == 0)
        rc = put_upgrade(call, out);
    if (rc == 0 && !usual)
        rc = put_fields(call, out);
    return rc < 0 ? rc : nw__bytes_append(out, "\r\n", 2);
}
