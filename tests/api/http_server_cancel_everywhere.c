/* SPDX-License-Identifier: MIT */
/*
 * A server in the middle of all that it does is cancelled after k switches, k = 0, 1, 2, ..., until all its
 * clients are served before: every client sees whole replies and then the end or a reset, and nothing stays
 * behind.
 *
 * ctest: timeout=240
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *path = nw_http_path(exchange);
    nw_stream *out, *line;
    nw_bytes body;
    nw_slice text;
    int rc;

    (void)context;
    if (strcmp(path, "/body") == 0) {
        rc = nw_http_read(exchange, 0, &body);
        if (rc < 0)
            return rc;
        rc = nw_http_reply(exchange, 200, NULL, (nw_slice){body.data, body.size});
        nw_bytes_finish(&body);
        return rc;
    }
    if (strcmp(path, "/stream") == 0) {
        rc = nw_http_reply_stream(exchange, 200, NULL, -1, &out);
        for (int i = 0; i < 4 && rc >= 0; i++) {
            rc = nw_printf(out, "%d", i);
            if (rc >= 0)
                rc = nw_flush(out);
            if (rc >= 0)
                rc = nw_yield();
        }
        return rc < 0 ? rc : 0;
    }
    if (strcmp(path, "/switch") == 0) {
        rc = nw_http_upgrade(exchange, "echo", &line);
        while (rc >= 0 && (rc = (int)nw_read_line(line, &text)) > 0) {
            rc = (int)nw_write(line, text.data, text.size);
            if (rc >= 0)
                rc = nw_flush(line);
        }
        return rc < 0 ? rc : 0;
    }
    rc = nw_yield();
    return rc < 0 ? rc : nw_http_reply_text(exchange, 200, "ok");
}

static const struct client {
    const char *say[4];
    const char *hear; /* in whole, or a part, or nothing of it */
} clients[] = {
    {{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
     WEB_TEXT("200 OK", "2", "ok") WEB_TEXT("200 OK", "2", "ok")},
    {{"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", "he", "llo"},
     "HTTP/1.1 100 Continue\r\n\r\n" WEB_REPLY("200 OK", "Content-Length: 5\r\n", "hello")},
    {{"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"},
     WEB_REPLY("200 OK", "Transfer-Encoding: chunked\r\n",
               "1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n1\r\n3\r\n0\r\n\r\n")},
    {{"GET /switch HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n", "hel", "lo\n"},
     "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n"},
    {{"GET / HTTP/1.1\r\nHo", "st: a\r\n", "\r\n"}, WEB_TEXT("200 OK", "2", "ok")},
};
#define CLIENTS (sizeof clients / sizeof *clients)

struct talk {
    const struct web *web;
    const struct client *client;
    bool drains;
};

static void remove_close(char *text)
{
    char *at;

    while ((at = strstr(text, "Connection: close\r\n")))
        memmove(at, at + 19, strlen(at + 19) + 1);
}

/* Cut within a date, there is half of one. */
static bool begins_with(const char *whole, char *part)
{
    char *date = strstr(part, "\r\nDate: ");

    if (date)
        date[2] = '\0';
    return strncmp(whole, part, strlen(part)) == 0 || strcmp(part + strlen(part) - 2, "\r\n") == 0;
}

static int be_client(void *arg)
{
    const struct talk *talk = arg;
    char heard[4096];
    size_t size = 0;
    nw_stream *stream;
    ssize_t n = 0;

    if (nw_connect(talk->web->where, &stream) < 0)
        return 0;
    for (int i = 0; i < 4 && talk->client->say[i]; i++) {
        (void)nw_write(stream, talk->client->say[i], strlen(talk->client->say[i]));
        (void)nw_flush(stream);
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_yield(), 0);
    }
    (void)!nw_shutdown(stream);
    while ((n = nw_read(stream, heard + size, sizeof heard - 1 - size)) > 0)
        size += (size_t)n;
    heard[size] = '\0';
    if (strstr(heard, " GMT\r\n"))
        web_remove_dates(heard);
    remove_close(heard);
    if (!begins_with(talk->client->hear, heard))
        check_fail(__FILE__, __LINE__, "\"%s\" after \"%s\"", heard, talk->client->say[0]);
    (void)nw_close(stream);
    return 0;
}

/* Returns: all clients had left before. */
static bool cancel_after(int turns, int64_t drain_ns)
{
    struct web web = {.options.drain_ns = drain_ns};
    struct talk talks[CLIENTS];
    nw_task *tasks[CLIENTS];
    int fds = check_open_fds();
    bool done = true;

    web_start(&web, reply, NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        talks[i] = (struct talk){.web = &web, .client = &clients[i]};
        tasks[i] = nw_spawn(be_client, &talks[i]);
    }
    for (int i = 0; i < turns; i++)
        CHECK_EQ(nw_yield(), 0);
    for (size_t i = 0; i < CLIENTS; i++)
        done = nw_done(tasks[i]) && done;
    web_stop(&web);
    CHECK_EQ(nw_gather(tasks, CLIENTS), 0);
    CHECK_EQ(tasks_alive(), 1);
    CHECK_EQ(check_open_fds(), fds);
    return done;
}

static int test(void *arg)
{
    (void)arg;
    (void)cancel_after(0, -1); /* what a loop opens once */
    for (int64_t drain_ns = -1; drain_ns <= 0; drain_ns++)
        for (int turns = 0, late = 0; late < 2; turns += 1 + turns / 256)
            late += cancel_after(turns, drain_ns);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
