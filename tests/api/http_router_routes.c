/* SPDX-License-Identifier: MIT */
/*
 * Routes over a connection: parameters as the handler sees them, 404 and 405, a router within a router, files
 * below a route.
 */
#include "../support/web_files.h"

static int show(nw_http_exchange *exchange, void *context)
{
    const char *id = nw_http_param(exchange, "id"), *post = nw_http_param(exchange, "post");
    const char *rest = nw_http_param(exchange, "rest");

    CHECK(!nw_http_param(exchange, "other"));
    return nw_http_reply_text(exchange, 200, "%s id=%s post=%s rest=%s", (const char *)context, id ? id : "-",
                              post ? post : "-", rest ? rest : "-");
}

static int wait_and_show(nw_http_exchange *exchange, void *context)
{
    CHECK_EQ(nw_yield(), 0);
    return show(exchange, context);
}

static int fail(nw_http_exchange *exchange, void *context)
{
    (void)exchange;
    return *(int *)context;
}

static void get(const struct web *web, int line, const char *method, const char *target, const char *expected)
{
    const char *reply =
        text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/plain; charset=utf-8\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                strlen(expected), strcmp(method, "HEAD") == 0 ? "" : expected);

    web_exchange(__FILE__, line, web, request_of(method, target, ""), reply);
}

#define GET(target, expected) get(web, __LINE__, "GET", target, expected)

#define NOT_THERE WEB_TEXT("404 Not Found", "14", "404 Not Found\n")

static void add(nw_http_router *router, const char *method, const char *pattern, nw_http_handler *handler,
                const void *context)
{
    CHECK_EQ(nw_http_router_add(router, method, pattern, handler, (void *)(uintptr_t)context), 0);
}

static void refused(const struct web *web)
{
    WEB_EXCHANGE(web, request_of("GET", "/none", ""), NOT_THERE);
    WEB_EXCHANGE(web, request_of("GET", "/users/", ""), NOT_THERE);
    WEB_EXCHANGE(web, request_of("POST", "/users/7", "Content-Length: 0\r\n"),
                 WEB_REPLY("405 Method Not Allowed",
                           "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 23\r\n"
                           "Allow: GET, HEAD, DELETE\r\n",
                           "405 Method Not Allowed\n"));
    WEB_EXCHANGE(web, request_of("GET", "/fails", ""), WEB_TEXT("403 Forbidden", "14", "403 Forbidden\n"));
}

static void long_values(const struct web *web)
{
    char value[3001], target[4000];

    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    snprintf(target, sizeof target, "/users/%s/posts/%%2541", value);
    GET(target, text_of("posts id=%s post=%%41 rest=-", value));
}

static int test(void *arg)
{
    struct web own = {.handler = NULL}, *web = &own;
    nw_http_files *files = files_of(&(nw_http_files_options){.prefix = "/static"}, "root");
    nw_http_router *router, *inner;
    int error = -EACCES;

    (void)arg;
    CHECK_EQ(nw_http_router_create(&router), 0);
    CHECK_EQ(nw_http_router_create(&inner), 0);
    add(router, "GET", "/users/{id}", wait_and_show, "user");
    add(router, "DELETE", "/users/{id}", show, "delete");
    add(router, NULL, "/users/{id}/posts/{post}", show, "posts");
    add(router, "GET", "/users/me", show, "me");
    add(router, "GET", "/any/{rest...}", show, "any");
    add(router, "GET", "/fails", fail, &error);
    add(router, NULL, "/inner/{id}/{rest...}", nw_http_route, inner);
    add(inner, "GET", "/inner/{post}/x", show, "inner");
    add(router, "GET", "/static/{rest...}", nw_http_files_serve, files);
    CHECK_EQ(nw_http_route(NULL, router), -EINVAL);
    web_start(web, nw_http_route, router);

    GET("/users/7", "user id=7 post=- rest=-");
    GET("/users/me", "me id=- post=- rest=-");
    GET("/users/a%20b%2520?x=y", "user id=a b%20 post=- rest=-");
    GET("/users/7/posts/8", "posts id=7 post=8 rest=-");
    GET("/any/a/b//c", "any id=- post=- rest=a/b//c");
    GET("/any/", "any id=- post=- rest=");
    GET("/inner/9/x", "inner id=- post=9 rest=-");
    get(web, __LINE__, "HEAD", "/users/7", "user id=7 post=- rest=-");
    get(web, __LINE__, "DELETE", "/users/7", "delete id=7 post=- rest=-");
    get(web, __LINE__, "PATCH", "/users/7/posts/8", "posts id=7 post=8 rest=-");
    WEB_EXCHANGE(web, request_of("GET", "/inner/9/y", ""), NOT_THERE);
    refused(web);
    long_values(web);
    WEB_EXCHANGE(web, request_of("GET", "/static/a.txt", "Range: bytes=1-1\r\n"),
                 text_of("HTTP/1.1 206 Partial Content\r\nServer: nowait\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\nETag: %s\r\n"
                         "Last-Modified: " OLD_DATE "\r\nAccept-Ranges: bytes\r\n"
                         "Content-Range: bytes 1-1/3\r\n\r\nb",
                         etag_of("root/a.txt")));

    web_stop(web);
    nw_http_router_destroy(router);
    nw_http_router_destroy(inner);
    nw_http_files_destroy(files);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    write_text("root/a.txt", "abc");
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
