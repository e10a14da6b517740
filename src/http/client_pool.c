/* SPDX-License-Identifier: MIT */
/*
 * The connections of a client: which are idle, how many there are, and who waits for one. Owns those that are
 * idle. Must not know of requests.
 *
 * There are two limits: of all connections, and of those to one origin. Who cannot have one waits in its
 * origin's queue. A connection that is given back goes to the one who waits longest, of its own origin or of
 * another that only the limit in all holds back (such origins are `hungry`, in the order in which they became
 * so). While somebody waits for the limit in all, nothing is idle.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/client.h"

struct waiter {
    struct nw__wait wait;
    struct nw__link link; /* in host->waiters */
    nw_http_client *client;
    struct nw__http_host *host;
    uint64_t ticket;
    struct nw__http_client_connection *connection; /* granted, or */
    bool may_connect;                              /* counted in already */
};

static struct nw__http_client_connection *connection_in(struct nw__link *in_host)
{
    return in_host ? nw__container(in_host, struct nw__http_client_connection, in_host) : NULL;
}

static struct waiter *first_waiter(const struct nw__http_host *host)
{
    struct nw__link *link = host ? nw__list_front(&host->waiters) : NULL;

    return link ? nw__container(link, struct waiter, link) : NULL;
}

/* -- hosts -- */

uint32_t nw__http_hash_origin(const struct nw__http_origin *origin)
{
    uint32_t hash = 2166136261u ^ origin->port ^ (origin->tls ? 0x10000u : 0);

    for (const char *c = origin->host; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash;
}

static bool same_origin(const struct nw__http_origin *a, const struct nw__http_origin *b)
{
    return a->hash == b->hash && a->port == b->port && a->tls == b->tls && a->proxy == b->proxy &&
           strcmp(a->host, b->host) == 0;
}

/* Made when it is not there. NULL: no memory. Goes with its last connection or waiter: see forget_host(). */
static struct nw__http_host *host_for(struct nw__http_pool *pool, const struct nw__http_origin *origin)
{
    struct nw__list *bucket = &pool->buckets[origin->hash % NW__HTTP_HOST_BUCKETS];
    struct nw__http_host *host;
    size_t name_bytes;

    nw__list_each (link, bucket) {
        host = nw__container(link, struct nw__http_host, in_bucket);
        if (same_origin(&host->origin, origin))
            return host;
    }
    name_bytes = strlen(origin->host) + 1;
    host = calloc(1, sizeof *host + name_bytes);
    if (!host)
        return NULL;
    memcpy(host->name, origin->host, name_bytes);
    host->origin = *origin;
    host->origin.host = host->name;
    nw__bytes_init(&host->usual, SIZE_MAX);
    nw__list_init(&host->idle);
    nw__list_init(&host->waiters);
    nw__link_init(&host->in_hungry);
    nw__list_push_front(bucket, &host->in_bucket);
    return host;
}

static void forget_host(struct nw__http_host *host)
{
    if (host->connections > 0 || !nw__list_empty(&host->waiters))
        return;
    nw__list_remove(&host->in_bucket);
    nw__list_remove(&host->in_hungry);
    nw__bytes_finish(&host->usual);
    free(host);
}

/* After its waiters or its connections have changed. */
static void note_hunger(nw_http_client *client, struct nw__http_host *host)
{
    bool hungry = !nw__list_empty(&host->waiters) && host->connections < client->options.connections_per_host;

    if (!hungry)
        nw__list_remove(&host->in_hungry);
    else if (!nw__link_linked(&host->in_hungry))
        nw__list_push_back(&client->pool.hungry, &host->in_hungry);
}

static struct nw__http_host *hungriest(const struct nw__http_pool *pool)
{
    struct nw__link *link = nw__list_front((struct nw__list *)(uintptr_t)&pool->hungry);

    return link ? nw__container(link, struct nw__http_host, in_hungry) : NULL;
}

/* -- counting -- */

static void count_in(nw_http_client *client, struct nw__http_host *host)
{
    host->connections++;
    client->pool.connections++;
}

static void grant(nw_http_client *client, struct waiter *waiter,
                  struct nw__http_client_connection *connection)
{
    nw__list_remove(&waiter->link);
    waiter->connection = connection;
    waiter->may_connect = !connection;
    if (!connection)
        count_in(client, waiter->host);
    note_hunger(client, waiter->host);
    nw__wait_wake(&waiter->wait);
}

/* There is one connection less: who may make one now? */
static void count_out(nw_http_client *client, struct nw__http_host *host)
{
    struct waiter *waiter;

    host->connections--;
    client->pool.connections--;
    note_hunger(client, host);
    waiter = first_waiter(hungriest(&client->pool));
    if (waiter && client->pool.connections < client->options.connections)
        grant(client, waiter, NULL);
    forget_host(host);
}

/* -- connections -- */

static int create_connection(nw_http_client *client, struct nw__http_host *host,
                             struct nw__http_client_connection **connection_out)
{
    struct nw__http_client_connection *connection = calloc(1, sizeof *connection);

    if (!connection) {
        count_out(client, host);
        return -ENOMEM;
    }
    nw__link_init(&connection->in_host);
    nw__link_init(&connection->in_client);
    connection->host = host;
    connection->client = client;
    nw__bytes_init(&connection->head, SIZE_MAX);
    *connection_out = connection;
    return 0;
}

/*
 * What was written to it and not flushed is of no use to anybody, and a peer that does not read must not hold
 * us up: TLS says goodbye as far as that goes without waiting.
 */
void nw__http_pool_cut(struct nw__http_client_connection *connection)
{
    nw_stream *stream = connection->stream;
    nw_deadline at_once;

    connection->stream = NULL;
    if (!stream)
        return;
    nw_deadline_begin(&at_once, 0);
    nw__stream_forget_output(stream);
    (void)nw_close(stream);
    nw__deadline_drop(&at_once);
}

static void disconnect(struct nw__http_client_connection *connection)
{
    nw_deadline at_once;

    nw_deadline_begin(&at_once, 0);
    if (connection->wired && connection->wire.out)
        nw__stream_forget_output(connection->wire.out);
    if (connection->wired)
        nw__http_wire_finish(&connection->wire);
    connection->wired = connection->reused = false;
    nw__http_pool_cut(connection);
    nw__deadline_drop(&at_once);
}

/* It is in no list. */
static void close_connection(struct nw__http_client_connection *connection)
{
    struct nw__http_host *host = connection->host;
    nw_http_client *client = connection->client;

    disconnect(connection);
    nw__bytes_finish(&connection->head);
    free(connection);
    count_out(client, host);
}

static void leave_idle(struct nw__http_client_connection *connection)
{
    nw__list_remove(&connection->in_host);
    nw__list_remove(&connection->in_client);
}

/* One that is idle and alive, or NULL. Those that are dead, and when a fresh one is wanted all, are closed.
 */
static struct nw__http_client_connection *
take_idle(nw_http_client *client, const struct nw__http_origin *origin, enum nw__http_reuse reuse)
{
    for (;;) { /* looked up again each time: closing may wait, and the host may go with its last connection */
        struct nw__http_host *host = host_for(&client->pool, origin);
        struct nw__http_client_connection *connection =
            host ? connection_in(nw__list_front(&host->idle)) : NULL;
        if (!connection)
            return NULL;
        leave_idle(connection);
        /* RFC 9112, 9.3: what a server says unasked is no answer to the next request. */
        if (reuse != NW__HTTP_FRESH && nw__stream_is_quiet(connection->stream, reuse == NW__HTTP_REUSE))
            return connection;
        close_connection(connection);
    }
}

bool nw__http_pool_sacrifice(nw_http_client *client)
{
    struct nw__link *link = nw__list_front(&client->pool.idle);

    if (!link)
        return false;
    struct nw__http_client_connection *connection =
        nw__container(link, struct nw__http_client_connection, in_client);
    leave_idle(connection);
    close_connection(connection);
    return true;
}

/* -- those that are idle for too long -- */

static int64_t idle_until(const nw_http_client *client)
{
    const struct nw__link *link = client->pool.idle.head.next;

    return nw__clock_add(nw__container(link, struct nw__http_client_connection, in_client)->idle_since_ns,
                         client->options.idle_ns);
}

/* There is one for all of a client's connections, and it is woken once an idle time, not once a request. */
static int close_idle(void *arg)
{
    nw_http_client *client = arg;

    while (!nw__list_empty(&client->pool.idle)) {
        int64_t left = idle_until(client) - nw_now();
        if (left > 0 && nw_sleep(left) < 0)
            break; /* the client goes, or the loop: who ends it closes them */
        if (left <= 0)
            (void)nw__http_pool_sacrifice(client);
    }
    client->pool.janitor = NULL;
    return 0;
}

/* Without memory for it they are idle until they are used or the client goes. */
static void call_janitor(nw_http_client *client)
{
    static const nw_spawn_options janitor = {.name = "http idle connections"};

    if (client->pool.janitor || client->options.idle_ns == NW_FOREVER)
        return;
    client->pool.janitor = nw_spawn_with(&janitor, close_idle, client);
    if (client->pool.janitor)
        nw__task_serve(client->pool.janitor);
}

/* -- taking -- */

static void leave_queue(struct nw__wait *wait)
{
    struct waiter *waiter = nw__container(wait, struct waiter, wait);

    if (!nw__link_linked(&waiter->link))
        return;
    nw__list_remove(&waiter->link);
    note_hunger(waiter->client, waiter->host);
    forget_host(waiter->host);
    nw__wait_wake(wait);
}

/* What was given back a moment ago is looked at as what was idle is: it may be closed, or say too much. */
static int wait_for_turn(nw_http_client *client, struct nw__http_host *host, enum nw__http_reuse reuse,
                         struct nw__http_client_connection **connection_out)
{
    struct waiter waiter = {.wait = {.interrupt = leave_queue, .what = "http connection"}};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0) {
        forget_host(host);
        return rc;
    }
    waiter.client = client;
    waiter.host = host;
    waiter.ticket = ++client->pool.tickets;
    nw__list_push_back(&host->waiters, &waiter.link);
    note_hunger(client, host);
    nw__wait_park(self, &waiter.wait);
    if (waiter.may_connect)
        return create_connection(client, host, connection_out);
    if (!waiter.connection)
        return self->interrupt; /* the host may be gone by now */
    if (reuse == NW__HTTP_FRESH || !nw__stream_is_quiet(waiter.connection->stream, reuse == NW__HTTP_REUSE))
        disconnect(waiter.connection);
    *connection_out = waiter.connection;
    return 0;
}

int nw__http_pool_take(nw_http_client *client, const struct nw__http_origin *origin,
                       enum nw__http_reuse reuse, struct nw__http_client_connection **connection_out)
{
    struct nw__http_pool *pool = &client->pool;

    for (;;) { /* from the beginning each time that something was closed, because that may have waited */
        struct nw__http_client_connection *connection = take_idle(client, origin, reuse);
        if (connection) {
            *connection_out = connection;
            return 0;
        }
        struct nw__http_host *host = host_for(pool, origin);
        if (!host)
            return -ENOMEM;
        if (host->connections >= client->options.connections_per_host)
            return wait_for_turn(client, host, reuse, connection_out);
        if (pool->connections < client->options.connections) {
            count_in(client, host);
            return create_connection(client, host, connection_out);
        }
        if (!nw__http_pool_sacrifice(client))
            return wait_for_turn(client, host, reuse, connection_out);
    }
}

/* -- giving back -- */

static void make_idle(nw_http_client *client, struct nw__http_client_connection *connection)
{
    connection->idle_since_ns = client->loop->turn_began_ns; /* at most a turn ago */
    nw__list_push_front(&connection->host->idle, &connection->in_host);
    nw__list_push_back(&client->pool.idle, &connection->in_client);
    call_janitor(client);
}

void nw__http_pool_give(struct nw__http_client_connection *connection, bool keep)
{
    nw_http_client *client = connection->client;
    struct waiter *own = first_waiter(connection->host);
    struct waiter *other = first_waiter(hungriest(&client->pool));

    if (!keep || (!own && other) || (own && other && other->ticket < own->ticket)) {
        close_connection(connection);
        return;
    }
    connection->reused = true;
    if (own)
        grant(client, own, connection);
    else if (client->options.idle_ns < 0)
        close_connection(connection);
    else
        make_idle(client, connection);
}

/* -- all of them -- */

void nw__http_pool_init(struct nw__http_pool *pool)
{
    for (size_t i = 0; i < NW__HTTP_HOST_BUCKETS; i++)
        nw__list_init(&pool->buckets[i]);
    nw__list_init(&pool->idle);
    nw__list_init(&pool->hungry);
}

/* The loop has gone, and has closed all streams. */
static void forget_idle(nw_http_client *client)
{
    struct nw__link *link;

    while ((link = nw__list_front(&client->pool.idle))) {
        struct nw__http_client_connection *connection =
            nw__container(link, struct nw__http_client_connection, in_client);
        leave_idle(connection);
        connection->stream = NULL;
        close_connection(connection);
    }
}

void nw__http_pool_finish(nw_http_client *client)
{
    if (!nw__task_self()) {
        forget_idle(client);
        return;
    }
    while (nw__http_pool_sacrifice(client)) {
    }
    if (client->pool.janitor)
        nw_cancel(client->pool.janitor);
    while (client->pool.janitor) {
        nw_shield shield;
        nw_shield_begin(&shield);
        (void)nw_yield();
        nw_shield_end(&shield);
    }
}
