/* SPDX-License-Identifier: MIT */
/*
 * A client goes on with a session that a server gave it: the same host and the same context only, and not
 * where that is turned off. Tasks of several loops share a context.
 *
 * ctest: cost=4
 */
#include "../support/tls.h"

/* One connection; the server answers a byte, so that the client gets its tickets. Returns: it was resumed. */
static bool meet(const nw_tls_context *client, const nw_tls_context *server, const char *host)
{
    struct tls_pair pair;
    nw_stream *ends[2];
    nw_tls_info at_client, at_server;
    char byte = 0;

    tls_wire(0, 0, ends);
    tls_meet(&pair, client, server, host, ends);
    CHECK_EQ(pair.client.rc, 0);
    CHECK_EQ(pair.server.rc, 0);
    CHECK_EQ(nw_write(pair.server.stream, "x", 1), 1);
    CHECK_EQ(nw_flush(pair.server.stream), 0);
    CHECK_EQ(nw_read(pair.client.stream, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_EQ(nw_tls_inspect(pair.client.stream, &at_client), 0);
    CHECK_EQ(nw_tls_inspect(pair.server.stream, &at_server), 0);
    CHECK_EQ(at_client.version, tls_is_old ? NW_TLS_1_2 : NW_TLS_1_3);
    CHECK_EQ(at_server.version, at_client.version);
    CHECK_EQ(at_server.resumed, at_client.resumed);
    CHECK_STR(at_server.cipher, at_client.cipher);
    CHECK_STR(at_client.host, host);
    CHECK_STR(at_server.host, strcmp(host, "127.0.0.1") == 0 ? "" : host);
    CHECK_STR(at_client.peer, "CN=good");
    CHECK_STR(at_server.peer, "");
    tls_close_pair(&pair);
    return at_client.resumed;
}

static void hosts_and_contexts(void)
{
    nw_tls_context *client = tls_client(NULL), *second = tls_client(NULL), *server = tls_server(NULL),
                   *other = tls_server(NULL), *insecure = tls_client(&(nw_tls_options){.insecure = true});

    CHECK(!meet(client, server, "localhost"));
    for (int i = 0; i < 20; i++) /* each connection brings what the next one needs */
        CHECK(meet(client, server, "localhost"));
    CHECK(!meet(client, server, "127.0.0.1"));
    CHECK(meet(client, server, "127.0.0.1"));
    CHECK(!meet(second, server, "localhost"));
    CHECK(!meet(insecure, server, "localhost"));
    CHECK(meet(insecure, server, "localhost"));
    CHECK(!meet(insecure, server, "127.0.0.1"));
    CHECK(!meet(client, other, "localhost")); /* which cannot read the other's tickets */
    CHECK(meet(client, other, "localhost"));
    nw_tls_destroy(client);
    nw_tls_destroy(second);
    nw_tls_destroy(server);
    nw_tls_destroy(other);
    nw_tls_destroy(insecure);
}

static void turned_off(void)
{
    nw_tls_options off = {.no_resumption = true};
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL), *no_client = tls_client(&off),
                   *no_server = tls_server(&off);

    for (int i = 0; i < 3; i++) {
        CHECK(!meet(no_client, server, "localhost"));
        CHECK(!meet(client, no_server, "localhost"));
    }
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    nw_tls_destroy(no_client);
    nw_tls_destroy(no_server);
}

/* Names beyond what the cache takes push out the oldest. */
static void bounded(void)
{
    nw_tls_context *client = tls_client(&(nw_tls_options){.insecure = true}), *server = tls_server(NULL);
    char host[32];

    for (int i = 0; i < 300; i++) {
        snprintf(host, sizeof host, "host%d", i);
        CHECK(!meet(client, server, host));
    }
    CHECK(!meet(client, server, "host0"));
    CHECK(meet(client, server, "host299"));
    nw_tls_destroy(client);
    nw_tls_destroy(server);
}

static nw_tls_context *shared_client, *shared_server;

static int meet_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < scaled(100); i++)
        (void)meet(shared_client, shared_server, i % 2 ? "localhost" : "127.0.0.1");
    return 0;
}

static int meet_on_all_loops(void *arg)
{
    nw_event *ended = arg;

    (void)meet_often(NULL);
    CHECK(meet(shared_client, shared_server, "localhost"));
    nw_event_set(ended);
    return 0;
}

static int on_several_loops(void *arg)
{
    nw_event ended[4];

    (void)arg;
    for (unsigned i = 0; i < 4; i++) {
        nw_event_init(&ended[i]);
        CHECK_EQ(nw_loop_call(nw_loop_at(i), meet_on_all_loops, &ended[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(nw_event_wait(&ended[i]), 0);
    return 0;
}

static int on_one_loop(void *arg)
{
    (void)arg;
    hosts_and_contexts();
    turned_off();
    bounded();
    return 0;
}

static void run_all(void)
{
    CHECK_EQ(nw_run(on_one_loop, NULL), 0);
    shared_client = tls_client(NULL);
    shared_server = tls_server(NULL);
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 4}, on_several_loops, NULL), 0);
    nw_tls_destroy(shared_client);
    nw_tls_destroy(shared_server);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_all);
    return 0;
}
