/* SPDX-License-Identifier: MIT */
/*
 * A request that comes in the very turn in which its connection has been idle for too long is served, not
 * closed without an answer; and one that does not come is closed. Plain, and over TLS.
 *
 * ctest: no-valgrind
 */
#include "../support/tls.h"
#include "../support/web.h"

#define IDLE_NS NW_SEC(1) /* more than a slow machine needs for a handshake */

static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, 200, "ok");
}

/* The server's connection has begun to wait. The next turn finds it idle for too long; and in that turn this
 * task stands before the connection's, which the turn wakes. */
static void hold_the_loop_over(void)
{
    int64_t began_ns = nw_now();

    while (nw_now() - began_ns < IDLE_NS + IDLE_NS / 2) {
    }
    CHECK_EQ(nw_yield(), 0);
}

static void check_served(const struct web *web, const nw_tls_context *client)
{
    nw_stream *stream = web_connect(web);

    if (client)
        CHECK_EQ(nw_tls_connect(client, stream, "localhost", &stream), 0);
    web_say(stream, request);
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    hold_the_loop_over();
    web_say(stream, request);
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    WEB_END(stream, "");
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    bool over_tls = *(bool *)arg;
    nw_tls_context *server = over_tls ? tls_server(NULL) : NULL, *client = over_tls ? tls_client(NULL) : NULL;
    struct web web = {.options = {.tls = server, .idle_timeout_ns = IDLE_NS}};

    web_start(&web, reply, NULL);
    check_served(&web, client);
    web_stop(&web);
    nw_tls_destroy(server);
    nw_tls_destroy(client);
    return 0;
}

int main(void)
{
    bool over_tls = false;

    check_enter_folder();
    CHECK_EQ(nw_run(test, &over_tls), 0);
    tls_make_certificates();
    over_tls = true;
    CHECK_EQ(nw_run(test, &over_tls), 0);
    return 0;
}
