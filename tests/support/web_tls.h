/* SPDX-License-Identifier: MIT */
/*
 * A test of the HTTP server that is done twice: plain, and over TLS, with certificates made in its folder.
 * Public headers and the C library only.
 */
#ifndef NW_TESTS_WEB_TLS_H
#define NW_TESTS_WEB_TLS_H

#include "tls.h"
#include "web.h"

struct web_tls_test {
    nw_http_server_options options;
    nw_http_handler *handler;
    void (*check)(nw_stream *stream); /* a client's connection, which stays the caller's */
    bool over_tls;
};

CHECK_UNUSED static int web_tls_test_task(void *arg)
{
    const struct web_tls_test *test = arg;
    nw_tls_context *server = test->over_tls ? tls_server(NULL) : NULL;
    nw_tls_context *client = test->over_tls ? tls_client(NULL) : NULL;
    struct web web = {.options = test->options};

    web.options.tls = server;
    web_start(&web, test->handler, NULL);
    nw_stream *stream = web_connect(&web);
    if (client)
        CHECK_EQ(nw_tls_connect(client, stream, "localhost", &stream), 0);
    test->check(stream);
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
    nw_tls_destroy(server);
    nw_tls_destroy(client);
    return 0;
}

/* Serve with these options, check, stop; and once more over TLS. Returns: what main() returns. */
CHECK_UNUSED static int web_tls_test(const nw_http_server_options *options, nw_http_handler *handler,
                                     void (*check)(nw_stream *stream))
{
    struct web_tls_test test = {*options, handler, check, false};

    check_enter_folder();
    CHECK_EQ(nw_run(web_tls_test_task, &test), 0);
    tls_make_certificates();
    test.over_tls = true;
    CHECK_EQ(nw_run(web_tls_test_task, &test), 0);
    return 0;
}

#endif
