/* SPDX-License-Identifier: MIT */
/*
 * What is not a request, or could be two: 400 and the end of the connection. What follows on it is never
 * taken for a request, whoever it was that hid it there.
 */
#include "../support/web.h"

static int seen;

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    int rc = nw_http_read(exchange, 0, &body);

    (void)context;
    seen++;
    if (rc < 0)
        return rc;
    nw_bytes_finish(&body);
    CHECK(strcmp(nw_http_path(exchange), "/hidden") != 0);
    return nw_http_reply_text(exchange, 200, "ok");
}

#define HIDDEN "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct bad {
    const char *status;
    const char *request;
} bad[] = {
    /* where does the body end? */
    {"400",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\na" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
            "0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc" HIDDEN},
    {"501", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    /* chunks */
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "10000000000000000\r\na\r\n0\r\n\r\n" HIDDEN},
    /* lines and fields */
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\n Host: a\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX@: x\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\nHost: a\n\n" HIDDEN},
    {"400", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"400", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"400", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"400", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"400", "\x16\x03\x01\x02 / HTTP/1.1\r\n\r\n" HIDDEN},
    {"400", "GET HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"400", "GET / HTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    /* hosts */
    {"400", "GET / HTTP/1.1\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" HIDDEN},
    /* what else cannot be */
    {"400", "GET * HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"501", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" HIDDEN},
    {"417", "GET / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n" HIDDEN},
    {"505", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" HIDDEN},
};

/* One answer, which says that it is the last, and the end. */
static void check_bad(const struct web *web, const struct bad *one)
{
    nw_stream *stream = web_connect(web);
    char *heard;

    web_say(stream, one->request);
    heard = web_hear(stream);
    if (strncmp(heard, "HTTP/1.1 ", 9) != 0 || strncmp(heard + 9, one->status, 3) != 0 ||
        strstr(heard + 1, "HTTP/1.1") || !strstr(heard, "\r\nConnection: close\r\n"))
        check_fail(__FILE__, __LINE__, "%s: answered with \"%s\"", one->request, heard);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, reply, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_bad(&web, &bad[i]);
    WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
