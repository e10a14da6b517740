/* SPDX-License-Identifier: MIT */
/*
 * Who gets what: files and pages to those who ask, uploads to those who have the token.
 * Owns nothing. With uploads, what is served was perhaps written by a stranger: it runs nothing in browsers.
 */
#include "serve.h"

#include "tool.h"

#include <string.h>

enum { SORT_ELSEWHERE = 2000 }; /* so many entries are not sorted on the loop */

/* -- directories -- */

static struct page_view view_of(nw_http_exchange *exchange, const struct serve *serve)
{
    struct page_view view = {.order = ORDER_NAME, .uploaded = -1};
    const char *sort = nw_http_query(exchange, "sort");
    const char *order = nw_http_query(exchange, "order");
    const char *mode = nw_http_query(exchange, "view");
    const char *uploaded = nw_http_query(exchange, "uploaded");
    unsigned count;
    if (sort && strcmp(sort, "size") == 0)
        view.order = ORDER_SIZE;
    if (sort && strcmp(sort, "time") == 0)
        view.order = ORDER_TIME;
    view.descending = order && strcmp(order, "desc") == 0;
    view.grid = mode && strcmp(mode, "grid") == 0;
    if (uploaded && serve->upload && tool_parse_count(uploaded, 0, 100000, &count) == 0)
        view.uploaded = (int)count;
    view.trusted = serve->upload && token_in_request(serve, exchange);
    return view;
}

struct sorting {
    struct listing *listing;
    const struct page_view *view;
};

static int sort(void *arg)
{
    struct sorting *sorting = arg;
    list_sort(sorting->listing, sorting->view->order, sorting->view->descending);
    return 0;
}

static bool wants_json(nw_http_exchange *exchange)
{
    const char *format = nw_http_query(exchange, "format");
    return format && strcmp(format, "json") == 0;
}

int serve_directory(nw_http_exchange *exchange, const char *path, void *arg)
{
    const struct serve *serve = arg;
    struct listing listing;
    if (serve->no_list)
        return nw_http_reply_text(exchange, 404, "Not found\n");
    int rc = list_read(serve, path, &listing);
    if (rc < 0)
        return rc;
    struct page_view view = view_of(exchange, serve);
    struct sorting sorting = {&listing, &view};
    rc = listing.count > SORT_ELSEWHERE ? nw_to_thread(sort, &sorting) : sort(&sorting);
    if (rc == 0)
        rc = wants_json(exchange) ? page_reply_json(exchange, &listing)
                                  : page_reply(exchange, serve, &listing, &view);
    list_finish(&listing);
    return rc;
}

/* -- every request -- */

static bool is_directory_path(const nw_http_exchange *exchange)
{
    const char *path = nw_http_path(exchange);
    return path[strlen(path) - 1] == '/';
}

/* What all replies say. */
static int add_headers(nw_http_exchange *exchange, const struct serve *serve)
{
    int rc = nw_http_reply_header(exchange, "X-Content-Type-Options", "nosniff");
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Referrer-Policy", "same-origin");
    if (rc == 0 && serve->upload && !is_directory_path(exchange))
        rc = nw_http_reply_header(exchange, "Content-Security-Policy", "sandbox");
    if (rc == 0 && serve->cors)
        rc = nw_http_reply_header(exchange, "Access-Control-Allow-Origin", serve->cors);
    if (rc == 0 && serve->cors)
        rc = nw_http_reply_header(exchange, "Access-Control-Expose-Headers",
                                  "Accept-Ranges, Content-Length, Content-Range, ETag");
    return rc;
}

static int reply_options(nw_http_exchange *exchange, const struct serve *serve)
{
    const char *methods = serve->upload ? "GET, HEAD, OPTIONS, POST, PUT" : "GET, HEAD, OPTIONS";
    int rc = nw_http_reply_header(exchange, "Allow", methods);
    if (rc == 0 && serve->cors)
        rc = nw_http_reply_header(exchange, "Access-Control-Allow-Methods", methods);
    if (rc == 0 && serve->cors)
        rc = nw_http_reply_header(exchange, "Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, If-Range, Range");
    return rc < 0 ? rc : nw_http_reply(exchange, 204, NULL, (nw_slice){0});
}

int serve_handle(nw_http_exchange *exchange, void *context)
{
    const struct serve *serve = context;
    const char *method = nw_http_method(exchange);
    int rc = add_headers(exchange, serve);
    if (rc < 0)
        return rc;
    if (strcmp(method, "OPTIONS") == 0)
        return reply_options(exchange, serve);
    if (serve->upload && strcmp(method, "PUT") == 0)
        return upload_put(exchange, serve);
    if (serve->upload && strcmp(method, "POST") == 0 && is_directory_path(exchange))
        return upload_form(exchange, serve);
    rc = token_to_cookie(serve, exchange);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    return nw_http_files_serve(exchange, serve->files);
}
