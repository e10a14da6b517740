/* SPDX-License-Identifier: MIT */
/*
 * What counts of a body that was read in part: as much as is left of it is skipped, and the connection kept,
 * however long all of it is; and a limit that is set below what was read already lets nothing more pass.
 */
#include "../support/web.h"

#define BODY_BYTES 200000
#define LEFT_BYTES 65536
#define MORE_BYTES 100000 /* also less what the body's stream has read ahead */

static char body[BODY_BYTES + 1];

static int leave_some(nw_http_exchange *exchange)
{
    static char taken[BODY_BYTES];
    ssize_t size = nw_http_length(exchange) - atoi(nw_http_query_text(exchange));

    CHECK_EQ(nw_read_exactly(nw_http_body(exchange), taken, (size_t)size), size);
    return nw_http_reply_text(exchange, 200, "ok");
}

static int lower_limit(nw_http_exchange *exchange)
{
    char c[2];

    CHECK_EQ(nw_read(nw_http_body(exchange), c, 1), 1);
    nw_http_limit_body(exchange, 2); /* what was read ahead is here */
    while (nw_read(nw_http_body(exchange), c, 1) > 0) {
    }
    return (int)nw_read(nw_http_body(exchange), c, 1);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return strcmp(nw_http_path(exchange), "/limit") == 0 ? lower_limit(exchange) : leave_some(exchange);
}

static void check_rest(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    CHECK(nw_printf(stream, "POST /?%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LEFT_BYTES,
                    BODY_BYTES) > 0);
    web_say(stream, body);
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    CHECK(nw_printf(stream, "POST /?%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", MORE_BYTES,
                    BODY_BYTES) > 0);
    web_say(stream, body);
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "2", "ok"));
    CHECK_EQ(nw_close(stream), 0);
}

static void check_limit(const struct web *web)
{
    WEB_EXCHANGE(web,
                 "POST /limit HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n",
                 WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
}

int main(void)
{
    static void (*const checks[])(const struct web *) = {check_limit, check_rest, NULL};
    static const nw_http_server_options options;

    memset(body, 'x', BODY_BYTES);
    return web_test(&options, reply, checks);
}
