/* SPDX-License-Identifier: MIT */
/*
 * Many tasks send on one WebSocket, messages of all sizes: each comes whole, those of a task in their order.
 * Two that send much to each other before either receives do not wait for ever. Pings are answered while
 * nobody receives.
 */
#include "../support/ws.h"

#define SENDERS  20
#define MESSAGES 50

static size_t size_of(int sender, int number)
{
    return 2 + (size_t)((sender * 7919 + number * 104729) % (number % 10 == 0 ? 200000 : 300));
}

struct sender {
    nw_websocket *websocket;
    int number;
};

static int send_many(void *arg)
{
    const struct sender *sender = arg;
    char *data = malloc(200002);

    CHECK(data);
    for (int i = 0; i < MESSAGES; i++) {
        memset(data, 'a' + sender->number, 200002);
        data[1] = (char)i;
        CHECK_EQ(nw_websocket_send(sender->websocket, NW_WEBSOCKET_BINARY, data, size_of(sender->number, i)),
                 0);
    }
    free(data);
    return 0;
}

static int receive_many(nw_http_exchange *exchange, void *context)
{
    int next[SENDERS] = {0}, left = SENDERS * MESSAGES;
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;

    (void)context;
    CHECK_EQ(nw_websocket_accept(exchange, NULL, &websocket), 0);
    for (; left > 0; left--) {
        CHECK_EQ(nw_websocket_receive(websocket, &type, &message), 1);
        int sender = message.data[0] - 'a';
        CHECK(sender >= 0 && sender < SENDERS);
        CHECK_EQ(message.data[1], next[sender]);
        CHECK_EQ(message.size, size_of(sender, next[sender]++));
        for (size_t i = 2; i < message.size; i++)
            CHECK(message.data[i] == 'a' + sender);
    }
    WS_RECEIVE(websocket, 0);
    return 0;
}

static int test_senders(void *arg)
{
    struct web web = {.handler = NULL};
    struct sender senders[SENDERS];
    nw_websocket *websocket;

    (void)arg;
    web_start(&web, receive_many, NULL);
    websocket = ws_connect(&web, NULL);
    for (int i = 0; i < SENDERS; i++)
        senders[i] = (struct sender){websocket, i};
    CHECK_EQ(nw_each(senders, SENDERS, sizeof *senders, 0, send_many), 0);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
    web_stop(&web);
    return 0;
}

/* -- both at once -- */

#define BIG ((size_t)15 << 20)

static void send_big(nw_websocket *websocket, char fill)
{
    char *data = malloc(BIG);

    CHECK(data);
    memset(data, fill, BIG);
    CHECK_EQ(nw_websocket_send(websocket, NW_WEBSOCKET_BINARY, data, BIG), 0);
    CHECK_EQ(nw_websocket_send_text(websocket, "and this"), 0); /* waits until most of it is on its way */
    free(data);
}

static void receive_big(nw_websocket *websocket, char fill)
{
    enum nw_websocket_type type;
    nw_slice message;

    CHECK_EQ(nw_websocket_receive(websocket, &type, &message), 1);
    CHECK_EQ(message.size, BIG);
    CHECK(message.data[0] == fill && memcmp(message.data, message.data + 1, BIG - 1) == 0);
    WS_TEXT(websocket, "and this");
}

static int send_then_receive(nw_http_exchange *exchange, void *context)
{
    nw_websocket *websocket;

    (void)context;
    CHECK_EQ(nw_websocket_accept(exchange, NULL, &websocket), 0);
    send_big(websocket, 's');
    receive_big(websocket, 'c');
    WS_RECEIVE(websocket, 0);
    CHECK_EQ(nw_websocket_status(websocket), 4000);
    return 0;
}

static int test_both(void *arg)
{
    struct web web = {.handler = NULL};
    nw_websocket *websocket;

    (void)arg;
    web_start(&web, send_then_receive, NULL);
    websocket = ws_connect(&web, NULL);
    send_big(websocket, 'c');
    receive_big(websocket, 's');
    CHECK_EQ(nw_websocket_close(websocket, 4000, "enough"), 0);
    web_stop(&web);
    return 0;
}

/* -- pings -- */

static int wait_for(nw_http_exchange *exchange, void *context)
{
    nw_websocket *websocket;

    CHECK_EQ(nw_websocket_accept(exchange, NULL, &websocket), 0);
    CHECK_EQ(nw_event_wait(context), 0);
    return 0;
}

static int test_pings(void *arg)
{
    struct web web = {.handler = NULL};
    nw_event heard;
    nw_stream *stream;
    char answer[7];

    (void)arg;
    nw_event_init(&heard);
    web_start(&web, wait_for, &heard);
    stream = web_connect(&web);
    web_say(stream, WS_REQUEST);
    WEB_NEXT(stream, WS_RESPONSE);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(nw_write(stream, "\x89\x85\0\0\0\0there", 11), 11);
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_read_exactly(stream, answer, sizeof answer), (ssize_t)sizeof answer);
        CHECK(memcmp(answer, "\x8a\x05there", 7) == 0);
    }
    nw_event_set(&heard);
    CHECK_EQ(nw_read_exactly(stream, answer, 4), 4);
    CHECK(memcmp(answer, "\x88\x02\x03\xe8", 4) == 0);
    CHECK_EQ(nw_write(stream, "\x88\x80\0\0\0\0", 6), 6);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_read(stream, answer, 1), 0);
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
    nw_event_finish(&heard);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test_senders, NULL), 0);
    CHECK_EQ(nw_run(test_both, NULL), 0);
    CHECK_EQ(nw_run(test_pings, NULL), 0);
    return 0;
}
