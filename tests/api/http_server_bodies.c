/* SPDX-License-Identifier: MIT */
/*
 * Bodies that clients send: with a length, in chunks, after "100 Continue", too long, and not wanted.
 */
#include "../support/web.h"

static int reply_first(nw_http_exchange *exchange)
{
    nw_stream *out;
    int rc = nw_http_reply_stream(exchange, 200, NULL, 5, &out);

    return rc < 0 ? rc : (int)nw_copy(out, nw_http_body(exchange), 0, NULL) - 5;
}

/* The body goes back as it comes. */
static int echo(nw_http_exchange *exchange)
{
    nw_stream *body = nw_http_body(exchange), *out;
    int rc = nw_http_reply_stream(exchange, 200, NULL, nw_http_length(exchange), &out);

    return rc < 0 ? rc : (int)nw_copy(out, body, 0, NULL) - (int)nw_http_length(exchange);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *path = nw_http_path(exchange), *sum;
    const nw_http_headers *trailers;
    nw_bytes body;
    int rc;

    (void)context;
    if (strcmp(path, "/ignore") == 0)
        return nw_http_reply_text(exchange, 200, "ignored");
    if (strcmp(path, "/echo") == 0)
        return echo(exchange);
    if (strcmp(path, "/first") == 0)
        return reply_first(exchange);
    if (strcmp(path, "/small") == 0)
        nw_http_limit_body(exchange, 4);
    CHECK(nw_http_trailers(exchange) == NULL || nw_http_length(exchange) == 0);
    rc = nw_http_read(exchange, strcmp(path, "/ten") == 0 ? 10 : 0, &body);
    if (rc < 0)
        return rc;
    trailers = nw_http_trailers(exchange);
    sum = nw_http_headers_get(trailers, "X-Sum");
    rc = nw_http_reply_text(exchange, 200, "%d %s %s", (int)nw_http_length(exchange), body.data,
                            sum ? sum : "-");
    nw_bytes_finish(&body);
    return rc;
}

static void check_read(const struct web *web)
{
    WEB_EXCHANGE(web, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                 WEB_TEXT("200 OK", "9", "5 hello -"));
    WEB_EXCHANGE(web, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                 WEB_TEXT("200 OK", "4", "0  -"));
    WEB_EXCHANGE(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "4", "0  -"));
    WEB_EXCHANGE(web,
                 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
                 WEB_TEXT("200 OK", "10", "-1 hello -"));
    WEB_EXCHANGE(web,
                 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
                 WEB_TEXT("200 OK", "11", "-1 hello 42") WEB_TEXT("200 OK", "6", "2 hi -"));
}

/* A long body that a handler reads while it replies costs no connection. */
static void check_both_ways(const struct web *web)
{
    nw_stream *stream = web_connect(web);
    static char request[100000 + 128], expected[100000 + 128];

    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n%0100000d", 7);
    snprintf(expected, sizeof expected, WEB_REPLY("200 OK", "Content-Length: 100000\r\n", "%0100000d"), 7);
    for (int i = 0; i < 2; i++) {
        web_say(stream, request);
        WEB_NEXT(stream, expected);
    }
    CHECK_EQ(nw_close(stream), 0);
}

/* Who has been answered already need not wait for "100 Continue", and does not. */
static void check_answered_first(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    WEB_NEXT(stream, WEB_REPLY("200 OK", "Content-Length: 5\r\nConnection: close\r\n", ""));
    web_say(stream, "hello");
    WEB_END(stream, "hello");
    CHECK_EQ(nw_close(stream), 0);
}

/* RFC 9110, 10.1.1: only who reads the body asks for it. */
static void check_continue(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    WEB_NEXT(stream, "HTTP/1.1 100 Continue\r\n\r\n");
    web_say(stream, "hello");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "9", "5 hello -"));
    web_say(stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "9", "5 hello -"));
    web_say(stream, "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "7", "ignored"));
    CHECK_EQ(nw_close(stream), 0);

    stream = web_connect(web);
    web_say(stream, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
    CHECK_EQ(nw_close(stream), 0);
}

static void check_limits(const struct web *web)
{
    WEB_EXCHANGE(web, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour",
                 WEB_TEXT("200 OK", "8", "4 four -"));
    WEB_EXCHANGE(web, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
                 WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
    WEB_EXCHANGE(web, "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                 WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
    WEB_EXCHANGE(web, "POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
                 WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
    WEB_EXCHANGE(web, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n",
                 WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
}

/* What nobody wants is skipped, as long as it is little. */
static void check_ignored(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream,
            "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            "POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
            "GET /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 3; i++)
        WEB_NEXT(stream, WEB_TEXT("200 OK", "7", "ignored"));
    web_say(stream, "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "7", "ignored"));
    web_say(stream, "lloGET /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "7", "ignored"));
    web_say(stream, "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nhe");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "7", "ignored"));
    CHECK_EQ(nw_close(stream), 0);
}

int main(void)
{
    static void (*const checks[])(const struct web *) = {
        check_read, check_continue, check_answered_first, check_both_ways, check_limits, check_ignored, NULL};

    return web_test(&(nw_http_server_options){.body_limit_bytes = 1000000}, reply, checks);
}
