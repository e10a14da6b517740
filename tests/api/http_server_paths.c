/* SPDX-License-Identifier: MIT */
/*
 * The path that a handler sees: decoded once, without dots, and never above the root.
 */
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
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

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, reply, NULL);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_path(&web, &paths[i]);
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
