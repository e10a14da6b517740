/* SPDX-License-Identifier: MIT */
/*
 * A request on its way: a connection is taken, the request sent, repeated where that is safe, redirects are
 * followed, until there is an answer to be had. Owns what is in struct nw__http_call while it lasts.
 */
#include <nowait/text.h>
#include <stddef.h>
#include <string.h>

#include "http/client.h"

/* -- what was asked for -- */

static int find_target(struct nw__http_call *call)
{
    const nw_http_request_options *request = call->request;
    nw_bytes text;
    int rc;

    if (request->query_count == 0) {
        rc = nw__http_target_find(call->client, request->url, &call->why, &call->first);
    } else {
        rc = nw_url_with_query(request->url, request->query, request->query_count, &text);
        if (rc < 0)
            return rc;
        rc = nw__http_target_find(call->client, text.data, &call->why, &call->first);
        nw_bytes_finish(&text);
    }
    if (rc == 0)
        call->target = nw__http_target_share(call->first);
    return rc;
}

static int64_t or_client(int64_t value, int64_t standard)
{
    return value ? value : standard;
}

static int64_t set_times(struct nw__http_call *call)
{
    const nw_http_request_options *request = call->request;
    const nw_http_client_options *options = &call->client->options;
    int64_t whole = or_client(request->whole_timeout_ns, options->whole_timeout_ns);

    call->times = (struct nw__http_times){
        .connect_ns = or_client(request->connect_timeout_ns, options->connect_timeout_ns),
        .first_byte_ns = or_client(request->first_byte_timeout_ns, options->first_byte_timeout_ns),
        .read_ns = or_client(request->read_timeout_ns, options->read_timeout_ns),
        .whole_at_ns = whole == NW_FOREVER ? NW_FOREVER : nw__clock_add(nw_now(), whole),
    };
    return whole;
}

static void init_call(struct nw__http_call *call, const nw_http_request_options *request)
{
    memset(call, 0, offsetof(struct nw__http_call, why_text));
    call->payload.owned = (nw_bytes){NULL, 0};
    call->request = request;
    call->phase = NW_HTTP_PHASE_URL;
    call->method = "GET";
}

static int begin_call(struct nw__http_call *call)
{
    const nw_http_request_options *request = call->request;
    int rc = nw__http_check_request(request);

    if (rc == 0 && request->method) /* one that is none is not shown, either */
        call->method = request->method;
    if (rc == 0)
        rc = find_target(call);
    if (rc == 0)
        rc = nw__http_payload_init(&call->payload, request);
    if (rc == 0 && !request->method && call->payload.kind != NW__HTTP_NOTHING)
        call->method = "POST";
    return rc < 0 ? rc : nw__http_response_create(call->client, &call->response);
}

static void end_call(struct nw__http_call *call)
{
    nw__http_target_release(call->target);
    nw__http_target_release(call->first);
    nw__http_payload_finish(&call->payload);
}

/* -- one answer -- */

/* RFC 9110, 9.2.2. */
static bool is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* RFC 9112, 9.3.1: the server has closed it while it was idle, and we have found out too late. */
static bool was_stale(const struct nw__http_call *call, int error)
{
    bool gone = error == NW_ETRUNCATED || error == -EPIPE || error == -ECONNRESET;

    return gone && call->connection->reused && !call->answered && is_idempotent(call->method);
}

/* Whatever is written of it. */
static bool can_be_repeated(const struct nw__http_call *call)
{
    enum nw__http_payload_kind kind = call->payload.kind;

    return (kind == NW__HTTP_NOTHING || kind == NW__HTTP_BYTES) && is_idempotent(call->method);
}

static int try_once(struct nw__http_call *call, enum nw__http_reuse reuse)
{
    int rc;

    call->phase = NW_HTTP_PHASE_WAIT;
    rc = nw__http_pool_take(call->client, &call->target->origin, reuse, &call->connection);
    if (rc < 0)
        return rc;
    if (!call->connection->stream)
        rc = nw__http_connect(call);
    if (rc == 0)
        rc = nw__http_format_request(call, &call->connection->head);
    return rc < 0 ? rc : nw__http_exchange(call);
}

static void give_up(struct nw__http_call *call)
{
    if (call->connection)
        nw__http_pool_give(call->connection, false);
    call->connection = NULL;
}

/* RFC 6265bis, 5.7: also of an answer that leads elsewhere. */
static int take_cookies(const struct nw__http_call *call)
{
    const nw_http_headers *headers = &call->response->headers;
    nw_pair field;
    int rc = 0;

    if (!call->client->jar)
        return 0;
    for (size_t i = 0; rc == 0 && nw_http_headers_at(headers, i, &field); i++)
        if (nw__http_same(nw_slice_of(field.name), NW__LITERAL("Set-Cookie")))
            rc = nw__cookie_jar_take(call->client->jar, &call->target->url, field.value, nw__http_now_s());
    return rc;
}

static int get_answer(struct nw__http_call *call)
{
    int rc = try_once(call, can_be_repeated(call) ? NW__HTTP_REUSE : NW__HTTP_REUSE_OPEN);

    if (rc < 0 && call->connection && was_stale(call, rc) && nw__http_payload_rewind(&call->payload) == 0) {
        give_up(call);
        rc = try_once(call, NW__HTTP_FRESH);
    }
    if (rc == 0)
        rc = nw__http_response_take(call);
    if (rc < 0) {
        give_up(call);
        return rc;
    }
    rc = take_cookies(call);
    /* What comes through a tunnel is the server's answer, whatever it is. */
    if (rc == 0 && call->response->status == 407 && call->target->origin.proxy && !call->target->origin.tls) {
        call->why = "the proxy wants other credentials";
        rc = NW_EPROXY;
    }
    return rc;
}

/* -- redirects -- */

static int follow(struct nw__http_call *call)
{
    unsigned followed = 0;
    const char *location;
    int rc = get_answer(call);

    while (rc == 0 && nw__http_leads_elsewhere(call, &location)) {
        call->phase = NW_HTTP_PHASE_REDIRECT;
        if (followed++ == call->client->options.redirects) {
            call->why = "too many of them";
            return NW_EREDIRECT;
        }
        rc = nw__http_redirect(call, location);
        nw__http_response_leave(call->response);
        if (rc == 0)
            rc = get_answer(call);
    }
    return rc;
}

static int run(struct nw__http_call *call)
{
    nw_deadline deadline;
    int64_t whole = set_times(call);
    int rc;

    if (whole == NW_FOREVER)
        return follow(call);
    nw_deadline_begin(&deadline, whole);
    rc = follow(call);
    nw__deadline_drop(&deadline);
    return rc;
}

static void finish(struct nw__http_call *call)
{
    nw_http_response *response = call->response;

    response->times = call->times;
    response->target = nw__http_target_share(call->target);
    memcpy(response->method, call->method, strlen(call->method) + 1); /* 15 at most: see the check */
}

int nw_http_request(nw_http_client *client, const nw_http_request_options *request,
                    nw_http_response **response_out)
{
    struct nw__http_call call;
    int rc;

    if (!request || !response_out)
        return -EINVAL;
    init_call(&call, request);
    rc = nw__http_client_find(client, &call.client);
    if (rc == 0)
        rc = begin_call(&call);
    if (rc == 0)
        rc = run(&call);
    if (rc < 0) {
        nw__http_tell_failure(&call, rc);
        nw_http_response_close(call.response);
    } else {
        finish(&call);
        *response_out = call.response;
    }
    end_call(&call);
    return rc;
}

int nw_http_get(nw_http_client *client, const char *url, nw_http_response **response_out)
{
    return nw_http_request(client, &(nw_http_request_options){.url = url}, response_out);
}

int nw_http_post(nw_http_client *client, const char *url, const char *media_type, nw_slice body,
                 nw_http_response **response_out)
{
    nw_http_request_options request = {.method = "POST", .url = url, .body = body, .media_type = media_type};

    if (!request.body.data && request.body.size == 0)
        request.body.data = "";
    return nw_http_request(client, &request, response_out);
}
