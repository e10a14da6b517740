/* SPDX-License-Identifier: MIT */
/*
 * A handler whose client has gone is told so by the reply, and may work on: no time limit of a connection
 * counts for what it does then.
 */
#include "../support/web.h"

#define BODY_BYTES ((size_t)4 * 1024 * 1024) /* more than sockets hold */
#define TIMEOUT_NS NW_MS(30)
#define WORK_NS    NW_MS(150) /* several of these */
#define NOT_CALLED 1

static nw_event begun, gone;
static int result = NOT_CALLED;

static int work_on(nw_http_exchange *exchange, void *context)
{
    int rc;

    nw_event_set(&begun);
    CHECK_EQ(nw_event_wait(&gone), 0);
    rc = nw_http_reply(exchange, 200, NULL, (nw_slice){context, BODY_BYTES});
    CHECK(rc == -EPIPE || rc == -ECONNRESET);
    result = nw_sleep(WORK_NS);
    return rc;
}

static int test(void *arg)
{
    struct web web = {.options.body_timeout_ns = TIMEOUT_NS};
    char *body = calloc(1, BODY_BYTES);
    nw_stream *stream;

    (void)arg;
    CHECK(body);
    nw_event_init(&begun);
    nw_event_init(&gone);
    web_start(&web, work_on, body);
    stream = web_connect(&web);
    web_say(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_EQ(nw_event_wait(&begun), 0);
    CHECK_EQ(nw_close(stream), 0);
    nw_event_set(&gone);
    web_stop(&web); /* lets it end */
    CHECK_EQ(result, 0);
    nw_event_finish(&begun);
    nw_event_finish(&gone);
    free(body);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
