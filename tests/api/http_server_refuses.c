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
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2a\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \"2\"\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\r\n : 2\r\n\r\nab" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
            "chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN},
    /* chunks */
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\na\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\ra\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na0\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n folded\r\n\r\n" HIDDEN},
    {"400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : y\r\n\r\n" HIDDEN},
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
    {"400", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n" HIDDEN},
    {"400", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" HIDDEN},
    {"400", "GET http://a/ HTTP/1.1\r\n\r\n" HIDDEN},
    /* what else cannot be */
    {"400", "GET * HTTP/1.1\r\nHost: a\r\n\r\n" HIDDEN},
    {"501", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" HIDDEN},
    {"417", "GET / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n" HIDDEN},
    {"505", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" HIDDEN},
};

#define FIRST "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* At once, or byte by byte, up to where the server no longer listens. */
static void say(nw_stream *stream, const char *text, bool slowly)
{
    size_t size = strlen(text), piece = slowly ? 1 : size;

    for (size_t at = 0; at < size; at += piece) {
        if (nw_write(stream, text + at, piece) < 0 || nw_flush(stream) < 0)
            return;
        CHECK_EQ(nw_yield(), 0);
    }
}

/* One answer, which says that it is the last, and the end; behind a request that is one, if need be. */
static void check_bad(const struct web *web, const struct bad *one, bool slowly, bool behind)
{
    static const char ok[] = WEB_TEXT("200 OK", "2", "ok");
    nw_stream *stream = web_connect(web);
    char *heard, *answer;

    if (behind)
        say(stream, FIRST, false);
    say(stream, one->request, slowly);
    answer = heard = web_hear(stream);
    if (behind && strncmp(heard, ok, sizeof ok - 1) == 0)
        answer += sizeof ok - 1;
    if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || strncmp(answer + 9, one->status, 3) != 0 ||
        strstr(answer + 1, "HTTP/1.1") || !strstr(answer, "\r\nConnection: close\r\n"))
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
        for (int how = 0; how < 4; how++)
            check_bad(&web, &bad[i], how & 1, how & 2);
    WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
