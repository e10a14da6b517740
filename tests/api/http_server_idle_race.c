/* SPDX-License-Identifier: MIT */
/*
 * A request that comes in the very turn in which its connection has been idle for too long is served, not
 * closed without an answer; and one that does not come is closed. Plain, and over TLS.
 *
 * ctest: no-valgrind
 */
#include "../support/web_tls.h"

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

static void check_served(nw_stream *stream)
{
    web_say(stream, request);
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    hold_the_loop_over();
    web_say(stream, request);
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    WEB_END(stream, "");
}

int main(void)
{
    const nw_http_server_options options = {.idle_timeout_ns = IDLE_NS};

    return web_tls_test(&options, reply, check_served);
}
