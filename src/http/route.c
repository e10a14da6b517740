/* SPDX-License-Identifier: MIT */
/*
 * A router as a handler: finds the route of a request and calls its handler. What the parameters stand for
 * lives in this call's frame, as long as the handler runs.
 */
#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "http/router.h"
#include "http/server.h"

#define TEXT_BYTES 512 /* longer values are allocated */

/* The values, each with its NUL, are copied to `text`. */
static void copy_values(const struct nw__http_match *match, char *text, struct nw__http_param *params)
{
    for (unsigned i = 0; i < match->count; i++) {
        nw_slice value = match->values[i];

        if (value.size)
            memcpy(text, value.data, value.size);
        text[value.size] = '\0';
        params[i] = (struct nw__http_param){match->names[i], text};
        text += value.size + 1;
    }
}

static size_t values_size(const struct nw__http_match *match)
{
    size_t size = 0;

    for (unsigned i = 0; i < match->count; i++)
        size += match->values[i].size + 1;
    return size;
}

/* A router within a route of another: its parameters are seen while its handler runs. */
static int call(nw_http_exchange *exchange, const struct nw__http_match *match)
{
    struct nw__http_param params[NW__HTTP_PARAMS];
    const struct nw__http_param *outer = exchange->params;
    size_t outer_count = exchange->param_count, size = values_size(match);
    char text[TEXT_BYTES], *allocated = NULL;
    int rc;

    if (size > sizeof text && !(allocated = malloc(size)))
        return -ENOMEM;
    copy_values(match, allocated ? allocated : text, params);
    exchange->params = params;
    exchange->param_count = match->count;
    rc = match->handler(exchange, match->context);
    exchange->params = outer;
    exchange->param_count = outer_count;
    free(allocated);
    return rc;
}

/* RFC 9110, 15.5.6: a 405 says what there is. */
static int refuse_method(nw_http_exchange *exchange, const nw_http_router *router)
{
    struct nw__bytes allow;
    nw_bytes text = {0};
    int rc;

    nw__bytes_init(&allow, 4096);
    rc = nw__http_router_allow(router, exchange->path, &allow);
    if (rc == 0)
        rc = nw__bytes_take(&allow, &text);
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Allow", text.data);
    nw__bytes_finish(&allow);
    nw_bytes_finish(&text);
    return rc < 0 ? rc : nw__http_reply_status(exchange, 405);
}

int nw_http_route(nw_http_exchange *exchange, void *router)
{
    struct nw__http_match match;
    int rc;

    if (!exchange || !router)
        return -EINVAL;
    rc = nw__http_router_match(router, exchange->method, exchange->path, &match);
    if (rc == -ENOTSUP)
        return refuse_method(exchange, router);
    return rc < 0 ? nw__http_reply_status(exchange, 404) : call(exchange, &match);
}
