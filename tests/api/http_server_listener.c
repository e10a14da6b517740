/* SPDX-License-Identifier: MIT */
/*
 * A listener of the caller's serves one server after the other; a UNIX socket and IPv6 do as well as IPv4; a
 * server whose listener is closed ends, and says so.
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    char text[NW_ADDRESS_TEXT_BYTES];
    int rc = nw_address_text(nw_http_peer(exchange), text, sizeof text);

    (void)context;
    CHECK(rc >= 0 || rc == -EAFNOSUPPORT);
    return nw_http_reply_text(exchange, 200, "ok");
}

static void check_listener(const char *where)
{
    struct web web = {.handler = NULL};
    nw_listener *listener;
    int rc = nw_listen(where, &listener);

    if (strstr(where, "::1") && rc < 0)
        return;
    CHECK_EQ(rc, 0);
    web.options.listener = listener;
    for (int i = 0; i < 2; i++) {
        web_start(&web, reply, NULL);
        WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
        web_stop(&web);
    }
    web_start(&web, reply, NULL);
    nw_listener_close(listener);
    CHECK_EQ(nw_await(web.task), -EBADF);
    nw_event_finish(&web.listening);
}

static int test(void *arg)
{
    char abstract[64]; /* such a name is the whole machine's */

    (void)arg;
    snprintf(abstract, sizeof abstract, "unix:@nowait-test-http-server-listener-%d", (int)getpid());
    check_listener("tcp://127.0.0.1:0");
    check_listener("tcp://[::1]:0");
    check_listener("unix:./socket");
    check_listener(abstract);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
