/* SPDX-License-Identifier: MIT */
/*
 * Requests that end at every byte, and requests that come byte by byte: what is whole is answered, what is
 * not gets no handler, and the server lives.
 *
 * ctest: timeout=120
 */
#include "../support/web.h"

static const char request[] = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "5\r\nhello\r\n0\r\nX: y\r\n\r\n";
static int calls, bodies;

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    int rc;

    (void)context;
    calls++;
    rc = nw_http_read(exchange, 0, &body);
    if (rc < 0)
        return rc;
    bodies++;
    CHECK_STR(body.data, "hello");
    nw_bytes_finish(&body);
    return nw_http_reply_text(exchange, 200, "ok");
}

/* Closed at once, or after the end of what it says has been told. */
static void cut(const struct web *web, size_t size, bool polite)
{
    nw_stream *stream = web_connect(web);

    CHECK_EQ(nw_write(stream, request, size), (ssize_t)size);
    if (polite) {
        CHECK_EQ(nw_shutdown(stream), 0);
        char *heard = web_hear(stream);
        CHECK(!strstr(heard, " 200 "));
        free(heard);
    }
    CHECK_EQ(nw_close(stream), 0);
}

static void byte_by_byte(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    for (const char *at = request; *at; at++) {
        CHECK_EQ(nw_write(stream, at, 1), 1);
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_yield(), 0);
    }
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};
    int fds;

    (void)arg;
    web_start(&web, reply, NULL);
    byte_by_byte(&web);
    fds = check_open_fds();
    for (size_t size = 0; size < sizeof request - 1; size++) {
        cut(&web, size, false);
        cut(&web, size, true);
    }
    CHECK_EQ(bodies, 1);
    byte_by_byte(&web);
    CHECK_EQ(bodies, 2);
    while (tasks_alive() > 2)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(check_open_fds(), fds - 1); /* that connection, too */
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
