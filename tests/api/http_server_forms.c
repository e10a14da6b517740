/* SPDX-License-Identifier: MIT */
/*
 * What a handler asks of queries, cookies and forms with files; the strings that it was given live together.
 */
#include "../support/web.h"

static int reply_with_parts(nw_http_exchange *exchange)
{
    nw_http_form_part part;
    char text[256] = "";
    nw_bytes body;
    int rc;

    while ((rc = nw_http_next_part(exchange, &part)) > 0) {
        size_t size = strlen(text);
        CHECK_EQ(nw_read_all(part.body, 100, &body), 0);
        snprintf(text + size, sizeof text - size, "%s,%s,%s;", part.name,
                 part.file_name ? part.file_name : "-", body.data);
        nw_bytes_finish(&body);
    }
    return rc < 0 ? rc : nw_http_reply_text(exchange, 200, "%s", text);
}

static int reply(nw_http_exchange *exchange, void *context)
{
    const char *a, *b, *c, *d;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/parts") == 0)
        return reply_with_parts(exchange);
    a = nw_http_query(exchange, "a");
    b = nw_http_query(exchange, "b");
    c = nw_http_cookie(exchange, "c");
    d = nw_http_cookie(exchange, "d");
    CHECK(nw_http_query(exchange, "x") == NULL && nw_http_cookie(exchange, "x") == NULL);
    CHECK(nw_http_param(exchange, "x") == NULL && nw_http_header(exchange, "x") == NULL);
    CHECK_STR(nw_http_header(exchange, "HOST"), "a");
    CHECK_STR(nw_http_method(exchange), "GET");
    return nw_http_reply_text(exchange, 200, "%s %s %s %s", a ? a : "-", b ? b : "-", c ? c : "-",
                              d ? d : "-");
}

static int test(void *arg)
{
    static const char parts[] = "--x\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n1\r\n"
                                "--x\r\nContent-Disposition: form-data; name=\"two\"; filename=\"f.txt\"\r\n"
                                "Content-Type: text/plain\r\n\r\nabc\r\n--x--\r\n";
    struct web web = {.handler = NULL};
    char request[1024];

    (void)arg;
    web_start(&web, reply, NULL);
    WEB_EXCHANGE(&web, "GET /?a=1+2&b=%C3%A4&a=3 HTTP/1.1\r\nHost: a\r\nCookie: c=1; d=2\r\n\r\n",
                 WEB_TEXT("200 OK", "10", "1 2 \xc3\xa4 1 2"));
    WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "7", "- - - -"));
    snprintf(request, sizeof request,
             "POST /parts HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             sizeof parts - 1, parts);
    WEB_EXCHANGE(&web, request, WEB_TEXT("200 OK", "22", "one,-,1;two,f.txt,abc;"));
    WEB_EXCHANGE(&web, "POST /parts HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                 WEB_TEXT("500 Internal Server Error", "26", "500 Internal Server Error\n"));
    web_stop(&web);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
