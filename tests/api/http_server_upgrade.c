/* SPDX-License-Identifier: MIT */
/*
 * Another protocol on the connection: what the client has said already is there to be read, and what is no
 * request for it is refused.
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *stream;
    nw_slice line;
    int rc;

    (void)context;
    CHECK_EQ(nw_http_upgrade(exchange, NULL, &stream), -EINVAL);
    CHECK_EQ(nw_http_upgrade(exchange, "e cho", &stream), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "X-Mine", "1"), 0);
    rc = nw_http_upgrade(exchange, "echo", &stream);
    if (rc == -EINVAL)
        return nw_http_reply_text(exchange, 400, "no");
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_http_reply_text(exchange, 200, "too late"), -EALREADY);
    CHECK(nw_http_body(exchange) == NULL);
    while ((rc = (int)nw_read_line(stream, &line)) > 0) {
        CHECK_EQ(nw_printf(stream, "heard %.*s", (int)line.size, line.data), 6 + rc);
        CHECK_EQ(nw_flush(stream), 0);
    }
    CHECK_EQ(nw_printf(stream, "bye\n"), 4);
    return rc;
}

#define NO                                                                                                   \
    WEB_REPLY("400 Bad Request",                                                                             \
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\nX-Mine: 1\r\n", "no")

static int test(void *arg)
{
    struct web web = {.handler = NULL};
    nw_stream *stream;

    (void)arg;
    web_start(&web, reply, NULL);
    stream = web_connect(&web);
    web_say(stream,
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x, echo\r\nConnection: keep-alive, Upgrade\r\n\r\none\n");
    WEB_NEXT(stream,
             "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nX-Mine: 1\r\nUpgrade: echo\r\n\r\n"
             "heard one\n");
    web_say(stream, "two\n");
    WEB_NEXT(stream, "heard two\n");
    CHECK_EQ(nw_shutdown(stream), 0);
    WEB_END(stream, "bye\n");
    CHECK_EQ(nw_close(stream), 0);

    WEB_EXCHANGE(&web,
                 "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n"
                 "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n\r\n"
                 "GET / HTTP/1.0\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n",
                 NO NO WEB_REPLY("400 Bad Request",
                                 "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
                                 "Connection: close\r\nX-Mine: 1\r\n",
                                 "no"));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
