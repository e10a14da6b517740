/* SPDX-License-Identifier: MIT */
/*
 * A task that connects, sends, receives and closes is cancelled after k switches, k = 0, 1, 2, ..., until it
 * has ended before:
 * the server sees whole messages, in their order, and nothing stays behind. The same with the server.
 *
 * ctest: cost=4 timeout=240
 */
#include "../support/ws.h"

#define MESSAGES 4

struct talk {
    const struct web *web;
    int sent;  /* messages that nw_websocket_send() has taken */
    int heard; /* by the server */
    int ended; /* handlers */
};

/* Of sizes on both sides of what is kept back for others, and of the socket's buffer. */
static size_t size_of(int number)
{
    static const size_t sizes[MESSAGES] = {10, 200000, 3000000, 1};

    return sizes[number % MESSAGES];
}

static char *content_of(int number)
{
    char *content = malloc(size_of(number));

    CHECK(content);
    memset(content, 'a' + number, size_of(number));
    return content;
}

static int count(nw_http_exchange *exchange, void *context)
{
    struct talk *talk = context;
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_accept(exchange, NULL, &websocket);

    while (rc >= 0 && (rc = nw_websocket_receive(websocket, &type, &message)) > 0) {
        char *expected = content_of(talk->heard);
        CHECK_EQ(message.size, size_of(talk->heard));
        CHECK(memcmp(message.data, expected, message.size) == 0);
        free(expected);
        talk->heard++;
        rc = nw_websocket_send(websocket, type, message.data, message.size);
    }
    talk->ended++;
    return rc;
}

static int run_client(void *arg)
{
    struct talk *talk = arg;
    nw_websocket *websocket;
    char url[64];
    int rc;

    snprintf(url, sizeof url, "ws://%s/", talk->web->where + strlen("tcp://"));
    rc = nw_websocket_connect(NULL, NULL, url, &websocket);
    if (rc < 0)
        return rc;
    while (rc >= 0 && talk->sent < MESSAGES) {
        char *content = content_of(talk->sent);
        rc = nw_websocket_send(websocket, NW_WEBSOCKET_BINARY, content, size_of(talk->sent));
        talk->sent += rc == 0;
        free(content);
    }
    for (int i = 0; i < MESSAGES && rc >= 0; i++) {
        enum nw_websocket_type type;
        nw_slice message;
        rc = nw_websocket_receive(websocket, &type, &message);
        CHECK(rc != 1 || message.size == size_of(i));
    }
    int closed = nw_websocket_close(websocket, 0, NULL);
    return rc < 0 ? rc : closed;
}

static int test_client(void *arg)
{
    (void)arg;
    for (int turns = 0, done = 0; !done; turns += 1 + turns / 16) {
        struct web web = {.handler = NULL};
        struct talk talk = {.web = &web};
        web_start(&web, count, &talk);
        nw_task *client = nw_spawn(run_client, &talk);
        CHECK(client);
        for (int i = 0; i < turns; i++)
            CHECK_EQ(nw_yield(), 0);
        done = nw_done(client);
        nw_cancel(client);
        int rc = nw_await(client);
        CHECK(rc == 0 || rc == -ECANCELED);
        web_stop(&web);
        CHECK(talk.heard <= talk.sent && (rc < 0 || talk.heard == MESSAGES));
    }
    return 0;
}

static int test_server(void *arg)
{
    (void)arg;
    for (int turns = 0, done = 0; !done; turns += 1 + turns / 16) {
        struct web web = {.handler = NULL, .options = {.drain_ns = -1}};
        struct talk talk = {.web = &web};
        web_start(&web, count, &talk);
        nw_task *client = nw_spawn(run_client, &talk);
        CHECK(client);
        for (int i = 0; i < turns; i++)
            CHECK_EQ(nw_yield(), 0);
        done = nw_done(client);
        web_stop(&web);
        (void)nw_await(client); /* it has seen some end */
        CHECK(talk.heard <= talk.sent);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test_client, NULL), 0);
    CHECK_EQ(nw_run(test_server, NULL), 0);
    return 0;
}
