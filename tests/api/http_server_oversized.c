/* SPDX-License-Identifier: MIT */
/*
 * Too much of everything: what has no end, what is too long or too many, is refused with its status as soon
 * as it is known, and the connection is closed; memory does not grow with what is sent.
 */
#include <sys/resource.h>

#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    int rc = nw_http_read(exchange, 0, &body);

    (void)context;
    if (rc < 0)
        return rc;
    nw_bytes_finish(&body);
    return nw_http_reply_text(exchange, 200, "ok");
}

#define HEAD   "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKS HEAD "Transfer-Encoding: chunked\r\n\r\n"

static const struct flood {
    const char *status;
    const char *begin;
    const char *again; /* and again, for ever */
} floods[] = {
    {"400", "", "A"},                                     /* a method */
    {"414", "GET /", "a"},                                /* a target */
    {"414", "GET /?", "a=b&"},                            /* a query */
    {"400", "GET / HTTP/1.1", " "},                       /* what stands behind it */
    {"431", "GET / HTTP/1.1\r\n", "a"},                   /* a name */
    {"431", "GET / HTTP/1.1\r\nHost: ", "a"},             /* a host */
    {"431", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "b"},     /* a value */
    {"431", "GET / HTTP/1.1\r\nHost: a\r\nX:", " "},      /* the space before it */
    {"431", "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n"}, /* fields */
    {"431", "GET / HTTP/1.1\r\nHost: a\r\nCookie: ", "a=b; "},
    {"400", HEAD "Transfer-Encoding: ", "chunked, "},
    {"431", HEAD "Content-Length: ", "0"},
    {"400", "", "\r\n"},                             /* empty lines */
    {"400", CHUNKS, "0"},                            /* digits of a chunk's size */
    {"400", CHUNKS "1;", "a"},                       /* an extension */
    {"400", CHUNKS, "1;a=bcdefghijklmnop\r\nx\r\n"}, /* extensions */
    {"431", CHUNKS "0\r\nX: ", "a"},                 /* a trailer */
    {"431", CHUNKS "0\r\n", "X: y\r\n"},             /* trailers */
    {"413", CHUNKS,
     "400\r\n" /* 1,024 bytes */
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................"
     "................................................................\r\n"},
};

struct talk {
    nw_stream *stream;
    const struct flood *flood;
};

/* Until nobody listens any more: 64 MiB and more would be too patient. */
static int pour(void *arg)
{
    const struct talk *talk = arg;
    size_t size = strlen(talk->flood->again), sent = 0;
    ssize_t n = nw_write(talk->stream, talk->flood->begin, strlen(talk->flood->begin));

    for (; n >= 0 && sent < (size_t)64 << 20; sent += size)
        n = nw_write(talk->stream, talk->flood->again, size);
    if (n >= 0)
        n = nw_flush(talk->stream);
    CHECK(n < 0);
    return 0;
}

/* The status, and then the end, or a reset, since we go on talking. */
static void check_flood(const struct web *web, const struct flood *flood)
{
    struct talk talk = {web_connect(web), flood};
    nw_task *task = nw_spawn(pour, &talk);
    char head[12] = "nothing";
    char rest[1024];
    ssize_t n = nw_read_exactly(talk.stream, head, sizeof head);

    if (n != sizeof head || memcmp(head, "HTTP/1.1 ", 9) != 0 || memcmp(head + 9, flood->status, 3) != 0)
        check_fail(__FILE__, __LINE__, "%s%s...: %s, \"%.12s\"", flood->begin, flood->again,
                   n < 0 ? nw_strerror((int)n) : "answered", head);
    do
        n = nw_read(talk.stream, rest, sizeof rest);
    while (n > 0);
    CHECK(n == 0 || n == -ECONNRESET);
    CHECK_EQ(nw_await(task), 0);
    (void)nw_close(talk.stream);
}

/* What has been announced is refused before it comes. */
static void check_announced(const struct web *web)
{
    static const char *const requests[] = {
        HEAD "Content-Length: 1000001\r\n\r\n",
        HEAD "Content-Length: 9223372036854775807\r\n\r\n",
        HEAD "Content-Length: 1000001\r\nExpect: 100-continue\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        nw_stream *stream = web_connect(web);
        web_say(stream, requests[i]);
        WEB_END(stream, WEB_TEXT_CLOSE("413 Content Too Large", "22", "413 Content Too Large\n"));
        CHECK_EQ(nw_close(stream), 0);
    }
}

static int test(void *arg)
{
    struct web web = {.options.body_limit_bytes = 1000000};
    struct rusage before, after;

    (void)arg;
    web_start(&web, reply, NULL);
    check_flood(&web, &floods[0]);
    CHECK_SYS(getrusage(RUSAGE_SELF, &before));
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++)
        check_flood(&web, &floods[i]);
    check_announced(&web);
    CHECK_SYS(getrusage(RUSAGE_SELF, &after));
    if (RUNTIME_SLOWER == 1 && !runtime_emulated())
        CHECK(after.ru_maxrss - before.ru_maxrss < 8 * 1024); /* KiB */
    WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
