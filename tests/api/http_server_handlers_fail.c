/* SPDX-License-Identifier: MIT */
/*
 * What handlers do wrong: reply twice, too little, too much, with fields that would be others, fail in the
 * middle, fail before. The client is never left with what looks whole and is not.
 */
#include "../support/web.h"

static int told;

static void tell(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)arg;
    CHECK(error < 0 && what && peer);
    told++;
}

static void check_fields(nw_http_exchange *exchange)
{
    CHECK_EQ(nw_http_reply_header(exchange, "Content-Length", "1"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "transfer-encoding", "chunked"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "Connection", "keep-alive"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "X", "a\r\nY: b"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "X\r\nY", "a"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "X", "a\nb"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, "", "a"), -EINVAL);
    CHECK_EQ(nw_http_reply_header(exchange, NULL, "a"), -EINVAL);
    CHECK_EQ(nw_http_reply_redirect(exchange, 303, "/\r\nX: 1"), -EINVAL);
    CHECK_EQ(nw_http_reply_redirect(exchange, 200, "/"), -EINVAL);
    CHECK_EQ(nw_http_reply(exchange, 200, "a\r\nb", (nw_slice){"", 0}), -EINVAL);
    CHECK_EQ(nw_http_reply(exchange, 100, NULL, (nw_slice){"", 0}), -EINVAL);
    CHECK_EQ(nw_http_reply(exchange, 1000, NULL, (nw_slice){"", 0}), -EINVAL);
    CHECK_EQ(nw_http_reply(exchange, 200, NULL, (nw_slice){NULL, 1}), -EINVAL);
    CHECK_EQ(nw_http_replied(exchange), false);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *path = nw_http_path(exchange);
    nw_stream *out;

    (void)context;
    if (strcmp(path, "/twice") == 0) {
        CHECK_EQ(nw_http_reply_text(exchange, 200, "once"), 0);
        CHECK_EQ(nw_http_reply_text(exchange, 200, "twice"), -EALREADY);
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), -EALREADY);
        CHECK_EQ(nw_http_reply_header(exchange, "X", "y"), -EALREADY);
        CHECK_EQ(nw_http_upgrade(exchange, "x", &out), -EALREADY);
        return 0;
    }
    if (strcmp(path, "/fields") == 0) {
        check_fields(exchange);
        return nw_http_reply_text(exchange, 200, "ok");
    }
    if (strcmp(path, "/less") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, 10, &out), 0);
        CHECK_EQ(nw_write(out, "less", 4), 4);
        return 0;
    }
    if (strcmp(path, "/more") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, 4, &out), 0);
        CHECK_EQ(nw_write(out, "four", 4), 4);
        CHECK(nw_write(out, "more", 4) == -EFBIG || nw_flush(out) == -EFBIG);
        return 0;
    }
    if (strcmp(path, "/fails") == 0) {
        CHECK_EQ(nw_http_reply_header(exchange, "X-Never", "sent"), 0);
        return -EIO;
    }
    if (strcmp(path, "/chunks") == 0 || strcmp(path, "/late") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        CHECK_EQ(nw_write(out, "half", 4), 4);
        CHECK_EQ(nw_flush(out), 0);
        return -EIO;
    }
    return -atoi(path + 1);
}

/* What comes before the connection breaks. */
static void check_broken(const struct web *web, const char *request, const char *never)
{
    nw_stream *stream = web_connect(web);
    char heard[4096];
    size_t size = 0;
    ssize_t n;

    web_say(stream, request);
    while ((n = nw_read(stream, heard + size, sizeof heard - 1 - size)) > 0)
        size += (size_t)n;
    heard[size] = '\0';
    CHECK(n == -ECONNRESET || (n == 0 && never)); /* without framing, only a reset tells */
    CHECK(!never || !strstr(heard, never));
    CHECK_EQ(nw_close(stream), 0);
}

static void check_status(const struct web *web, int error, const char *status)
{
    nw_stream *stream = web_connect(web);
    char *heard;

    CHECK(nw_printf(stream, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", -error) > 0);
    CHECK_EQ(nw_shutdown(stream), 0);
    heard = web_hear(stream);
    if (strncmp(heard + 9, status, 3) != 0)
        check_fail(__FILE__, __LINE__, "%d: \"%s\", not %s", error, heard, status);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    struct web web = {.options.on_error = tell};

    (void)arg;
    web_start(&web, reply, NULL);
    WEB_EXCHANGE(&web, "GET /twice HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "4", "once"));
    WEB_EXCHANGE(&web, "GET /fields HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    WEB_EXCHANGE(&web, "GET /fails HTTP/1.1\r\nHost: a\r\n\r\nGET /fields HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_TEXT("500 Internal Server Error", "26", "500 Internal Server Error\n")
                     WEB_TEXT("200 OK", "2", "ok"));
    check_status(&web, -ENOENT, "404");
    check_status(&web, -EACCES, "403");
    check_status(&web, -ETIMEDOUT, "503");
    check_status(&web, -EMSGSIZE, "413");
    check_status(&web, -EFBIG, "413");
    check_status(&web, -EIO, "500");
    check_status(&web, -ECANCELED, "500");
    CHECK_EQ(told, 7);
    check_broken(&web, "GET /less HTTP/1.1\r\nHost: a\r\n\r\nGET /twice HTTP/1.1\r\nHost: a\r\n\r\n", "once");
    check_broken(&web, "GET /chunks HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\n");
    check_broken(&web, "GET /late HTTP/1.0\r\n\r\n", NULL);
    check_broken(&web, "GET /more HTTP/1.1\r\nHost: a\r\n\r\n", "more");
    CHECK(told >= 10);
    WEB_EXCHANGE(&web, "HEAD /less HTTP/1.1\r\nHost: a\r\n\r\n",
                 WEB_REPLY("200 OK", "Content-Length: 10\r\n", ""));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
