/* SPDX-License-Identifier: MIT */
/*
 * What a server has limits for, and what those get who go beyond: heads, times, requests, connections,
 * descriptors.
 */
#include <sys/resource.h>

#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, 200, "ok");
}

#define GET   "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK    WEB_TEXT("200 OK", "2", "ok")
#define CLOSE WEB_TEXT_CLOSE("200 OK", "2", "ok")

static void expect_status(const struct web *web, const char *request, const char *status)
{
    nw_stream *stream = web_connect(web);
    char *heard;

    web_say(stream, request);
    heard = web_hear(stream);
    if (strncmp(heard + 9, status, 3) != 0 || !strstr(heard, "\r\nConnection: close\r\n"))
        check_fail(__FILE__, __LINE__, "\"%s\", not %s", heard, status);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
}

static void check_heads(void)
{
    struct web web = {.options = {.header_limit_bytes = 1000, .header_limit = 5}};
    char text[4096];

    web_start(&web, reply, NULL);
    snprintf(text, sizeof text, "GET /%0900d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    WEB_EXCHANGE(&web, text, OK);
    snprintf(text, sizeof text, "GET /%02000d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    expect_status(&web, text, "414");
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nX: %02000d\r\n\r\n", 0);
    expect_status(&web, text, "431");
    WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", OK);
    expect_status(&web, "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", "431");
    web_stop(&web);
}

/* Who says nothing, or only the beginning, does not stay; half a request is told so. */
static void check_times(void)
{
    struct web web = {.options = {.header_timeout_ns = NW_MS(30), .idle_timeout_ns = NW_MS(60)}};
    nw_stream *stream;

    web_start(&web, reply, NULL);
    stream = web_connect(&web);
    WEB_END(stream, "");
    CHECK_EQ(nw_close(stream), 0);
    stream = web_connect(&web);
    web_say(stream, GET);
    WEB_END(stream, OK);
    CHECK_EQ(nw_close(stream), 0);
    stream = web_connect(&web);
    web_say(stream, "GET / HTTP/1.1\r\nHo");
    WEB_END(stream, WEB_TEXT_CLOSE("408 Request Timeout", "20", "408 Request Timeout\n"));
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
}

static int read_body(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    int rc = nw_http_read(exchange, 100, &body);

    (void)context;
    if (rc < 0)
        return rc;
    nw_bytes_finish(&body);
    return nw_http_reply_text(exchange, 200, "ok");
}

/* Who ends in the middle of a body has made a mistake: it is not the server's. RFC 9112, 8. */
static void check_bodies(void)
{
    struct web web = {.handler = NULL};

    web_start(&web, read_body, NULL);
    WEB_EXCHANGE(&web, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
                 WEB_TEXT_CLOSE("400 Bad Request", "16", "400 Bad Request\n"));
    WEB_EXCHANGE(&web, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                 WEB_TEXT_CLOSE("400 Bad Request", "16", "400 Bad Request\n"));
    web_stop(&web);
}

static void check_requests(void)
{
    struct web web = {.options.requests_per_connection = 2};

    web_start(&web, reply, NULL);
    WEB_EXCHANGE(&web, GET GET GET, OK CLOSE);
    web_stop(&web);
}

#define TOO_MANY                                                                                             \
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

static void check_connections(void)
{
    struct web web = {.options.connections = 2};
    nw_stream *streams[2], *third;

    web_start(&web, reply, NULL);
    for (int i = 0; i < 2; i++) {
        streams[i] = web_connect(&web);
        web_say(streams[i], GET);
        WEB_NEXT(streams[i], OK);
    }
    for (int i = 0; i < 200; i++) {
        third = web_connect(&web);
        web_say(third, GET);
        WEB_END(third, TOO_MANY);
        CHECK_EQ(nw_close(third), 0);
    }
    for (int i = 0; i < 2; i++) {
        web_say(streams[i], "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        WEB_END(streams[i], CLOSE);
        CHECK_EQ(nw_close(streams[i]), 0);
    }
    third = web_connect(&web);
    web_say(third, GET);
    WEB_NEXT(third, OK);
    CHECK_EQ(nw_close(third), 0);
    web_stop(&web);
}

/* Those who were told so, and stay, do not take the place of one who could be served. */
static void check_told_ones_take_no_room(void)
{
    struct web web = {.options.connections = 1};
    nw_stream *first, *told, *next;

    web_start(&web, reply, NULL);
    first = web_connect(&web);
    web_say(first, GET);
    WEB_NEXT(first, OK);
    told = web_connect(&web);
    WEB_END(told, TOO_MANY);
    web_say(first, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    WEB_END(first, CLOSE);
    CHECK_EQ(nw_close(first), 0);
    next = web_connect(&web);
    web_say(next, GET);
    WEB_NEXT(next, OK);
    CHECK_EQ(nw_close(next), 0);
    CHECK_EQ(nw_close(told), 0);
    web_stop(&web);
}

static int failures;

static void count_failure(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)peer, (void)arg;
    CHECK_EQ(error, -EMFILE);
    CHECK_STR(what, "accept");
    failures++;
}

#define DESCRIPTORS 10000 /* so many that the ring accepts by itself */

/* Without descriptors, those that are idle make room, and nobody is turned away. */
static void check_descriptors(void)
{
    static int filling[DESCRIPTORS];
    struct web web = {.options.on_error = count_failure};
    nw_stream *idle[4], *stream;
    struct rlimit old, limit;
    int count = 0;

    /* Before the server waits: what the ring was asked for before goes by the limit of that time. */
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &old));
    limit = old;
    limit.rlim_cur = old.rlim_cur < DESCRIPTORS ? old.rlim_cur : DESCRIPTORS;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    web_start(&web, reply, NULL);
    for (int i = 0; i < 4; i++) {
        idle[i] = web_connect(&web);
        web_say(idle[i], GET);
        WEB_NEXT(idle[i], OK);
    }
    while (count < DESCRIPTORS && (filling[count] = dup(0)) >= 0)
        count++;
    CHECK(count > 0 && count < DESCRIPTORS);
    close(filling[--count]); /* one for us, none for the server */
    stream = web_connect(&web);
    web_say(stream, GET);
    WEB_NEXT(stream, OK);
    CHECK(failures > 0);
    while (count > 0)
        close(filling[--count]);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &old));
    WEB_END(idle[0], "");
    for (int i = 0; i < 4; i++)
        CHECK_EQ(nw_close(idle[i]), 0);
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
}

static int test(void *arg)
{
    (void)arg;
    check_heads();
    check_times();
    check_bodies();
    check_requests();
    check_connections();
    check_told_ones_take_no_room();
    if (!runtime_emulated()) /* valgrind accepts the connection, and drops it to play EMFILE */
        check_descriptors();
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
