/* SPDX-License-Identifier: MIT */
/*
 * One request of a download, what is kept of its failure, and the rate that all downloads share.
 * Owns nothing. Must not put a password into a message.
 */
#include "get.h"

#include "human.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* -- failures -- */

/* Is it a request that must not be carried out twice (RFC 9110, 9.2.2)? */
static bool has_effect(const struct get *get)
{
    static const char *const harmless[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    if (!get->method)
        return get->has_data || get->part_count > 0;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (strcmp(get->method, harmless[i]) == 0)
            return false;
    }
    return true;
}

int request_failed(struct fetch *fetch, int error, const nw_http_failure *failure)
{
    struct get_item *item = fetch->item;
    bool trust = error <= NW_ECERT && error >= NW_ECERTHOST;
    if (error == -ECANCELED)
        return error;
    item->outcome = trust ? GET_NO_TRUST : GET_NO_NETWORK;
    fetch->hint = (struct retry_hint){.useless = !retry_error(error), .retry_after_ns = -1};
    if (has_effect(fetch->get) && (!failure || failure->phase >= NW_HTTP_PHASE_SEND))
        fetch->hint.useless = true; /* it may have been carried out */
    if (failure && failure->error && failure->text[0])
        snprintf(item->words->text, sizeof item->words->text, "%s", failure->text);
    else
        snprintf(item->words->text, sizeof item->words->text, "%s", nw_strerror(error));
    return error;
}

int request_refused(struct fetch *fetch, nw_http_response *response)
{
    struct get_item *item = fetch->item;
    int status = nw_http_response_status(response);
    item->outcome = GET_NO_STATUS;
    fetch->hint.useless = !retry_status(status) || (has_effect(fetch->get) && status != 429 && status != 503);
    fetch->hint.retry_after_ns =
        retry_after(nw_http_response_header(response, "Retry-After"), (int64_t)time(NULL));
    snprintf(item->words->text, sizeof item->words->text, "the server answered %d %s", status,
             nw_http_reason(status));
    return NW_EPROTOCOL;
}

int request_no_file(struct fetch *fetch, const char *path, int error)
{
    struct get_item *item = fetch->item;
    if (error == -ECANCELED)
        return error;
    item->outcome = GET_NO_FILE;
    fetch->hint = (struct retry_hint){.useless = true, .retry_after_ns = -1};
    const char *text = nw_strerror(error);
    if (error == -EBUSY)
        text = "another process is writing it";
    if (error == -ESPIPE)
        text = "what was written cannot be taken back, and the server does not go on where it ended";
    if (!path && fetch->part.stream)
        path = strcmp(item->name, "-") == 0 ? "standard output" : item->name;
    snprintf(item->words->text, sizeof item->words->text, "%s: %s", path ? path : "output", text);
    return error;
}

int request_wrong(struct fetch *fetch, const char *text)
{
    fetch->item->outcome = GET_NO_NETWORK;
    fetch->hint = (struct retry_hint){.useless = false, .retry_after_ns = -1};
    snprintf(fetch->item->words->text, sizeof fetch->item->words->text, "%s", text);
    return NW_EPROTOCOL;
}

int request_too_slow(struct fetch *fetch)
{
    const struct get *get = fetch->get;
    fetch->item->outcome = GET_NO_NETWORK;
    fetch->hint = (struct retry_hint){.useless = false, .retry_after_ns = -1};
    snprintf(fetch->item->words->text, sizeof fetch->item->words->text,
             "it came more slowly than %s a second for %s", human_bytes((double)get->least_rate).text,
             human_duration((double)get->least_rate_ns).text);
    return -ETIMEDOUT;
}

/* -- the request -- */

static void set_body(const struct get *get, nw_http_request_options *request)
{
    if (get->part_count > 0) {
        request->parts = get->parts;
        request->part_count = get->part_count;
    } else if (get->has_data) {
        request->body = (nw_slice){get->data.data, get->data.size};
        request->media_type = "application/x-www-form-urlencoded";
        for (size_t i = 0; i < get->header_count; i++) {
            if (strcasecmp(get->headers[i].name, "Content-Type") == 0)
                request->media_type = get->headers[i].value;
        }
    }
}

/* Content-Type goes with the body, by its own field. */
static size_t copy_headers(const struct get *get, nw_pair *headers)
{
    size_t count = 0;
    for (size_t i = 0; i < get->header_count; i++) {
        if (!get->has_data || strcasecmp(get->headers[i].name, "Content-Type") != 0)
            headers[count++] = get->headers[i];
    }
    return count;
}

int request_send(struct fetch *fetch, const char *range, const char *condition,
                 nw_http_response **response_out)
{
    const struct get *get = fetch->get;
    nw_http_failure failure = {0};
    nw_pair headers[GET_MOST_HEADERS + 2];
    size_t count = copy_headers(get, headers);
    if (range)
        headers[count++] = (nw_pair){"Range", range};
    if (condition)
        headers[count++] = (nw_pair){"If-Range", condition};
    nw_http_request_options request = {.method = get->head ? "HEAD" : get->method,
                                       .url = fetch->item->url,
                                       .headers = headers,
                                       .header_count = count,
                                       .user = get->user,
                                       .password = get->password,
                                       .bearer = get->bearer,
                                       .failure_out = &failure};
    set_body(get, &request);
    int rc = nw_http_request(get->client, &request, response_out);
    if (rc < 0)
        return request_failed(fetch, rc, &failure);
    fetch->item->status = nw_http_response_status(*response_out);
    return 0;
}

/* -- the rate -- */

int rate_take(struct get_rate *rate, size_t bytes)
{
    if (rate->bytes_per_second <= 0)
        return 0;
    int64_t now_ns = nw_now();
    if (rate->free_at_ns < now_ns)
        rate->free_at_ns = now_ns; /* what was not used is not made up for */
    rate->free_at_ns += (int64_t)((double)bytes / (double)rate->bytes_per_second * 1e9);
    return nw_sleep(rate->free_at_ns - now_ns);
}
