/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the HTTP server share: a server in a task, and a client that says bytes as they are.
 * Public headers and the C library only.
 */
#ifndef NW_TESTS_WEB_H
#define NW_TESTS_WEB_H

#include "runtime.h"

struct web {
    nw_http_server_options options; /* set before web_start() what is special */
    nw_http_handler *handler;
    void *context;
    nw_event listening;
    nw_task *task;
    char where[NW_ADDRESS_TEXT_BYTES + 8];
    int listened; /* once, on however many loops */
    int result;
};

CHECK_UNUSED static void web_listens(const nw_listener *listener, void *arg)
{
    struct web *web = arg;
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    snprintf(web->where, sizeof web->where, "%s%s", strncmp(text, "unix:", 5) == 0 ? "" : "tcp://", text);
    web->listened++;
    nw_event_set(&web->listening);
}

CHECK_UNUSED static int web_serve(void *arg)
{
    struct web *web = arg;

    web->result = nw_http_serve(&web->options, web->handler, web->context);
    nw_event_set(&web->listening); /* or it has failed */
    return web->result;
}

CHECK_UNUSED static void web_start(struct web *web, nw_http_handler *handler, void *context)
{
    if (!web->options.where && !web->options.listener)
        web->options.where = "tcp://127.0.0.1:0";
    web->options.on_listen = web_listens;
    web->options.arg = web;
    web->handler = handler;
    web->context = context;
    web->listened = 0;
    nw_event_init(&web->listening);
    web->task = nw_spawn(web_serve, web);
    CHECK(web->task);
    CHECK_EQ(nw_event_wait(&web->listening), 0);
    CHECK_EQ(web->result, 0);
}

CHECK_UNUSED static void web_stop(struct web *web)
{
    nw_cancel(web->task);
    CHECK_EQ(nw_await(web->task), 0);
    CHECK_EQ(web->listened, 1);
    nw_event_finish(&web->listening);
}

/* -- a whole test: a server, and all that is asked of it -- */

struct web_test {
    nw_http_server_options options;
    nw_http_handler *handler;
    void (*const *checks)(const struct web *web); /* up to NULL */
};

CHECK_UNUSED static int web_test_task(void *arg)
{
    const struct web_test *test = arg;
    struct web web = {.options = test->options};

    web_start(&web, test->handler, NULL);
    for (size_t i = 0; test->checks[i]; i++)
        test->checks[i](&web);
    web_stop(&web);
    return 0;
}

/* Serve with these options, check one after the other, stop. Returns: what main() returns. */
CHECK_UNUSED static int web_test(const nw_http_server_options *options, nw_http_handler *handler,
                                 void (*const checks[])(const struct web *web))
{
    struct web_test test = {*options, handler, checks};

    CHECK_EQ(nw_run(web_test_task, &test), 0);
    return 0;
}

/* -- a client -- */

CHECK_UNUSED static nw_stream *web_connect(const struct web *web)
{
    nw_stream *stream;

    CHECK_EQ(nw_connect(web->where, &stream), 0);
    return stream;
}

CHECK_UNUSED static void web_say(nw_stream *stream, const char *text)
{
    CHECK_EQ(nw_write(stream, text, strlen(text)), (ssize_t)strlen(text));
    CHECK_EQ(nw_flush(stream), 0);
}

/* "Date: ..." is different each time: it is checked for its shape, and removed. */
CHECK_UNUSED static void web_remove_dates(char *text)
{
    char *at = text;

    while ((at = strstr(at, "\r\nDate: "))) {
        char *end = strstr(at + 2, "\r\n");
        CHECK(end && end - at == 2 + 6 + 29 && memcmp(end - 4, " GMT", 4) == 0);
        memmove(at, end, strlen(end) + 1);
    }
}

/* All that comes up to the end, without dates; to be freed. */
CHECK_UNUSED static char *web_hear(nw_stream *stream)
{
    nw_bytes bytes;

    CHECK_EQ(nw_read_all(stream, 0, &bytes), 0);
    CHECK_EQ(strlen(bytes.data), bytes.size);
    web_remove_dates(bytes.data);
    return bytes.data;
}

/* What comes up to the end is this. */
CHECK_UNUSED static void web_expect_end(const char *file, int line, nw_stream *stream, const char *expected)
{
    char *heard = web_hear(stream);

    check_string(file, line, "the answer", heard, expected);
    free(heard);
}

/* What comes next is this, a date not counted; the connection stays. */
CHECK_UNUSED static void web_expect_next(const char *file, int line, nw_stream *stream, const char *expected)
{
    size_t size = strlen(expected), dates = 0;
    char *heard;

    for (const char *at = expected; (at = strstr(at, "HTTP/1.1 ")); at++)
        dates += strncmp(at, "HTTP/1.1 1", 10) != 0;
    size += dates * 37;
    heard = malloc(size + 1);
    CHECK(heard);
    ssize_t n = nw_read_exactly(stream, heard, size);
    if (n < 0) {
        nw_slice rest = {"", 0};
        (void)!nw_peek(stream, 0, &rest);
        check_fail(file, line, "%s, after: %.*s", nw_strerror((int)n), (int)rest.size, rest.data);
    }
    heard[size] = '\0';
    web_remove_dates(heard);
    check_string(file, line, "the answer", heard, expected);
    free(heard);
}

/* Say this on a new connection, and nothing more: what comes up to its end is that. */
CHECK_UNUSED static void web_exchange(const char *file, int line, const struct web *web, const char *request,
                                      const char *expected)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, request);
    CHECK_EQ(nw_shutdown(stream), 0);
    web_expect_end(file, line, stream, expected);
    CHECK_EQ(nw_close(stream), 0);
}

#define WEB_END(stream, expected)            web_expect_end(__FILE__, __LINE__, stream, expected)
#define WEB_NEXT(stream, expected)           web_expect_next(__FILE__, __LINE__, stream, expected)
#define WEB_EXCHANGE(web, request, expected) web_exchange(__FILE__, __LINE__, web, request, expected)

/* A reply as the server makes it: status, more fields, content. */
#define WEB_REPLY(status, fields, content) "HTTP/1.1 " status "\r\nServer: nowait\r\n" fields "\r\n" content
#define WEB_TEXT(status, size, content)                                                                      \
    WEB_REPLY(status, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " size "\r\n", content)
#define WEB_TEXT_CLOSE(status, size, content)                                                                \
    WEB_REPLY(status,                                                                                        \
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " size                             \
              "\r\nConnection: close\r\n",                                                                   \
              content)

#endif
