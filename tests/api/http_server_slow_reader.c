/* SPDX-License-Identifier: MIT */
/*
 * Clients that ask and do not read, or always read some, but too slowly: their replies are given up after a
 * while, and meanwhile take no more memory than buffers. The handler, which is told so, may work on.
 */
#include "../support/web.h"

static char big[8 * 1024 * 1024];
static int given_up;

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;
    int rc;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/small") == 0)
        return nw_http_reply(exchange, 200, NULL, (nw_slice){big, 4000});
    if (strcmp(nw_http_path(exchange), "/file") == 0) {
        rc = nw_http_reply_file(exchange, "file");
    } else if (strcmp(nw_http_path(exchange), "/whole") == 0) {
        rc = nw_http_reply(exchange, 200, NULL, (nw_slice){big, sizeof big});
    } else {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        do
            rc = (int)nw_write(out, big, 65536);
        while (rc > 0);
    }
    CHECK_EQ(rc, -ETIMEDOUT);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    given_up++;
    return rc;
}

static void check(const struct web *web, const char *request)
{
    nw_stream *stream = web_connect(web);
    int before = given_up;

    web_say(stream, request);
    while (given_up == before || tasks_alive() > 2)
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static int failures;

static void count_failure(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)error, (void)what, (void)peer, (void)arg;
    failures++;
}

/* Small replies, more than sockets hold. */
static int ask_for_many(void *arg)
{
    static const char request[] = "GET /small HTTP/1.1\r\nHost: a\r\n\r\n";
    nw_stream *stream = arg;

    for (int i = 0; i < 20000; i++)
        if (nw_write(stream, request, sizeof request - 1) < 0)
            break;
    (void)nw_flush(stream);
    return 0;
}

static void check_many(const struct web *web)
{
    nw_stream *stream = web_connect(web);
    nw_task *task = nw_spawn(ask_for_many, stream);
    int before = failures;

    while (failures == before)
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_await(task), 0);
    while (tasks_alive() > 2)
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    (void)nw_close(stream);
}

/* A piece each millisecond: that is never long without one, and never as much as is asked for. It would take
 * them some seconds to read all. */
static void check_slow(const struct web *web, const char *request)
{
    nw_stream *stream = web_connect(web);
    char piece[32768];
    int before = given_up;

    web_say(stream, request);
    while (given_up == before) {
        CHECK(nw_read(stream, piece, sizeof piece) > 0);
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    }
    CHECK_EQ(nw_close(stream), 0);
}

static void check_rate(void)
{
    struct web web = {.options = {.body_timeout_ns = NW_MS(50), .reply_rate_bytes = INT64_MAX}};

    web_start(&web, reply, NULL);
    check_slow(&web, "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n");
    check_slow(&web, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    check_slow(&web, "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    web_stop(&web);
}

static int test(void *arg)
{
    struct web web = {.options = {.body_timeout_ns = NW_MS(40), .on_error = count_failure}};

    (void)arg;
    check_rate();
    web_start(&web, reply, NULL);
    check(&web, "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n");
    check(&web, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    check(&web, "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    check_many(&web);
    web_stop(&web);
    return 0;
}

int main(void)
{
    check_write_file("file", big, 1);
    CHECK_SYS(truncate("file", sizeof big));
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
