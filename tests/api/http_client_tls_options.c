/* SPDX-License-Identifier: MIT */
/*
 * A TLS context of a client's own: made when a request first needs one, once for all that begin together;
 * what is wrong with its files is told then, and requests that need none are served all the same.
 */
#include "../support/tls.h"
#include "../support/web.h"

#define TOGETHER 8

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, 200, "ok");
}

static nw_http_client *client_with(const nw_tls_options *tls_options)
{
    nw_http_client_options options = {.tls_options = tls_options, .proxy = ""};
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    return client;
}

struct asking {
    nw_http_client *client;
    char url[128];
    nw_http_failure failure;
};

static int ask(void *arg)
{
    struct asking *asking = arg;
    nw_http_request_options request = {.url = asking->url, .failure_out = &asking->failure};
    nw_http_response *response;
    int rc = nw_http_request(asking->client, &request, &response);

    if (rc == 0)
        CHECK_EQ(nw_http_response_status(response), 200);
    if (rc == 0)
        nw_http_response_close(response);
    return rc;
}

static struct asking asking(nw_http_client *client, const char *scheme, const struct web *web)
{
    struct asking asking = {.client = client};

    snprintf(asking.url, sizeof asking.url, "%s://localhost:%s/", scheme, strrchr(web->where, ':') + 1);
    return asking;
}

static void together(const struct web *web)
{
    const nw_tls_options tls_options = {.ca_file = "ca.pem"};
    struct asking askings[TOGETHER];
    nw_task *tasks[TOGETHER];
    nw_http_client *client = client_with(&tls_options);

    for (int i = 0; i < TOGETHER; i++) {
        askings[i] = asking(client, "https", web);
        tasks[i] = nw_spawn(ask, &askings[i]);
    }
    CHECK_EQ(nw_gather(tasks, TOGETHER), 0);
    nw_http_client_destroy(client);
}

/* Whoever is cancelled while another one makes it, or makes it, leaves the client good for the next one. */
static void cancelled(const struct web *web)
{
    const nw_tls_options tls_options = {.ca_file = "ca.pem"};
    struct asking askings[2];
    nw_task *tasks[2];

    for (int turns = 0; turns < 20; turns++) {
        nw_http_client *client = client_with(&tls_options);
        for (int i = 0; i < 2; i++) {
            askings[i] = asking(client, "https", web);
            tasks[i] = nw_spawn(ask, &askings[i]);
        }
        for (int i = 0; i < turns; i++)
            CHECK_EQ(nw_yield(), 0);
        for (int i = 0; i < 2; i++) {
            nw_cancel(tasks[i]);
            int rc = nw_await(tasks[i]);
            CHECK(rc == 0 || rc == -ECANCELED);
        }
        CHECK_EQ(ask(&askings[0]), 0);
        nw_http_client_destroy(client);
    }
}

static void missing(const struct web *web, const struct web *plain)
{
    const nw_tls_options tls_options = {.ca_file = "missing.pem"};
    nw_http_client *client = client_with(&tls_options);
    struct asking https = asking(client, "https", web), http = asking(client, "http", plain);

    CHECK_EQ(ask(&http), 0);
    for (int i = 0; i < 2; i++) { /* the second time is like the first */
        CHECK_EQ(ask(&https), -ENOENT);
        CHECK_EQ(https.failure.phase, NW_HTTP_PHASE_TLS);
    }
    CHECK_EQ(ask(&http), 0);
    nw_http_client_destroy(client);
}

static void refused(void)
{
    const nw_tls_options tls_options = {.ca_file = "ca.pem"}, wrong = {.key_file = "good.pem"};
    nw_tls_context *context = tls_client(NULL);
    nw_http_client_options options = {.tls_options = &tls_options, .tls = context};
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&options, &client), -EINVAL);
    options = (nw_http_client_options){.tls_options = &wrong};
    CHECK_EQ(nw_http_client_create(&options, &client), -EINVAL);
    nw_tls_destroy(context);
}

static int run(void *arg)
{
    nw_tls_context *server = tls_server(NULL);
    struct web web = {.options.tls = server}, plain = {.options.tls = NULL};
    int before = check_open_fds();

    (void)arg;
    web_start(&web, reply, NULL);
    web_start(&plain, reply, NULL);
    together(&web);
    cancelled(&web);
    missing(&web, &plain);
    refused();
    web_stop(&plain);
    web_stop(&web);
    nw_tls_destroy(server);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    return tls_main(run);
}
