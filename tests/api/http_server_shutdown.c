/* SPDX-License-Identifier: MIT */
/*
 * A server that is cancelled: idle connections are closed at once, requests that have begun end and say that
 * they are the last, and what takes longer than it may is cancelled.
 */
#include "../support/web.h"

static nw_event begun, may_end;
static int cancelled;

static int reply(nw_http_exchange *exchange, void *context)
{
    int rc;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/now") == 0)
        return nw_http_reply_text(exchange, 200, "now");
    nw_event_set(&begun);
    rc = nw_event_wait(&may_end);
    if (rc < 0) {
        cancelled++;
        return rc;
    }
    return nw_http_reply_text(exchange, 200, "late");
}

static const char get_now[] = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
static const char get_late[] = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";

static void check_busy_and_idle(void)
{
    struct web web = {.handler = NULL};
    nw_stream *idle, *busy, *half, *fresh, *late;

    nw_event_init(&begun);
    nw_event_init(&may_end);
    web_start(&web, reply, NULL);
    idle = web_connect(&web);
    web_say(idle, get_now);
    WEB_NEXT(idle, WEB_TEXT("200 OK", "3", "now"));
    fresh = web_connect(&web);
    half = web_connect(&web);
    web_say(half, "GET /now HTTP/1.1\r\nHo");
    busy = web_connect(&web);
    web_say(busy, get_late);
    web_say(busy, get_now); /* is never looked at */
    CHECK_EQ(nw_event_wait(&begun), 0);
    nw_cancel(web.task);
    WEB_END(idle, "");
    WEB_END(fresh, "");
    CHECK_EQ(nw_connect(web.where, &late), -ECONNREFUSED);
    CHECK_EQ(nw_done(web.task), false);
    web_say(half, "st: a\r\n\r\n");
    WEB_END(half, WEB_TEXT_CLOSE("200 OK", "3", "now"));
    CHECK_EQ(nw_done(web.task), false);
    nw_event_set(&may_end);
    WEB_END(busy, WEB_TEXT_CLOSE("200 OK", "4", "late"));
    CHECK_EQ(nw_close(busy), 0);
    CHECK_EQ(nw_close(idle), 0);
    CHECK_EQ(nw_close(fresh), 0);
    CHECK_EQ(nw_close(half), 0);
    web_stop(&web);
    nw_event_finish(&begun);
    nw_event_finish(&may_end);
}

/* `drain_ns`: some, or none. */
static void check_too_long(int64_t drain_ns)
{
    struct web web = {.options.drain_ns = drain_ns};
    nw_stream *busy;

    cancelled = 0;
    nw_event_init(&begun);
    nw_event_init(&may_end);
    web_start(&web, reply, NULL);
    busy = web_connect(&web);
    web_say(busy, get_late);
    CHECK_EQ(nw_event_wait(&begun), 0);
    web_stop(&web);
    CHECK_EQ(cancelled, 1);
    nw_bytes bytes = {NULL, 0};
    int rc = nw_read_all(busy, 0, &bytes);
    CHECK(rc == -ECONNRESET || (rc == 0 && bytes.size == 0));
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_close(busy), 0);
    nw_event_finish(&begun);
    nw_event_finish(&may_end);
}

static int serve_in_vain(void *arg)
{
    nw_http_server_options options = {.where = "tcp://127.0.0.1:0"};

    (void)arg;
    return nw_http_serve(&options, reply, NULL);
}

static int test(void *arg)
{
    (void)arg;
    check_busy_and_idle();
    check_too_long(NW_MS(20));
    check_too_long(-1);
    CHECK_EQ(nw_timeout(NW_MS(10), serve_in_vain, NULL), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
