/* SPDX-License-Identifier: MIT */
/*
 * The server on one loop: options, taking connections, and the end, at which no connection is left. Must not
 * know what happens in a connection. Errors of accepting end nothing: what they want is time, or room.
 */
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "http/connection.h"
#include "http/websocket.h"

#define RETRY_NS   NW_MS(100)
#define RATE_BYTES 500

/* -- options -- */

static bool is_sensible(const nw_http_server_options *options)
{
    bool one_place = (options->where != NULL) != (options->listener != NULL);
    bool loops = options->where || !options->all_loops; /* a listener is of one loop */
    bool times =
        options->header_timeout_ns >= 0 && options->body_timeout_ns >= 0 && options->idle_timeout_ns >= 0;
    bool limits = options->requests_per_connection >= 0 && options->header_limit_bytes <= INT32_MAX;
    /* Of these, -1 stands for none. */
    bool others = options->body_limit_bytes >= -1 && options->drain_ns >= -1 &&
                  options->body_rate_bytes >= -1 && options->reply_rate_bytes >= -1;

    return one_place && loops && times && limits && others && nw__reserved_unused(options);
}

static void fill_in(nw_http_server_options *options)
{
    if (!options->connections)
        options->connections = NW__HTTP_CONNECTIONS_DEFAULT;
    if (!options->header_limit_bytes)
        options->header_limit_bytes = 16384;
    if (!options->header_limit)
        options->header_limit = 100;
    if (!options->server_name)
        options->server_name = "nowait";
    options->body_limit_bytes = nw__or_default(options->body_limit_bytes, (int64_t)1 << 30);
    options->header_timeout_ns = nw__or_default(options->header_timeout_ns, NW_SEC(10));
    options->body_timeout_ns = nw__or_default(options->body_timeout_ns, NW_SEC(30));
    options->idle_timeout_ns = nw__or_default(options->idle_timeout_ns, NW_SEC(60));
    options->drain_ns = nw__or_default(options->drain_ns, NW_SEC(10));
    options->body_rate_bytes = nw__or_default(options->body_rate_bytes, RATE_BYTES);
    options->reply_rate_bytes = nw__or_default(options->reply_rate_bytes, RATE_BYTES);
}

/* "Server: ...", which all replies have. */
static int name_server(struct nw__http_server *server)
{
    const char *name = server->options.server_name;
    int size;

    if (!nw__http_is_value((nw_slice){name, strlen(name)}))
        return -EINVAL;
    if (!*name)
        return 0;
    size = snprintf(server->server_field, sizeof server->server_field, "Server: %s\r\n", name);
    if (size >= (int)sizeof server->server_field)
        return -EINVAL;
    server->server_field_bytes = (size_t)size;
    return 0;
}

int nw__http_server_init(struct nw__http_server *server, const nw_http_server_options *options,
                         nw_http_handler *handler, void *context)
{
    int rc;

    *server = (struct nw__http_server){.options = *options, .handler = handler, .context = context};
    server->loop = nw__loop_current;
    rc = name_server(server);
    if (rc < 0)
        return rc;
    nw__list_init(&server->spare);
    nw_event_init(&server->left);
    nw_group_init(&server->tasks, 0);
    nw__http_clock_init(server);
    return 0;
}

void nw__http_server_finish(struct nw__http_server *server)
{
    nw__http_clock_finish(server);
    nw__http_exchanges_free(server);
    nw_event_finish(&server->left);
}

/* -- taking connections -- */

/* Wait until a connection has ended, but not for ever. Errors: of the task. */
static int await_room(struct nw__http_server *server, int64_t most_ns)
{
    nw_deadline deadline;
    int rc;

    nw_event_clear(&server->left);
    nw_deadline_begin(&deadline, most_ns);
    rc = nw_event_wait(&server->left);
    (void)nw_deadline_end(&deadline);
    return rc < 0 ? nw_interrupted() : 0;
}

/* Whoever has waited for its next request the longest makes room. */
static void close_an_idle_one(struct nw__http_server *server)
{
    struct nw__link *link = nw__list_front(&server->stages[NW__HTTP_ASLEEP]);

    if (!link)
        link = nw__list_front(&server->stages[NW__HTTP_IDLE]);
    if (link)
        nw_cancel(nw__container(link, struct nw__http_connection, in_stage)->task);
}

static bool is_lack_of_room(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOBUFS;
}

/* Accepting has failed. Neither spin nor give up. Errors: of the task; -EBADF. */
static int recover(struct nw__http_server *server, int error)
{
    if (nw_interrupted() < 0)
        return nw_interrupted();
    nw__http_server_tell(server, error, "accept", NULL);
    if (error == -EBADF || error == -EINVAL)
        return error;
    if (is_lack_of_room(error))
        close_an_idle_one(server);
    return await_room(server, RETRY_NS);
}

/* Those that are only told so take nobody's place. */
static bool is_full(const struct nw__http_server *server)
{
    return server->count - server->shed_count >= server->options.connections;
}

static int accept_one(struct nw__http_server *server, nw_listener *listener)
{
    nw_stream *stream;
    nw_address peer;
    int rc;

    if (server->shed_count >= NW__HTTP_SHED_CONNECTIONS)
        return await_room(server, NW_FOREVER);
    rc = nw_accept_from(listener, &stream, &peer);
    if (rc < 0)
        return recover(server, rc);
    rc = nw__http_connection_open(server, stream, &peer, is_full(server));
    if (rc < 0) {
        (void)nw_close(stream);
        return recover(server, rc);
    }
    return 0;
}

int nw__http_server_accept(struct nw__http_server *server, nw_listener *listener)
{
    int rc = 0;

    while (rc == 0)
        rc = accept_one(server, listener);
    return rc == -ECANCELED || rc == -ETIMEDOUT ? 0 : rc;
}

/* -- the end -- */

static void close_idle_ones(struct nw__http_server *server)
{
    nw__list_splice_back(&server->stages[NW__HTTP_IDLE], &server->stages[NW__HTTP_ASLEEP]);
    nw__list_each_safe (link, &server->stages[NW__HTTP_IDLE])
        nw_cancel(nw__container(link, struct nw__http_connection, in_stage)->task);
}

/* RFC 6455, 7.4.1: their handlers end when the clients have answered. */
static void close_websockets(struct nw__http_server *server)
{
    nw__list_each (link, &server->stages[NW__HTTP_WORK]) {
        const nw_http_exchange *exchange =
            nw__container(link, struct nw__http_connection, in_stage)->exchange;
        if (exchange && exchange->websocket)
            nw__ws_go_away(exchange->websocket);
    }
}

void nw__http_server_drain(struct nw__http_server *server, nw_listener *listener)
{
    const nw_http_server_options *options = &server->options;
    nw_shield shield;
    nw_deadline deadline;

    nw_shield_begin(&shield);
    nw_listener_close(listener); /* now: who connects while it drains must be refused, not left alone */
    server->draining = true;
    close_idle_ones(server);
    close_websockets(server);
    nw_deadline_begin(&deadline, options->drain_ns < 0 ? 0 : options->drain_ns);
    for (int rc = 0; rc == 0 && server->count > 0;) {
        nw_event_clear(&server->left);
        rc = nw_event_wait(&server->left);
    }
    (void)nw_deadline_end(&deadline);
    nw_group_cancel(&server->tasks);
    (void)nw_group_finish(&server->tasks);
    nw_shield_end(&shield);
}

static int serve_with(struct nw__http_server *server, nw_listener *listener)
{
    int rc;

    if (server->options.on_listen)
        server->options.on_listen(listener, server->options.arg);
    rc = nw__http_server_accept(server, listener);
    nw__http_server_drain(server, server->options.listener || rc == -EBADF ? NULL : listener);
    return rc;
}

static int serve_here(const nw_http_server_options *options, nw_http_handler *handler, void *context)
{
    static const nw_listen_options listen_options = {.buffer_bytes = NW__HTTP_BUFFER_BYTES};
    nw_listener *listener = options->listener;
    struct nw__http_server server;
    int rc = nw__http_server_init(&server, options, handler, context);

    if (rc < 0)
        return rc;
    if (!options->listener)
        rc = nw_listen_with(&listen_options, options->where, &listener);
    if (rc == 0)
        rc = serve_with(&server, listener);
    nw__http_server_finish(&server);
    return rc;
}

int nw_http_serve(const nw_http_server_options *options, nw_http_handler *handler, void *context)
{
    nw_http_server_options chosen;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (!self)
        return rc;
    if (!options || !handler || !is_sensible(options))
        return -EINVAL;
    chosen = *options;
    fill_in(&chosen);
    if (chosen.all_loops && nw_loop_count() > 1)
        return nw__http_serve_on_all(&chosen, handler, context);
    return serve_here(&chosen, handler, context);
}
