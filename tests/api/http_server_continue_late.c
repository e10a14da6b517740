/* SPDX-License-Identifier: MIT */
/*
 * A handler's deadline passes while "100 Continue" waits for a client that has not taken earlier replies, and
 * perhaps only a part of it would fit into the buffer. The next read of the body sends it all the same, and
 * the body comes; a reply in its place does not follow a part of it.
 */
#include <sys/ioctl.h>

#include "../support/web.h"

#define PIECE   4096  /* a filling reply, head and body */
#define BUFFER  16384 /* of a connection; a multiple of the above */
#define BUFFERS 64    /* more than the socket takes */

static const char continue_text[] = "HTTP/1.1 100 Continue\r\n\r\n";
static char filler[PIECE];
static nw_event tried;

/* "?N": a reply whose body has N bytes. */
static int fill(nw_http_exchange *exchange)
{
    return nw_http_reply(exchange, 200, NULL, (nw_slice){filler, (size_t)atoi(nw_http_query_text(exchange))});
}

static int echo(nw_http_exchange *exchange)
{
    nw_bytes body;
    int rc = nw_http_read(exchange, 0, &body);

    if (rc < 0)
        return rc;
    rc = nw_http_reply(exchange, 200, NULL, (nw_slice){body.data, body.size});
    nw_bytes_finish(&body);
    return rc;
}

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_deadline deadline;
    char c;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/fill") == 0)
        return fill(exchange);
    nw_deadline_begin(&deadline, NW_MS(5));
    CHECK_EQ(nw_read(nw_http_body(exchange), &c, 1), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    nw_event_set(&tried);
    if (strcmp(nw_http_path(exchange), "/echo") == 0)
        return echo(exchange);
    return nw_http_reply(exchange, 403, NULL, (nw_slice){"no", 2});
}

/* Of a filling reply, what is not its body; the length has four digits. */
static size_t head_size(const struct web *web)
{
    nw_stream *stream = web_connect(web);
    nw_bytes answer;

    web_say(stream, "GET /fill?1000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK_EQ(nw_read_all(stream, 0, &answer), 0);
    CHECK_EQ(nw_close(stream), 0);
    size_t size = answer.size - 1000 - strlen("Connection: close\r\n");
    nw_bytes_finish(&answer);
    return size;
}

/* Replies of `size` bytes, which nobody takes, and a body that waits to be asked for; in one write, so that
 * the server takes them for pipelined. */
static void ask(nw_stream *stream, size_t size, size_t head, const char *path)
{
    char text[BUFFER];
    size_t used = 0;

    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        used += (size_t)snprintf(text + used, sizeof text - used, "GET /fill?%zu HTTP/1.1\r\nHost: a\r\n\r\n",
                                 piece - head);
        size -= piece;
    }
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "POST %s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
                             "Connection: close\r\n\r\n",
                             path);
    CHECK(used < sizeof text);
    web_say(stream, text);
}

static void expect_text(nw_stream *stream, const char *text)
{
    char heard[64] = "";

    CHECK_EQ(nw_read_exactly(stream, heard, strlen(text)), (ssize_t)strlen(text));
    CHECK_STR(heard, text);
}

static void expect_echo(nw_stream *stream)
{
    expect_text(stream, continue_text);
    web_say(stream, "body");
    WEB_END(stream, WEB_REPLY("200 OK", "Content-Length: 4\r\nConnection: close\r\n", "body"));
}

/* The client may have been asked for the body, or not; never half. */
static void expect_refusal(nw_stream *stream)
{
    char *rest = web_hear(stream);
    size_t asked = strncmp(rest, continue_text, strlen(continue_text)) == 0 ? strlen(continue_text) : 0;
    CHECK_STR(rest + asked, WEB_REPLY("403 Forbidden", "Content-Length: 2\r\nConnection: close\r\n", "no"));
    free(rest);
}

/* Returns: was it held up, and replies before it? */
static bool check(const struct web *web, size_t size, size_t head, const char *path)
{
    nw_stream *stream = web_connect(web);
    char *taken = malloc(size);
    int here = 0;

    CHECK(taken);
    nw_event_init(&tried);
    ask(stream, size, head, path);
    CHECK_EQ(nw_event_wait(&tried), 0);
    CHECK_EQ(ioctl(nw_stream_fd(stream), FIONREAD, &here), 0);
    bool held = (size_t)here < size;
    CHECK_EQ(nw_read_exactly(stream, taken, size), (ssize_t)size);
    if (strcmp(path, "/echo") == 0)
        expect_echo(stream);
    else
        expect_refusal(stream);
    CHECK_EQ(nw_close(stream), 0);
    nw_event_finish(&tried);
    free(taken);
    return held;
}

/* One buffer more each time, until the socket does not take the last one, which has this much room left. */
static void check_room(const struct web *web, size_t room, size_t head, const char *path)
{
    size_t buffers = 1;

    while (!check(web, buffers * BUFFER - room, head, path))
        CHECK(++buffers < BUFFERS);
}

static int test(void *arg)
{
    static const size_t rooms[] = {1, 14, sizeof continue_text - 1, 1000};
    struct web web = {.options = {.where = "unix:socket"}};

    (void)arg;
    web_start(&web, reply, NULL);
    size_t head = head_size(&web);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        check_room(&web, rooms[i], head, "/echo");
        check_room(&web, rooms[i], head, "/refuse");
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
