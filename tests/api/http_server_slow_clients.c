/* SPDX-License-Identifier: MIT */
/*
 * Clients that are slow on purpose: heads that come a byte at a time have a limit in all, bodies one between
 * two pieces, and a rate; whoever runs into it is told 408 and closed, and others are served meanwhile.
 */
#include "../support/web.h"

static int failed_with, handled, slow_handlers;

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    char byte;
    int rc;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/slow") == 0) {
        CHECK_EQ(nw_read(nw_http_body(exchange), &byte, 1), 1);
        slow_handlers++;
        CHECK_EQ(nw_sleep(NW_MS(100)), 0); /* longer than a piece of a body may take */
    }
    rc = nw_http_read(exchange, 0, &body);
    handled++;
    failed_with = rc;
    if (rc < 0)
        return rc;
    nw_bytes_finish(&body);
    return nw_http_reply_text(exchange, 200, "ok");
}

#define TIMEOUT WEB_TEXT_CLOSE("408 Request Timeout", "20", "408 Request Timeout\n")

struct dribble {
    nw_stream *stream;
    const char *again;
    bool told;
};

/* A byte each millisecond, until they are told: it cannot be that they keep the connection. */
static int dribble(void *arg)
{
    struct dribble *slow = arg;

    for (size_t i = 0; !slow->told; i = (i + 1) % strlen(slow->again)) {
        if (nw_write(slow->stream, slow->again + i, 1) < 0 || nw_flush(slow->stream) < 0)
            return 0;
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    }
    return 0;
}

/* Meanwhile it goes on: it may see the end, or a reset, behind its answer. */
static void expect_told(struct dribble *slow, const char *status)
{
    char head[12], rest[512];
    ssize_t n = nw_read_exactly(slow->stream, head, sizeof head);

    CHECK_EQ(n, sizeof head);
    CHECK_MEM(head, "HTTP/1.1 ", 9);
    CHECK_MEM(head + 9, status, strlen(status));
    slow->told = true;
    do
        n = nw_read(slow->stream, rest, sizeof rest);
    while (n > 0);
    CHECK(n == 0 || n == -ECONNRESET);
}

static void check_slow_heads(const struct web *web)
{
    static const char *const begins[] = {"G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"};
    static const char *const agains[] = {"E", "X: y\r\n", "X-Long"};

    for (size_t i = 0; i < 3; i++) {
        struct dribble slow = {web_connect(web), agains[i], false};
        web_say(slow.stream, begins[i]);
        nw_task *task = nw_spawn(dribble, &slow);
        expect_told(&slow, i == 0 ? "40" : "408"); /* a method may be too long before it is too late */
        CHECK_EQ(nw_await(task), 0);
        (void)nw_close(slow.stream);
    }
    CHECK_EQ(handled, 0);
}

/* They stop, in a body with a length, in a chunk, in its size, before the trailers' end. */
static void check_slow_bodies(const struct web *web)
{
#define CHUNKS "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
        CHUNKS,
        CHUNKS "5",
        CHUNKS "5\r\nhel",
        CHUNKS "5\r\nhello",
        CHUNKS "5\r\nhello\r\n",
        CHUNKS "5\r\nhello\r\n0\r\n",
        CHUNKS "5\r\nhello\r\n0\r\nX: y\r\n",
    };

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        nw_stream *stream = web_connect(web);
        failed_with = 0;
        web_say(stream, requests[i]);
        WEB_END(stream, TIMEOUT);
        CHECK_EQ(failed_with, -ETIMEDOUT);
        CHECK_EQ(nw_close(stream), 0);
    }
}

/* Never long between two pieces, and so slow that it would take a quarter of an hour. */
static void check_dribbled_bodies(const struct web *web)
{
    static const char *const requests[] = {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
                                           CHUNKS, CHUNKS "5;"};
    static const char *const agains[] = {"x", "1\r\nx\r\n", "x"};

    for (size_t i = 0; i < 3; i++) {
        struct dribble slow = {web_connect(web), agains[i], false};
        failed_with = 0;
        web_say(slow.stream, requests[i]);
        nw_task *task = nw_spawn(dribble, &slow);
        expect_told(&slow, "408");
        CHECK_EQ(failed_with, -ETIMEDOUT);
        CHECK_EQ(nw_await(task), 0);
        (void)nw_close(slow.stream);
    }
}

/* What was waited for counts, not what the handler does meanwhile; nor does a rate that is kept. */
static void check_slow_handler(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    while (slow_handlers == 0)
        CHECK_EQ(nw_yield(), 0);
    web_say(stream, "llo");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    CHECK_EQ(nw_close(stream), 0);
}

/* One that is asked to begin, and does not. */
static void check_expecting(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    WEB_END(stream, "HTTP/1.1 100 Continue\r\n\r\n" TIMEOUT);
    CHECK_EQ(nw_close(stream), 0);
}

/* Two hundred of them hold up nobody else. */
static void check_others(const struct web *web)
{
    nw_stream *slow[200], *stream = web_connect(web);

    for (size_t i = 0; i < 200; i++) {
        slow[i] = web_connect(web);
        web_say(slow[i], i % 2 ? "GET / HTTP/1.1\r\nHo" : CHUNKS "5\r\nhel");
    }
    web_say(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok"));
    for (size_t i = 0; i < 200; i++) {
        WEB_END(slow[i], TIMEOUT);
        CHECK_EQ(nw_close(slow[i]), 0);
    }
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    struct web web = {.options = {.header_timeout_ns = NW_MS(60),
                                  .body_timeout_ns = NW_MS(40),
                                  .body_rate_bytes = 1000000}};

    (void)arg;
    web_start(&web, reply, NULL);
    check_slow_heads(&web);
    check_slow_bodies(&web);
    check_dribbled_bodies(&web);
    check_slow_handler(&web);
    check_expecting(&web);
    check_others(&web);
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
