/* SPDX-License-Identifier: MIT */
/*
 * The access log: a line a request in the combined format, with how long it took, in which clients cannot
 * write lines of their own, nor is there anything of others in it. A reply that broke off is there with what
 * was sent of it.
 */
#include "../support/web.h"

#define LONG_BYTES ((size_t)8 * 1024 * 1024) /* more than sockets hold */

static char content[LONG_BYTES];

/* To a client that reads nothing of it. */
static int reply_long(nw_http_exchange *exchange, const char *how)
{
    nw_stream *out;
    int rc;

    if (strcmp(how, "file") == 0)
        return nw_http_reply_file(exchange, "long.bin");
    if (strcmp(how, "whole") == 0)
        return nw_http_reply(exchange, 200, NULL, (nw_slice){content, LONG_BYTES});
    CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, (int64_t)LONG_BYTES, &out), 0);
    for (size_t at = 0; at < LONG_BYTES; at += 65536) {
        rc = (int)nw_write(out, content, 65536);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/chunks") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        CHECK_EQ(nw_write(out, "123456", 6), 6);
        return 0;
    }
    if (strcmp(nw_http_path(exchange), "/short") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, 100, &out), 0);
        CHECK_EQ(nw_write(out, "123456", 6), 6);
        CHECK_EQ(nw_flush(out), 0);
        CHECK_EQ(nw_write(out, "lost", 4), 4); /* in the body's own buffer */
        return -EIO;
    }
    if (strncmp(nw_http_path(exchange), "/long/", 6) == 0)
        return reply_long(exchange, nw_http_path(exchange) + 6);
    return nw_http_reply_text(exchange, 200, "ok");
}

/* " 0.000123" at the end is how long it took. */
static void cut_off_duration(char *line)
{
    char *duration = strrchr(line, ' '), *end;

    CHECK(duration && duration[-1] == '"');
    CHECK(strtol(duration + 1, &end, 10) < 60);
    CHECK(*end == '.' && strlen(end) == 7 && strspn(end + 1, "0123456789") == 6);
    *duration = '\0';
}

/* "127.0.0.1 - - [21/Nov/2026:18:48:42 +0000] " is checked for its shape. */
static void expect_line(char **at, const char *expected)
{
    static const char shape[] = "127.0.0.1 - - [dd/Aaa/dddd:dd:dd:dd +0000] ";
    char *line = *at, *end = strchr(line, '\n');

    CHECK(end);
    *end = '\0';
    *at = end + 1;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        CHECK(shape[i] == 'd'   ? line[i] >= '0' && line[i] <= '9'
              : shape[i] == 'A' ? line[i] >= 'A' && line[i] <= 'Z'
              : shape[i] == 'a' ? line[i] >= 'a' && line[i] <= 'z'
                                : line[i] == shape[i]);
    cut_off_duration(line);
    CHECK_STR(line + sizeof shape - 1, expected);
}

/* `"GET /long/... HTTP/1.1" 200 N ...`: more than nothing, and less than the whole. Returns: N. */
static long long expect_broken(char **at, const char *path)
{
    char *end = strchr(*at, '\n'), *request;
    char begin[64];
    long long size;

    CHECK(end);
    *end = '\0';
    snprintf(begin, sizeof begin, "\"GET %s HTTP/1.1\" 200 ", path);
    request = strstr(*at, begin);
    CHECK(request);
    size = atoll(request + strlen(begin));
    *at = end + 1;
    return size;
}

static const char *const longs[] = {"/long/whole", "/long/stream", "/long/file"};

/* Does not read until the server has given up. Returns: how much of the content then came. */
static long long ask_for_long(const struct web *web, const char *path)
{
    uint64_t alive = tasks_alive();
    nw_stream *stream = web_connect(web);
    char request[128], piece[4096];
    long long size = 0;
    nw_slice line;
    ssize_t n;

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    web_say(stream, request);
    while (nw_read_line(stream, &line) > 2) {
    }
    while (tasks_alive() > alive)
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    while ((n = nw_read(stream, piece, sizeof piece)) > 0)
        size += n;
    (void)nw_close(stream);
    return size;
}

/* What is refused in the middle of its head is told with what had come, and not with what others have said.
 */
static void ask_badly(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream, "GET /cookie HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    "Cookie: secret=0123456789abcdef0123456789abcdef0123456789abcdef\r\n\r\n");
    free(web_hear(stream));
    CHECK_EQ(nw_close(stream), 0);
    stream = web_connect(web);
    web_say(stream,
            "GET / HTTP/1.1\r\nHost: a\r\nReferer: \r\nUser-Agent: test/2 \r\nA: b\r\n folded\r\n\r\n");
    free(web_hear(stream));
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    nw_log_options log_options = {.time_format = ""};
    struct web web = {.handler = NULL};
    nw_logger *logger;
    nw_bytes text;
    char *at;

    (void)arg;
    CHECK_EQ(nw_log_open(&log_options, "access.log", &logger), 0);
    web.options.access_log = logger;
    web.options.body_timeout_ns = NW_MS(40);
    web_start(&web, reply, NULL);
    nw_stream *stream = web_connect(&web);
    web_say(stream, "GET /a?b=c HTTP/1.1\r\nHost: a\r\nReferer: http://r/\r\nUser-Agent: test/1\r\n\r\n"
                    "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /chunks HTTP/1.1\r\nHost: a\r\nUser-Agent: \"\\\xc3\xa4\r\n\r\n"
                    "GET /%0a HTTP/1.0\r\n\r\n");
    CHECK_EQ(nw_shutdown(stream), 0);
    free(web_hear(stream));
    CHECK_EQ(nw_close(stream), 0);
    stream = web_connect(&web);
    web_say(stream, "BAD\r\n\r\n");
    free(web_hear(stream));
    CHECK_EQ(nw_close(stream), 0);
    ask_badly(&web);
    stream = web_connect(&web);
    web_say(stream, "GET /short HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_NEXT(stream, WEB_REPLY("200 OK", "Content-Length: 100\r\n", "123456"));
    CHECK_EQ(nw_close(stream), 0);
    long long sent[3];
    for (int i = 0; i < 3; i++)
        sent[i] = ask_for_long(&web, longs[i]);
    web_stop(&web);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_EQ(nw_read_file("access.log", 0, &text), 0);
    at = text.data;
    expect_line(&at, "\"GET /a?b=c HTTP/1.1\" 200 2 \"http://r/\" \"test/1\"");
    expect_line(&at, "\"HEAD /a HTTP/1.1\" 200 0 \"-\" \"-\"");
    expect_line(&at, "\"GET /chunks HTTP/1.1\" 200 6 \"-\" \"\\\"\\\\\\xc3\\xa4\"");
    expect_line(&at, "\"GET /%0a HTTP/1.0\" 200 2 \"-\" \"-\"");
    expect_line(&at, "\"-\" 400 43 \"-\" \"-\"");
    expect_line(&at, "\"GET /cookie HTTP/1.1\" 200 2 \"-\" \"-\"");
    expect_line(&at, "\"-\" 400 32 \"\" \"test/2\"");
    expect_line(&at, "\"GET /short HTTP/1.1\" 200 6 \"-\" \"-\"");
    for (int i = 0; i < 3; i++) { /* what the sockets took, which the client has not all seen */
        long long size = expect_broken(&at, longs[i]);
        CHECK(size >= sent[i] && size < (long long)LONG_BYTES);
    }
    CHECK_STR(at, "");
    nw_bytes_finish(&text);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("long.bin", content, LONG_BYTES);
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
