/* SPDX-License-Identifier: MIT */
/*
 * A deadline passes in the very turn in which the next bytes of a request come. The read that waits for a
 * body in chunks may end with -ETIMEDOUT or have them, but the next one goes on where it was: no framing is
 * looked at twice, or taken for content. A head is served, and its handler knows nothing of a time that is
 * over.
 */
#include "../support/web.h"

#define DEADLINE_NS NW_MS(20)

static nw_event waits; /* the reader is about to */

/* The bytes are there, and the deadline has passed, when the loop goes on. */
static void hold_the_loop(void)
{
    int64_t began_ns = nw_now();

    while (nw_now() - began_ns < 2 * DEADLINE_NS) {
    }
}

/* All of it, with a deadline around each read that may pass. */
static void read_slowly(nw_stream *body, char *text, size_t size_bytes)
{
    size_t size = 0;

    for (;;) {
        nw_deadline deadline;
        nw_deadline_begin(&deadline, DEADLINE_NS);
        nw_event_set(&waits);
        ssize_t n = nw_read(body, text + size, size_bytes - 1 - size);
        (void)nw_deadline_end(&deadline);
        if (n == 0)
            break;
        CHECK(n > 0 || n == -ETIMEDOUT);
        size += n > 0 ? (size_t)n : 0;
    }
    text[size] = '\0';
}

static void say_late(nw_stream *stream, const char *text)
{
    nw_event_clear(&waits);
    CHECK_EQ(nw_event_wait(&waits), 0);
    web_say(stream, text);
    hold_the_loop();
}

static int echo(nw_http_exchange *exchange, void *context)
{
    char text[64];

    (void)context;
    read_slowly(nw_http_body(exchange), text, sizeof text);
    return nw_http_reply_text(exchange, 200, "%s", text);
}

static int test_body(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    nw_event_init(&waits);
    web_start(&web, echo, NULL);
    nw_stream *stream = web_connect(&web);
    web_say(stream, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    say_late(stream, "5\r\n");
    say_late(stream, "hello");
    say_late(stream, "\r\n5\r\nworld\r\n");
    say_late(stream, "0\r\n");
    say_late(stream, "\r\n");
    WEB_END(stream, WEB_REPLY("200 OK",
                              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n"
                              "Connection: close\r\n",
                              "helloworld"));
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
    nw_event_finish(&waits);
    return 0;
}

static int greet(nw_http_exchange *exchange, void *context)
{
    (void)context;
    CHECK_EQ(nw_interrupted(), 0);
    nw_event_set(&waits); /* the rest of the next head is waited for right behind this reply */
    return nw_http_reply_text(exchange, 200, "ok");
}

static int test_head(void *arg)
{
    struct web web = {.options = {.header_timeout_ns = DEADLINE_NS}};

    (void)arg;
    nw_event_init(&waits);
    web_start(&web, greet, NULL);
    nw_stream *stream = web_connect(&web);
    web_say(stream, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n");
    say_late(stream, "Host: a\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "ok") WEB_TEXT("200 OK", "2", "ok"));
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
    nw_event_finish(&waits);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test_head, NULL), 0);
    CHECK_EQ(nw_run(test_body, NULL), 0);
    return 0;
}
