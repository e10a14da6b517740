/* SPDX-License-Identifier: MIT */
/*
 * The path that a handler sees: decoded once, without dots, and never above the root; and the host: of a
 * target in absolute form it is the target's, whatever the field said.
 */
#include "../support/web.h"

static int reply_host(nw_http_exchange *exchange)
{
    const nw_http_headers *fields = nw_http_headers_of(exchange);
    const char *host = nw_http_header(exchange, "host");
    nw_pair last = {"", ""};

    for (size_t i = 0; i < nw_http_headers_count(fields); i++)
        CHECK(nw_http_headers_at(fields, i, &last));
    CHECK_EQ(nw_http_header(exchange, "X-Absent") == NULL, true);
    return nw_http_reply_text(exchange, 200, "%s|%s|%zu|%s", nw_http_target(exchange), host ? host : "none",
                              nw_http_headers_count(fields), last.value);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    if (strcmp(nw_http_path(exchange), "/host") == 0)
        return reply_host(exchange);
    return nw_http_reply_text(exchange, 200, "%s|%s", nw_http_path(exchange), nw_http_query_text(exchange));
}

static const struct path {
    const char *target;
    const char *seen; /* NULL: it is refused */
} paths[] = {
    {"/", "/|"},
    {"/a%20b?c=d", "/a b|c=d"},
    {"/a?b?c", "/a|b?c"},
    {"/a?", "/a|"},
    {"//", "//|"},
    {"/a//b", "/a//b|"},
    {"/a/./b", "/a/b|"},
    {"/a/../b", "/b|"},
    {"/a/..", "/|"},
    {"/a/.", "/a/|"},
    {"/a/b/../../c", "/c|"},
    {"/.a/..b/c.", "/.a/..b/c.|"},
    {"/...", "/...|"},
    {"/a/%2e%2e/b", "/b|"},
    {"/a/%2E./b", "/b|"},
    {"/a%2Fb", "/a/b|"},
    {"/a%2f..%2fb", "/b|"},
    {"/%252e%252e/a", "/%2e%2e/a|"},
    {"/a%5c..%5cb", "/a\\..\\b|"},
    {"/%c0%ae%c0%ae/a", "/\xc0\xae\xc0\xae/a|"},
    {"/\xc3\xa4", NULL},
    {"/%C3%A4", "/\xc3\xa4|"},
    {"/%0d%0aX:%201", "/\r\nX: 1|"},
    {"http://a/b/../c?d", "/c|d"},
    {"http://a", "/|"},
    {"http://a?b", "/|b"},
    {"/..", NULL},
    {"/../a", NULL},
    {"/a/../../b", NULL},
    {"/%2e%2e/a", NULL},
    {"/%2e%2e%2fa", NULL},
    {"/..%2fa", NULL},
    {"/%00", NULL},
    {"/a%00.html", NULL},
    {"/%", NULL},
    {"/%2", NULL},
    {"/%zz", NULL},
    {"/%2g", NULL},
    {"a", NULL},
};

static void check_path(const struct web *web, const struct path *path)
{
    nw_stream *stream = web_connect(web);
    char *heard, *body;

    CHECK(nw_printf(stream, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path->target) > 0);
    CHECK_EQ(nw_shutdown(stream), 0);
    heard = web_hear(stream);
    body = strstr(heard, "\r\n\r\n");
    if (!body || strncmp(heard, path->seen ? "HTTP/1.1 200 " : "HTTP/1.1 400 ", 13) != 0 ||
        (path->seen && strcmp(body + 4, path->seen) != 0))
        check_fail(__FILE__, __LINE__, "%s: answered with \"%s\"", path->target, heard);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
}

/* RFC 9112, 3.2.2. */
static const struct host {
    const char *head;
    const char *seen;
} hosts[] = {
    {"GET /host HTTP/1.1\r\nHost: field:80\r\n\r\n", "/host|field:80|1|field:80"},
    {"GET /host HTTP/1.0\r\n\r\n", "/host|none|0|"},
    {"GET http://target:8080/host HTTP/1.1\r\nHost: field\r\n\r\n",
     "http://target:8080/host|target:8080|1|target:8080"},
    {"GET http://t/host HTTP/1.1\r\nA: 1\r\nHost: a-field-that-is-longer\r\nB: 2\r\n\r\n",
     "http://t/host|t|3|t"},
    {"GET http://[::1]/host HTTP/1.1\r\nhost:\r\n\r\n", "http://[::1]/host|[::1]|1|[::1]"},
    {"GET http://target/host HTTP/1.0\r\n\r\n", "http://target/host|target|1|target"},
};

static void check_host(const struct web *web, const struct host *host)
{
    nw_stream *stream = web_connect(web);
    char *heard, *body;

    web_say(stream, host->head);
    CHECK_EQ(nw_shutdown(stream), 0);
    heard = web_hear(stream);
    body = strstr(heard, "\r\n\r\n");
    CHECK(body);
    CHECK_STR(body + 4, host->seen);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, reply, NULL);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_path(&web, &paths[i]);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        check_host(&web, &hosts[i]);
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
