/* SPDX-License-Identifier: MIT */
/*
 * The access log: a line a request in the combined format, in which clients cannot write lines of their own.
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/chunks") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        CHECK_EQ(nw_write(out, "123456", 6), 6);
        return 0;
    }
    return nw_http_reply_text(exchange, 200, "ok");
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
    CHECK_STR(line + sizeof shape - 1, expected);
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
    web_stop(&web);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_EQ(nw_read_file("access.log", 0, &text), 0);
    at = text.data;
    expect_line(&at, "\"GET /a?b=c HTTP/1.1\" 200 2 \"http://r/\" \"test/1\"");
    expect_line(&at, "\"HEAD /a HTTP/1.1\" 200 0 \"-\" \"-\"");
    expect_line(&at, "\"GET /chunks HTTP/1.1\" 200 6 \"-\" \"\\\"\\\\\\xc3\\xa4\"");
    expect_line(&at, "\"GET /%0a HTTP/1.0\" 200 2 \"-\" \"-\"");
    expect_line(&at, "\"-\" 400 43 \"-\" \"-\"");
    CHECK_STR(at, "");
    nw_bytes_finish(&text);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
