/* SPDX-License-Identifier: MIT */
/*
 * Certificates that are expired, not yet valid, signed by themselves, by nobody who is trusted, or for
 * another host, through the HTTP client: nothing is sent, and the failure says what is wrong, where, and in
 * which phase.
 */
#include "../support/tls.h"
#include "../support/web.h"

static int served;

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    served++;
    return nw_http_reply_text(exchange, 200, "ok");
}

static const struct trial {
    const char *certificate;
    const char *host;
    int rc;
    const char *text; /* what the failure says ends so */
} trials[] = {
    {"good.pem", "localhost", 0, NULL},
    {"good.pem", "127.0.0.1", 0, NULL},
    {"chained.pem", "localhost", 0, NULL},
    {"expired.pem", "localhost", NW_ECERTEXPIRED, "the certificate is not valid at this time"},
    {"early.pem", "localhost", NW_ECERTEXPIRED, "the certificate is not valid at this time"},
    {"self.pem", "localhost", NW_ECERTUNTRUSTED, "the certificate is signed by nobody who is trusted"},
    {"other.pem", "localhost", NW_ECERTHOST, "the certificate is for another host"},
    {"common.pem", "localhost", NW_ECERTHOST, "the certificate is for another host"},
    {"wildcard.pem", "localhost", NW_ECERTHOST, "the certificate is for another host"},
    {"chained.pem", "127.0.0.1", NW_ECERTHOST, "the certificate is for another host"},
    {"client.pem", "localhost", NW_ECERT, "the certificate is not acceptable"},
};

static int ask(nw_http_client *client, const char *url, nw_http_failure *failure)
{
    nw_http_request_options request = {.url = url, .user = "u", .password = "p", .failure_out = failure};
    nw_http_response *response;
    int rc = nw_http_request(client, &request, &response);

    if (rc == 0) {
        CHECK_EQ(nw_http_response_status(response), 200);
        nw_http_response_close(response);
    }
    return rc;
}

static void check_failure(const struct trial *trial, const char *url, const nw_http_failure *failure)
{
    char expected[512];

    CHECK_EQ(failure->error, trial->rc);
    CHECK_EQ(failure->phase, NW_HTTP_PHASE_TLS);
    CHECK_STR(nw_http_phase_name(failure->phase), "TLS");
    CHECK_STR(failure->url, url);
    snprintf(expected, sizeof expected, "GET %s: TLS: %s", url, trial->text);
    CHECK_STR(failure->text, expected);
}

static void try_one(nw_http_client *client, const struct trial *trial)
{
    nw_tls_context *tls = tls_server(&(nw_tls_options){.certificate_file = trial->certificate});
    struct web web = {.options.tls = tls};
    nw_http_failure failure;
    char url[128];

    served = 0;
    web_start(&web, reply, NULL);
    snprintf(url, sizeof url, "https://%s:%s/a", trial->host, strrchr(web.where, ':') + 1);
    for (int i = 0; i < 2; i++) { /* the second time is like the first */
        int rc = ask(client, url, &failure);
        if (rc != trial->rc)
            check_fail(__FILE__, __LINE__, "%s as %s: %s", trial->certificate, trial->host, nw_strerror(rc));
        if (rc < 0)
            check_failure(trial, url, &failure);
    }
    CHECK_EQ(served, trial->rc == 0 ? 2 : 0);
    web_stop(&web);
    nw_tls_destroy(tls);
}

static int test(void *arg)
{
    nw_tls_context *tls = tls_client(NULL);
    const nw_http_client_options options = {.tls = tls, .proxy = ""};
    int before = check_open_fds();
    nw_http_client *client;

    (void)arg;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        CHECK_EQ(nw_http_client_create(&options, &client), 0);
        try_one(client, &trials[i]);
        nw_http_client_destroy(client);
    }
    CHECK_EQ(check_open_fds(), before);
    nw_tls_destroy(tls);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
