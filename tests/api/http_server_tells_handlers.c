/* SPDX-License-Identifier: MIT */
/*
 * What a handler is told of a request, and who is told of what goes wrong: fields, queries, forms, limits
 * that are lifted, trailers that come too late, options that make no sense.
 */
#include <sys/socket.h>

#include "../support/web.h"

static nw_event begun, gone;

static void check_fields(nw_http_exchange *exchange)
{
    const nw_http_headers *all = nw_http_headers_of(exchange);
    nw_pair field;

    CHECK_EQ(nw_http_headers_count(all), 4);
    CHECK(nw_http_headers_at(all, 1, &field));
    CHECK_STR(field.name, "X-Twice");
    CHECK_STR(field.value, "first");
    CHECK(nw_http_headers_at(all, 3, &field));
    CHECK_STR(field.name, "x-twice");
    CHECK_STR(field.value, "second");
    CHECK_EQ(nw_http_headers_at(all, 4, &field), false);
    CHECK_STR(nw_http_header(exchange, "x-TWICE"), "first");
    CHECK_STR(nw_http_header(exchange, "X-Empty"), "");
    CHECK(nw_http_header(exchange, "X") == NULL);
}

static void check_target(nw_http_exchange *exchange)
{
    nw_tls_info info;

    CHECK_STR(nw_http_method(exchange), "GET");
    CHECK_STR(nw_http_target(exchange), "/fields?a=1&b=x%20y&a=2&c");
    CHECK_STR(nw_http_path(exchange), "/fields");
    CHECK_STR(nw_http_query_text(exchange), "a=1&b=x%20y&a=2&c");
    CHECK_STR(nw_http_query(exchange, "a"), "1");
    CHECK_STR(nw_http_query(exchange, "b"), "x y");
    CHECK_STR(nw_http_query(exchange, "c"), "");
    CHECK(nw_http_query(exchange, "d") == NULL);
    CHECK(nw_http_param(exchange, "id") == NULL);
    CHECK(nw_http_cookie(exchange, "id") == NULL);
    CHECK_EQ(nw_http_length(exchange), 0);
    CHECK_EQ(nw_http_tls(exchange, &info), -EINVAL);
}

/* "multipart/form-data" is what it takes. */
static void check_no_form(nw_http_exchange *exchange)
{
    nw_http_form_part part;
    nw_bytes body;

    CHECK_EQ(nw_http_next_part(exchange, &part), -EINVAL);
    CHECK_EQ(nw_http_read(exchange, 0, &body), 0);
    CHECK_STR(body.data, "a=b");
    nw_bytes_finish(&body);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *path = nw_http_path(exchange);
    nw_stream *out;
    nw_bytes body;

    (void)context;
    if (strcmp(path, "/fields") == 0) {
        check_target(exchange);
        check_fields(exchange);
    } else if (strcmp(path, "/form") == 0) {
        check_no_form(exchange);
    } else if (strcmp(path, "/long") == 0) {
        nw_http_limit_body(exchange, -1);
        CHECK_EQ(nw_http_read(exchange, 0, &body), 0);
        CHECK_EQ(body.size, 20);
        nw_bytes_finish(&body);
    } else if (strcmp(path, "/late") == 0) {
        CHECK_EQ(nw_http_reply_text(exchange, 200, "ok"), 0);
        CHECK_EQ(nw_http_reply_trailer(exchange, "X-Late", "1"), -EALREADY);
        CHECK_EQ(nw_http_reply_redirect(exchange, 303, "/"), -EALREADY);
        CHECK_EQ(nw_http_reply_json(exchange, 200, "{}"), -EALREADY);
        return 0;
    } else if (strcmp(path, "/trailers") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, -1, &out), 0);
        CHECK_EQ(nw_http_reply_trailer(exchange, "X\r\nY", "1"), -EINVAL);
        CHECK_EQ(nw_http_reply_trailer(exchange, "X", "1\r\nY: 2"), -EINVAL);
        CHECK_EQ(nw_http_reply_trailer(exchange, "X", "1"), 0);
        return 0;
    } else if (strcmp(path, "/less") == 0) {
        CHECK_EQ(nw_http_reply_stream(exchange, 200, NULL, 10, &out), 0);
        return 0;
    } else if (strcmp(path, "/fails") == 0) {
        return -EIO;
    } else if (strcmp(path, "/gone") == 0) {
        nw_event_set(&begun);
        CHECK_EQ(nw_event_wait(&gone), 0);
    }
    return nw_http_reply_text(exchange, 200, "ok");
}

#define OK_BY(name)                                                                                          \
    "HTTP/1.1 200 OK\r\n" name "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nok"
#define OK OK_BY("Server: test/1 (of names)\r\n")

static char told[8][16];
static int told_count, told_error;

static void tell(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)arg;
    CHECK(error < 0 && peer && told_count < 8);
    told_error = error;
    snprintf(told[told_count++], sizeof told[0], "%s", what);
}

static void check_broken(const struct web *web, const char *request)
{
    nw_stream *stream = web_connect(web);
    char heard[512];
    ssize_t n;

    web_say(stream, request);
    do
        n = nw_read(stream, heard, sizeof heard);
    while (n > 0);
    CHECK_EQ(n, -ECONNRESET);
    CHECK_EQ(nw_close(stream), 0);
}

/* A client that breaks the connection while it is served: the handler's reply is taken, and cannot be sent.
 */
static void check_gone(const struct web *web)
{
    const struct linger now = {.l_onoff = 1};
    nw_stream *stream = web_connect(web);

    nw_event_init(&begun);
    nw_event_init(&gone);
    web_say(stream, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_EQ(nw_event_wait(&begun), 0);
    CHECK_SYS(setsockopt(nw_stream_fd(stream), SOL_SOCKET, SO_LINGER, &now, sizeof now));
    CHECK_EQ(nw_close(stream), 0);
    nw_event_set(&gone);
    while (told_count == 3)
        CHECK_EQ(nw_yield(), 0);
    CHECK_STR(told[3], "send");
    CHECK(told_error == -ECONNRESET || told_error == -EPIPE);
    nw_event_finish(&begun);
    nw_event_finish(&gone);
}

static void check_requests(const struct web *web)
{
    WEB_EXCHANGE(web,
                 "GET /fields?a=1&b=x%20y&a=2&c HTTP/1.1\r\nHost: a\r\nX-Twice: first\r\nX-Empty:\r\n"
                 "x-twice: second\r\n\r\n",
                 OK);
    WEB_EXCHANGE(web,
                 "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                 "Content-Length: 3\r\n\r\na=b",
                 OK);
    WEB_EXCHANGE(web, "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", OK);
    WEB_EXCHANGE(web, "POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234567890123456789", OK);
    WEB_EXCHANGE(web, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n", OK);
    WEB_EXCHANGE(web, "GET /trailers HTTP/1.1\r\nHost: a\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nServer: test/1 (of names)\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "0\r\nX: 1\r\n\r\n");
}

static void check_told(const struct web *web)
{
    CHECK_EQ(told_count, 0);
    check_broken(web, "GET /less HTTP/1.1\r\nHost: a\r\n\r\n");
    check_broken(web, "GET /fails HTTP/1.1\r\nHost: a\r\n\r\nGET /less HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_EQ(told_count, 3);
    CHECK_STR(told[0], "reply");
    CHECK_STR(told[1], "handler");
    CHECK_STR(told[2], "reply");
    check_gone(web);
}

static void check_refused(void)
{
    static const nw_http_server_options bad[] = {
        {.where = NULL},
        {.where = "tcp://127.0.0.1:0", .reserved = {[5] = 1}},
        {.where = "tcp://127.0.0.1:0", .body_rate_bytes = -2},
        {.where = "tcp://127.0.0.1:0", .reply_rate_bytes = -2},
        {.where = "tcp://127.0.0.1:0", .body_limit_bytes = -2},
        {.where = "tcp://127.0.0.1:0", .idle_timeout_ns = -1},
        {.where = "tcp://127.0.0.1:0", .requests_per_connection = -1},
    };
    nw_http_server_options both = {.where = "tcp://127.0.0.1:0"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(nw_http_serve(&bad[i], reply, NULL), -EINVAL);
    CHECK_EQ(nw_listen(both.where, &both.listener), 0);
    CHECK_EQ(nw_http_serve(&both, reply, NULL), -EINVAL);
    nw_listener_close(both.listener);
}

static int test(void *arg)
{
    struct web web = {
        .options = {.server_name = "test/1 (of names)", .body_limit_bytes = 10, .on_error = tell}};
    struct web nameless = {.options = {.server_name = "", .body_limit_bytes = -1}};

    (void)arg;
    web_start(&web, reply, NULL);
    check_requests(&web);
    check_told(&web);
    web_stop(&web);
    web_start(&nameless, reply, NULL);
    WEB_EXCHANGE(&nameless, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", OK_BY(""));
    web_stop(&nameless);
    check_refused();
    return 0;
}

int main(void)
{
    nw_http_server_options options = {.where = "tcp://127.0.0.1:0"};

    CHECK_EQ(nw_http_serve(&options, reply, NULL), NW_ENOTASK);
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
