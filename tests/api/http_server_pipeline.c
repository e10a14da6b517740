/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand requests that come at once are answered in their order, with few writes; also to a client that
 * does not read before it has said everything.
 */
#include "../support/web.h"

#define COUNT 10000

static int next;

static int reply(nw_http_exchange *exchange, void *context)
{
    int number = atoi(nw_http_path(exchange) + 1);

    (void)context;
    CHECK_EQ(number, next++);
    if (number % 100 == 0)
        CHECK_EQ(nw_yield(), 0);
    return nw_http_reply_text(exchange, 200, "%d", number);
}

static int say_all(void *arg)
{
    nw_stream *stream = arg;

    for (int i = 0; i < COUNT; i++)
        CHECK(nw_printf(stream, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i) > 0);
    CHECK_EQ(nw_shutdown(stream), 0);
    return 0;
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};
    nw_stream *stream;
    nw_task *task;
    nw_slice line;

    (void)arg;
    web_start(&web, reply, NULL);
    stream = web_connect(&web);
    task = nw_spawn(say_all, stream);
    for (int i = 0; i < COUNT; i++) {
        char expected[16];
        CHECK_EQ(nw_read_line(stream, &line), 17);
        CHECK_MEM(line.data, "HTTP/1.1 200 OK\r\n", 17);
        while (nw_read_line(stream, &line) > 2) {
        }
        ssize_t size = snprintf(expected, sizeof expected, "%d", i);
        char digits[16];
        CHECK_EQ(nw_read_exactly(stream, digits, (size_t)size), size);
        CHECK_MEM(digits, expected, (size_t)size);
    }
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(next, COUNT);
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
