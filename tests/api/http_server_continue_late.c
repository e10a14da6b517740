/* SPDX-License-Identifier: MIT */
/*
 * A handler's deadline passes while "100 Continue" waits for a client that has not taken earlier replies: the
 * next read of the body sends it all the same, and the body comes.
 */
#include "../support/web.h"

#define FILLERS 20
#define REPLY   4000

static char filler[REPLY];
static nw_event tried;
static bool failed;

static void count_failure(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)error, (void)what, (void)peer, (void)arg;
    failed = true;
    nw_event_set(&tried);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_deadline deadline;
    nw_bytes body;
    char c;
    int rc;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/fill") == 0)
        return nw_http_reply(exchange, 200, NULL, (nw_slice){filler, REPLY});
    nw_deadline_begin(&deadline, NW_MS(20));
    CHECK_EQ(nw_read(nw_http_body(exchange), &c, 1), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    nw_event_set(&tried);
    rc = nw_http_read(exchange, 0, &body);
    if (rc < 0)
        return rc;
    rc = nw_http_reply(exchange, 200, NULL, (nw_slice){body.data, body.size});
    nw_bytes_finish(&body);
    return rc;
}

/* So many replies that nobody takes; then a body that waits to be asked for. */
static void ask(nw_stream *stream, int fillers)
{
    for (int i = 0; i < fillers; i++)
        web_say(stream, "GET /fill HTTP/1.1\r\nHost: a\r\n\r\n");
    web_say(stream, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
                    "Connection: close\r\n\r\n");
}

static void expect_body(nw_stream *stream)
{
    nw_slice line;
    char *rest;

    do
        CHECK(nw_read_line(stream, &line) > 0);
    while (!memmem(line.data, line.size, "HTTP/1.1 100", 12));
    web_say(stream, "body");
    rest = web_hear(stream);
    CHECK(strlen(rest) >= 4 && strstr(rest, "HTTP/1.1 200 OK") &&
          strcmp(rest + strlen(rest) - 4, "body") == 0);
    free(rest);
}

/* Ever more, until the server has to wait with one: the socket was full and the buffer was not before that.
 */
static int test(void *arg)
{
    struct web web = {
        .options = {.where = "unix:socket", .body_timeout_ns = NW_SEC(2), .on_error = count_failure}};

    (void)arg;
    web_start(&web, reply, NULL);
    for (int fillers = FILLERS; !failed; fillers++) {
        nw_stream *stream = web_connect(&web);
        nw_event_init(&tried);
        ask(stream, fillers);
        CHECK_EQ(nw_event_wait(&tried), 0);
        if (!failed)
            expect_body(stream);
        CHECK_EQ(nw_close(stream), 0);
        nw_event_finish(&tried);
    }
    web_stop(&web);
    return 0;
}

int main(void)
{
    memset(filler, '\n', sizeof filler);
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
