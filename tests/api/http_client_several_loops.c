/* SPDX-License-Identifier: MIT */
/*
 * Several loops ask at the same time, each with a client of its own, the default one of its loop among them,
 * and all with one TLS context; a client and a response of another loop are refused and left as they are.
 */
#include <stdatomic.h>

#include "../support/http_peer.h"
#include "../support/tls.h"

#define LOOPS    3
#define TASKS    8
#define REQUESTS 10

static nw_tls_context *client_context, *server_context;
static char plain_url[64], secure_url[64];
static atomic_int ready, ended;

struct foreign {
    nw_http_client *client;
    nw_http_response *response;
};

/* -- two servers, on the first loop -- */

static nw_event listening;

static int hello(nw_http_exchange *exchange, void *arg)
{
    (void)arg;
    return nw_http_reply_text(exchange, 200, "hello");
}

static void listens(const nw_listener *listener, void *arg)
{
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(arg, sizeof plain_url, "%s:%u/", arg == plain_url ? "http://127.0.0.1" : "https://localhost",
             nw_address_port(&address));
    nw_event_set(&listening);
}

static int serve(void *arg)
{
    nw_http_server_options options = {.where = "tcp://127.0.0.1:0",
                                      .on_listen = listens,
                                      .arg = arg,
                                      .tls = arg == secure_url ? server_context : NULL};

    return nw_http_serve(&options, hello, NULL);
}

static nw_task *start(char *url)
{
    nw_task *task;

    nw_event_init(&listening);
    CHECK((task = nw_spawn(serve, url)));
    CHECK_EQ(nw_event_wait(&listening), 0);
    nw_event_finish(&listening);
    return task;
}

/* -- on each loop -- */

static int ask(void *arg)
{
    for (int i = 0; i < scaled(REQUESTS); i++) {
        nw_http_response *response;
        CHECK_EQ(nw_http_get(NULL, plain_url, &response), 0);
        peer_check_body(response, "hello");
        CHECK_EQ(nw_http_get(arg, secure_url, &response), 0);
        peer_check_body(response, "hello");
    }
    return 0;
}

static void ask_all(void)
{
    const nw_http_client_options options = {.tls = client_context, .connections_per_host = 3};
    nw_task *tasks[TASKS];
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < TASKS; i++)
        CHECK((tasks[i] = nw_spawn(ask, client)));
    CHECK_EQ(nw_gather(tasks, TASKS), 0);
    nw_http_client_destroy(client);
}

static int on_other_loop(void *arg)
{
    struct foreign *foreign = arg;
    nw_http_response *response = NULL;
    nw_stream *stream;
    nw_bytes body;

    CHECK_EQ(nw_http_get(foreign->client, plain_url, &response), -EINVAL);
    CHECK(response == NULL);
    CHECK_EQ(nw_http_response_read(foreign->response, 0, &body), -EINVAL);
    CHECK_EQ(nw_http_response_save(foreign->response, "saved", NULL), -EINVAL);
    CHECK_EQ(nw_http_response_upgraded(foreign->response, &stream), -EINVAL);
    CHECK(nw_http_response_body(foreign->response) == NULL);
    nw_http_response_close(foreign->response);
    nw_http_client_destroy(foreign->client);
    atomic_fetch_add(&ready, 1);
    ask_all();
    atomic_fetch_add(&ended, 1);
    return 0;
}

static void wait_for(atomic_int *count, int value)
{
    while (atomic_load(count) < value)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
}

static int run(void *arg)
{
    nw_task *plain = start(plain_url), *secure = start(secure_url);
    struct foreign foreign;

    (void)arg;
    CHECK_EQ(nw_http_client_create(NULL, &foreign.client), 0);
    CHECK_EQ(nw_http_get(foreign.client, plain_url, &foreign.response), 0);
    for (unsigned i = 1; i < LOOPS; i++)
        CHECK_EQ(nw_loop_call(nw_loop_at(i), on_other_loop, &foreign), 0);
    wait_for(&ready, LOOPS - 1); /* until then nobody touches what they try */
    peer_check_body(foreign.response, "hello");
    nw_http_client_destroy(foreign.client);
    ask_all();
    wait_for(&ended, LOOPS - 1);
    nw_cancel(plain);
    nw_cancel(secure);
    CHECK_EQ(nw_await(plain), 0);
    CHECK_EQ(nw_await(secure), 0);
    return 0;
}

int main(void)
{
    nw_run_options options = {.loops = LOOPS};

    check_enter_folder();
    tls_make_certificates();
    client_context = tls_client(NULL);
    server_context = tls_server(NULL);
    CHECK_EQ(nw_run_with(&options, run, NULL), 0);
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}
