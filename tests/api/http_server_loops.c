/* SPDX-License-Identifier: MIT */
/*
 * A server on several loops: the same address, connections on all of them, and an end in which all of them
 * end, whoever is busy where.
 */
#include <stdatomic.h>

#include "../support/web.h"

#define LOOPS       3
#define CONNECTIONS 60

static atomic_int seen[LOOPS], waiting, cancelled;

static unsigned which_loop(void)
{
    unsigned index = 0;

    while (nw_loop_at(index) != nw_loop_current())
        index++;
    return index;
}

static int reply(nw_http_exchange *exchange, void *context)
{
    unsigned index = which_loop();

    (void)context;
    atomic_fetch_add(&seen[index], 1);
    if (strcmp(nw_http_path(exchange), "/wait") == 0) {
        atomic_fetch_add(&waiting, 1);
        int rc = nw_sleep(NW_FOREVER);
        atomic_fetch_add(&cancelled, 1);
        return rc;
    }
    return nw_http_reply_text(exchange, 200, "%u", index);
}

static void expect_digit(nw_stream *stream)
{
    char text[16];
    nw_slice line;

    while (nw_read_line(stream, &line) > 2) {
    }
    CHECK_EQ(nw_read_exactly(stream, text, 1), 1);
    CHECK(text[0] >= '0' && text[0] < '0' + LOOPS);
}

static int test(void *arg)
{
    struct web web = {.options = {.all_loops = true, .drain_ns = NW_MS(20)}};
    nw_stream *streams[CONNECTIONS];

    (void)arg;
    web_start(&web, reply, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        streams[i] = web_connect(&web);
    for (int i = 0; i < CONNECTIONS; i++)
        web_say(streams[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < CONNECTIONS; i++)
        expect_digit(streams[i]);
    for (int i = 0; i < LOOPS; i++)
        CHECK(atomic_load(&seen[i]) > 0); /* 60 connections, all missing one of 3 loops: 1 in 10^10 */
    for (int i = 0; i < CONNECTIONS; i += 2)
        web_say(streams[i], "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    while (atomic_load(&waiting) < CONNECTIONS / 2)
        CHECK_EQ(nw_yield(), 0);
    web_stop(&web);
    CHECK_EQ(atomic_load(&cancelled), CONNECTIONS / 2);
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK_EQ(nw_close(streams[i]), 0);
    return 0;
}

static int serve(void *arg)
{
    nw_http_server_options options = {.where = arg, .all_loops = true};

    return nw_http_serve(&options, reply, NULL);
}

/* Options that make no sense, and an address that is taken: nothing stays behind on the other loops. */
static int test_failures(void *arg)
{
    nw_listener *listener;
    nw_http_server_options options = {.where = NULL, .all_loops = true};

    (void)arg;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    options.listener = listener;
    CHECK_EQ(nw_http_serve(&options, reply, NULL), -EINVAL);
    options = (nw_http_server_options){.where = "unix:./socket", .all_loops = true};
    CHECK_EQ(nw_http_serve(&options, reply, NULL), -EINVAL);
    CHECK_EQ(nw_http_serve(NULL, reply, NULL), -EINVAL);
    options = (nw_http_server_options){.where = "tcp://127.0.0.1:0", .server_name = "a\r\nb"};
    CHECK_EQ(nw_http_serve(&options, reply, NULL), -EINVAL);
    options = (nw_http_server_options){.where = "tcp://127.0.0.1:0", .drain_ns = -2};
    CHECK_EQ(nw_http_serve(&options, reply, NULL), -EINVAL);
    CHECK_EQ(nw_http_serve(&(nw_http_server_options){.where = "tcp://127.0.0.1:0"}, NULL, NULL), -EINVAL);

    char where[NW_ADDRESS_TEXT_BYTES + 8], text[NW_ADDRESS_TEXT_BYTES];
    nw_address address;
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    snprintf(where, sizeof where, "tcp://%s", text);
    CHECK_EQ(serve(where), -EADDRINUSE);
    nw_listener_close(listener);
    CHECK_EQ(nw_timeout(NW_MS(5), serve, where), 0);
    return 0;
}

/* The run ends while the server serves: leftovers are cancelled on all loops. */
static int test_left_over(void *arg)
{
    static struct web web;

    (void)arg;
    web = (struct web){.options = {.all_loops = true, .drain_ns = -1}};
    web_start(&web, reply, NULL);
    nw_stream *stream = web_connect(&web);
    web_say(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect_digit(stream);
    return 0;
}

int main(void)
{
    nw_run_options options = {.loops = LOOPS};

    check_enter_folder();
    CHECK_EQ(nw_run_with(&options, test, NULL), 0);
    CHECK_EQ(nw_run_with(&options, test_failures, NULL), 0);
    CHECK_EQ(nw_run_with(&options, test_left_over, NULL), 0);
    return 0;
}
