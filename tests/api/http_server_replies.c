/* SPDX-License-Identifier: MIT */
/*
 * What a handler replies, and what then goes over the wire: byte for byte.
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *path = nw_http_path(exchange);
    nw_stream *out;

    (void)context;
    CHECK_EQ(nw_http_replied(exchange), false);
    if (strcmp(path, "/text") == 0)
        return nw_http_reply_text(exchange, 200, "Hello, %s", "world");
    if (strcmp(path, "/json") == 0)
        return nw_http_reply_json(exchange, 201, "{\"a\": 1}");
    if (strcmp(path, "/empty") == 0)
        return nw_http_reply(exchange, 200, NULL, (nw_slice){"", 0});
    if (strcmp(path, "/none") == 0)
        return 0;
    if (strcmp(path, "/304") == 0)
        return nw_http_reply(exchange, 304, NULL, (nw_slice){"never sent", 10});
    if (strcmp(path, "/205") == 0)
        return nw_http_reply(exchange, 205, NULL, (nw_slice){"never sent", 10});
    if (strncmp(path, "/205/", 5) == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 205, NULL, strcmp(path, "/205/10") == 0 ? 10 : -1, &out), 0);
        CHECK_EQ(nw_write(out, "never sent", 10), 10);
        return 0;
    }
    if (strcmp(path, "/there") == 0)
        return nw_http_reply_redirect(exchange, 303, "/text?a=1");
    if (strcmp(path, "/fields") == 0) {
        CHECK_EQ(nw_http_reply_header(exchange, "X-One", "1"), 0);
        CHECK_EQ(nw_http_reply_header(exchange, "x-two", "two words"), 0);
        CHECK_EQ(nw_http_reply_header(exchange, "X-One", "again"), 0);
        CHECK_EQ(nw_http_reply_header(exchange, "Server", "mine"), 0);
        return nw_http_reply_text(exchange, 200, "ok");
    }
    if (strcmp(path, "/close") == 0) {
        CHECK_EQ(nw_http_reply_header(exchange, "Connection", "close"), 0);
        return nw_http_reply_text(exchange, 200, "ok");
    }
    if (strcmp(path, "/chunks") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, "text/plain", -1, &out), 0);
        CHECK_EQ(nw_http_replied(exchange), true);
        CHECK_EQ(nw_write(out, "one ", 4), 4);
        CHECK_EQ(nw_write(out, "two", 3), 3);
        return 0;
    }
    if (strcmp(path, "/trailers") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        CHECK_EQ(nw_write(out, "body", 4), 4);
        CHECK_EQ(nw_http_reply_trailer(exchange, "Content-Length", "4"), -EINVAL);
        CHECK_EQ(nw_http_reply_trailer(exchange, "X-Sum", "42"), 0);
        return 0;
    }
    if (strcmp(path, "/sized") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, 4, &out), 0);
        CHECK_EQ(nw_write(out, "body", 4), 4);
        return 0;
    }
    return -ENOENT;
}

/* RFC 9110, 15.3.6: nothing follows, which has to be said. */
#define RESET WEB_REPLY("205 Reset Content", "Content-Length: 0\r\n", "")

/* Each once, on connections that end with them. */
static void check_single(const struct web *web)
{
    WEB_EXCHANGE(web, "GET /text HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "12", "Hello, world"));
    WEB_EXCHANGE(web, "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "12", ""));
    WEB_EXCHANGE(
        web, "GET /json HTTP/1.1\r\nHost: a\r\n\r\n",
        WEB_REPLY("201 Created", "Content-Type: application/json\r\nContent-Length: 8\r\n", "{\"a\": 1}"));
    WEB_EXCHANGE(web, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Length: 0\r\n", ""));
    WEB_EXCHANGE(web, "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", WEB_REPLY("204 No Content", "", ""));
    WEB_EXCHANGE(web, "GET /304 HTTP/1.1\r\nHost: a\r\n\r\n", WEB_REPLY("304 Not Modified", "", ""));
    WEB_EXCHANGE(web, "GET /205 HTTP/1.1\r\nHost: a\r\n\r\n", RESET);
    WEB_EXCHANGE(web, "GET /there HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("303 See Other", "Content-Length: 0\r\nLocation: /text?a=1\r\n", ""));
    WEB_EXCHANGE(web, "GET /fields HTTP/1.1\r\nHost: a\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
                 "X-One: 1\r\nx-two: two words\r\nX-One: again\r\nServer: mine\r\n\r\nok");
    WEB_EXCHANGE(web, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_TEXT("404 Not Found", "14", "404 Not Found\n"));
    WEB_EXCHANGE(web, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("204 No Content", "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n", ""));
    WEB_EXCHANGE(web, "GET http://a/text?x HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_TEXT("200 OK", "12", "Hello, world"));
}

static void check_streams(const struct web *web)
{
    WEB_EXCHANGE(web, "GET /chunks HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n",
                           "7\r\none two\r\n0\r\n\r\n"));
    WEB_EXCHANGE(web, "HEAD /chunks HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n", ""));
    WEB_EXCHANGE(web, "GET /chunks HTTP/1.0\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Type: text/plain\r\nConnection: close\r\n", "one two"));
    WEB_EXCHANGE(
        web, "GET /trailers HTTP/1.1\r\nHost: a\r\n\r\n",
        WEB_REPLY("200 OK", "Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n"));
    WEB_EXCHANGE(web, "GET /sized HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Length: 4\r\n", "body"));
    WEB_EXCHANGE(web, "GET /205/10 HTTP/1.1\r\nHost: a\r\n\r\nGET /205/x HTTP/1.1\r\nHost: a\r\n\r\n",
                 RESET RESET);
    WEB_EXCHANGE(web, "HEAD /sized HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Length: 4\r\n", ""));
}

/* Which connections stay, and who is told what. */
static void check_kept(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    for (int i = 0; i < 3; i++) {
        web_say(stream, "GET /text HTTP/1.1\r\nHost: a\r\n\r\n");
        WEB_NEXT(stream, WEB_TEXT("200 OK", "12", "Hello, world"));
    }
    web_say(stream, "GET /chunks HTTP/1.1\r\nHost: a\r\n\r\nHEAD /text HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /none HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_NEXT(stream, WEB_REPLY("200 OK", "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n",
                               "7\r\none two\r\n0\r\n\r\n"));
    WEB_NEXT(stream, WEB_TEXT("200 OK", "12", ""));
    WEB_NEXT(stream, WEB_REPLY("204 No Content", "", ""));
    WEB_NEXT(stream, WEB_TEXT("200 OK", "12", "Hello, world"));
    web_say(stream, "GET /text HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    WEB_NEXT(stream, WEB_REPLY("200 OK",
                               "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n"
                               "Connection: keep-alive\r\n",
                               "Hello, world"));
    web_say(stream, "GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "12", "Hello, world"));
    CHECK_EQ(nw_close(stream), 0);

    stream = web_connect(web);
    web_say(stream, "GET /text HTTP/1.0\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "12", "Hello, world"));
    CHECK_EQ(nw_close(stream), 0);
    stream = web_connect(web);
    web_say(stream, "GET /close HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "2", "ok"));
    CHECK_EQ(nw_close(stream), 0);
}

int main(void)
{
    static void (*const checks[])(const struct web *) = {check_single, check_streams, check_kept, NULL};

    return web_test(&(nw_http_server_options){0}, reply, checks);
}
