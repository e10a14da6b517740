/* SPDX-License-Identifier: MIT */
/*
 * Clients: made from options, found (the caller's, or the one that the loop keeps), freed; and the life of a
 * request from its options to its response. Owns what is in struct nw_http_client. Must not know what is
 * sent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "http/client.h"
#include "stream/tls.h"

#define DEFAULT_TIMEOUT_NS NW_SEC(60)

/* -- options -- */

/* The numbers; the strings are the caller's. */
static void fill_in(nw_http_client_options *options)
{
    if (!options->connections)
        options->connections = 256;
    if (!options->connections_per_host)
        options->connections_per_host = 16;
    options->idle_ns = nw__or_default(options->idle_ns, NW_SEC(60));
    options->connect_timeout_ns = nw__or_default(options->connect_timeout_ns, NW_SEC(30));
    options->first_byte_timeout_ns = nw__or_default(options->first_byte_timeout_ns, DEFAULT_TIMEOUT_NS);
    options->read_timeout_ns = nw__or_default(options->read_timeout_ns, DEFAULT_TIMEOUT_NS);
    options->whole_timeout_ns = nw__or_default(options->whole_timeout_ns, NW_FOREVER);
    if (!options->redirects)
        options->redirects = 10;
    if (!options->decoded_limit_bytes)
        options->decoded_limit_bytes = UINT64_C(1) << 30;
    if (!options->decoded_ratio_limit)
        options->decoded_ratio_limit = 1000;
    if (!options->header_limit_bytes)
        options->header_limit_bytes = 64 * 1024;
}

static int check_options(const nw_http_client_options *options)
{
    bool timeouts = options->connect_timeout_ns >= 0 && options->first_byte_timeout_ns >= 0 &&
                    options->read_timeout_ns >= 0 && options->whole_timeout_ns >= 0;
    bool agent = !options->user_agent ||
                 nw__http_is_value((nw_slice){options->user_agent, strlen(options->user_agent)});

    if (!timeouts || !agent || !nw__reserved_unused(options) ||
        (options->cookies != NW_HTTP_COOKIES_OFF && options->cookies != NW_HTTP_COOKIES_ON))
        return -EINVAL;
    if (options->tls_options && (options->tls || nw__tls_check_options(options->tls_options, false) < 0))
        return -EINVAL;
    return nw__http_check_fields(options->headers, options->header_count);
}

static int take_strings(nw_http_client *client, const nw_http_client_options *options)
{
    const char *agent = options->user_agent ? options->user_agent : "nowait/";
    size_t size = strlen(agent) + strlen(nw_version()) + 1;

    client->user_agent = malloc(size);
    if (!client->user_agent)
        return -ENOMEM;
    snprintf(client->user_agent, size, "%s%s", agent, options->user_agent ? "" : nw_version());
    for (size_t i = 0; i < options->header_count; i++) {
        int rc = nw_http_headers_add(&client->headers, options->headers[i].name, options->headers[i].value);
        if (rc < 0)
            return rc;
    }
    return nw__http_proxies_init(&client->proxies, options->proxy);
}

/* -- life -- */

static int build(nw_http_client *client, const nw_http_client_options *options)
{
    int rc = take_strings(client, options);

    if (rc == 0 && options->cookies == NW_HTTP_COOKIES_ON)
        rc = nw__cookie_jar_create(&client->jar);
    return rc;
}

static void destroy(nw_http_client *client)
{
    struct nw__link *link;

    nw__http_pool_finish(client);
    while ((link = nw__list_pop_front(&client->spare)))
        nw__http_response_destroy(nw__container(link, nw_http_response, link));
    if (client->options.tls_options) /* else it is the process's */
        nw_tls_destroy(client->tls);
    nw_mutex_finish(&client->making_tls);
    nw__http_target_release(client->last_target);
    nw__cookie_jar_destroy(client->jar);
    nw__http_proxies_finish(&client->proxies);
    nw__http_headers_finish(&client->headers);
    free(client->user_agent);
    free(client);
}

int nw_http_client_create(const nw_http_client_options *options, nw_http_client **client_out)
{
    static const nw_http_client_options defaults;
    nw_task *self = nw__task_self();

    if (!options)
        options = &defaults;
    if (!client_out || check_options(options) < 0)
        return -EINVAL;
    if (!self)
        return NW_ENOTASK;
    nw_http_client *client = calloc(1, sizeof *client);
    if (!client)
        return -ENOMEM;
    client->options = *options;
    client->options.headers = NULL;
    client->options.proxy = client->options.user_agent = NULL;
    fill_in(&client->options);
    client->loop = self->loop;
    nw__list_init(&client->spare);
    nw_mutex_init(&client->making_tls);
    nw__http_pool_init(&client->pool);
    nw__http_headers_init(&client->headers, SIZE_MAX, UINT32_MAX);
    int rc = build(client, options);
    if (rc < 0) {
        destroy(client);
        return rc;
    }
    *client_out = client;
    return 0;
}

void nw_http_client_destroy(nw_http_client *client)
{
    nw_task *self = nw__task_self();

    if (!client || (self && self->loop != client->loop))
        return;
    destroy(client);
}

/* -- the loop's own -- */

struct kept {
    struct nw__loop_part part;
    nw_http_client *client;
};

static const char key;

static int end_kept(void *arg)
{
    struct kept *kept = nw__container(arg, struct kept, part);

    nw_http_client_destroy(kept->client);
    kept->client = NULL;
    return 0;
}

/* In a forked child the client is still there: a copy of memory. */
static void free_kept(struct nw__loop_part *part)
{
    struct kept *kept = nw__container(part, struct kept, part);

    if (kept->client)
        destroy(kept->client);
    free(kept);
}

/* The part of streams must be there before ours: the last one ends first, and closes connections. */
static int begin_streams(void)
{
    nw_stream *stream;
    int rc = nw_open_slice((nw_slice){.data = NULL}, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

static int keep_client(nw_loop *loop, nw_http_client **client_out)
{
    struct nw__loop_part *part = nw__loop_part_find(loop, &key);
    struct kept *kept = part ? nw__container(part, struct kept, part) : NULL;
    int rc;

    if (!kept) {
        rc = begin_streams();
        if (rc < 0)
            return rc;
        kept = calloc(1, sizeof *kept);
        if (!kept)
            return -ENOMEM;
        rc = nw_http_client_create(NULL, &kept->client);
        if (rc < 0) {
            free(kept);
            return rc;
        }
        kept->part = (struct nw__loop_part){.key = &key, .end = end_kept, .release = free_kept};
        nw__loop_part_add(loop, &kept->part);
    }
    *client_out = kept->client;
    return kept->client ? 0 : NW_ESHUTDOWN;
}

int nw__http_client_find(nw_http_client *client, nw_http_client **client_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!client)
        return keep_client(self->loop, client_out);
    if (client->loop != self->loop)
        return -EINVAL;
    *client_out = client;
    return 0;
}
