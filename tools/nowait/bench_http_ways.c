/* SPDX-License-Identifier: MIT */
/*
 * Three ways of asking a server many times, and a server that takes its time before it answers.
 * Owns the clients of one measurement. The server has a loop, and so a processor, of its own.
 * Must not be clever: each way is what a user would write.
 */
#include "bench_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the server -- */

struct bench_server {
    struct http_bench *bench;
    char *body;
    nw_event ready;
    int error;
};

static int answer(nw_http_exchange *exchange, void *context)
{
    const struct bench_server *server = context;
    int rc = nw_sleep(server->bench->delay_ns);
    if (rc < 0)
        return rc;
    return nw_http_reply(exchange, 200, "application/octet-stream",
                         (nw_slice){server->body, (size_t)server->bench->size_bytes});
}

static void tell(const nw_listener *listener, void *arg)
{
    struct bench_server *server = arg;
    nw_address address;
    char text[NW_ADDRESS_TEXT_BYTES] = "";
    server->error = nw_listener_address(listener, &address);
    if (server->error == 0 && nw_address_text(&address, text, sizeof text) > 0)
        snprintf(server->bench->own_url, sizeof server->bench->own_url, "http://%s/", text);
    nw_event_set(&server->ready);
}

/* A task of the second loop; it is cancelled when the run ends. */
static int run_server(void *arg)
{
    struct bench_server *server = arg;
    const nw_http_server_options options = {
        .where = "tcp://127.0.0.1:0", .on_listen = tell, .arg = server, .drain_ns = -1};
    int rc = nw_http_serve(&options, answer, server);
    if (rc < 0 && !nw_event_is_set(&server->ready)) {
        server->error = rc;
        nw_event_set(&server->ready);
    }
    free(server->body);
    free(server);
    return 0;
}

int bench_http_serve(struct http_bench *bench)
{
    struct bench_server *server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    server->bench = bench;
    server->body = calloc(1, (size_t)bench->size_bytes + 1);
    nw_event_init(&server->ready);
    int rc = server->body ? nw_loop_call(nw_loop_at(1), run_server, server) : -ENOMEM;
    if (rc < 0) {
        free(server->body);
        free(server);
        return rc;
    }
    rc = nw_event_wait(&server->ready);
    return rc < 0 ? rc : server->error;
}

/* -- the ways -- */

static const struct {
    const char *name;
    bool fresh;
    bool concurrent;
} ways[HTTP_WAYS] = {
    [HTTP_FRESH] = {"sequential, a connection each", true, false},
    [HTTP_ONE] = {"sequential, one connection", false, false},
    [HTTP_MANY] = {"concurrent", false, true},
};

const char *bench_http_way_name(enum http_way way)
{
    return ways[way].name;
}

/* All that the workers of one run share. */
struct asking {
    const struct http_bench *bench;
    nw_http_client *client;
    unsigned next;
    double *times_ns; /* of each request */
    struct http_run run;
};

static int ask(struct asking *asking)
{
    char buffer[16384];
    nw_http_response *response;
    const char *url = asking->bench->url ? asking->bench->url : asking->bench->own_url;
    ssize_t got = -1;
    int rc = nw_http_get(asking->client, url, &response);
    if (rc < 0) {
        asking->run.failed++;
        return nw_interrupted();
    }
    nw_stream *body = nw_http_response_body(response);
    while ((got = nw_read(body, buffer, sizeof buffer)) > 0)
        asking->run.bytes += (uint64_t)got;
    int status = nw_http_response_status(response);
    asking->run.answers++;
    asking->run.failed += got < 0 || status < 200 || status > 299;
    nw_http_response_close(response);
    return nw_interrupted();
}

struct worker {
    struct asking *asking;
};

static int work(void *arg)
{
    struct asking *asking = ((struct worker *)arg)->asking;
    int rc = 0;
    while (rc == 0 && asking->next < asking->bench->requests) {
        unsigned number = asking->next++;
        int64_t began_ns = nw_now();
        rc = ask(asking);
        asking->times_ns[number] = (double)(nw_now() - began_ns);
    }
    return rc;
}

static int time_workers(struct asking *asking, unsigned count)
{
    struct worker *workers = calloc(count, sizeof *workers);
    if (!workers)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        workers[i].asking = asking;
    int64_t began_ns = nw_now();
    int rc = nw_each(workers, count, sizeof *workers, 0, work);
    asking->run.seconds = (double)(nw_now() - began_ns) / 1e9;
    free(workers);
    return rc;
}

int bench_http_measure(const struct http_bench *bench, enum http_way way, struct http_run *run_out)
{
    unsigned count = ways[way].concurrent ? bench->concurrency : 1;
    const nw_http_client_options options = {.connections_per_host = count,
                                            .connections = count + 1,
                                            .no_decoding = true,
                                            .idle_ns = ways[way].fresh ? -1 : 0};
    struct asking asking = {.bench = bench, .times_ns = calloc(bench->requests, sizeof(double))};
    int rc = asking.times_ns ? nw_http_client_create(&options, &asking.client) : -ENOMEM;
    if (rc == 0)
        rc = time_workers(&asking, count);
    nw_http_client_destroy(asking.client);
    if (rc == 0) {
        asking.run.median_ns = bench_median(asking.times_ns, bench->requests);
        asking.run.slowest_ns = asking.times_ns[bench->requests - 1]; /* sorted by now */
        *run_out = asking.run;
    }
    free(asking.times_ns);
    return rc;
}
