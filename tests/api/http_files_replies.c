/* SPDX-License-Identifier: MIT */
/*
 * What a reply with a file says, to the letter: whole, in part, not changed, not there.
 */
#include "../support/web_files.h"

#define CONTENT "0123456789abcdefghij"

static const char *fields(void)
{
    return text_of("ETag: %s\r\nLast-Modified: " OLD_DATE "\r\nAccept-Ranges: bytes\r\n",
                   etag_of("root/a.txt"));
}

static const char *whole(void)
{
    return text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/plain; charset=utf-8\r\n"
                   "Content-Length: 20\r\n%s\r\n",
                   fields());
}

static const char *not_modified(void)
{
    return text_of("HTTP/1.1 304 Not Modified\r\nServer: nowait\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                   "\r\n\r\n",
                   etag_of("root/a.txt"));
}

static const char *part(const char *range, const char *content)
{
    return text_of("HTTP/1.1 206 Partial Content\r\nServer: nowait\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s"
                   "Content-Range: bytes %s/20\r\n\r\n%s",
                   strlen(content), fields(), range, content);
}

#define FAILED    WEB_REPLY("412 Precondition Failed", "Content-Length: 0\r\n", "")
#define NOT_THERE WEB_TEXT("404 Not Found", "14", "404 Not Found\n")
#define OUTSIDE                                                                                              \
    WEB_REPLY(                                                                                               \
        "416 Range Not Satisfiable",                                                                         \
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\nContent-Range: bytes */20\r\n",    \
        "416 Range Not Satisfiable\n")
#define NO_METHOD                                                                                            \
    WEB_REPLY("405 Method Not Allowed",                                                                      \
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 23\r\nAllow: GET, HEAD\r\n",       \
              "405 Method Not Allowed\n")

static void get(const struct web *web, int line, const char *more, const char *expected)
{
    web_exchange(__FILE__, line, web, request_of("GET", "/a.txt", more), expected);
}

#define GET(more, expected) get(web, __LINE__, more, expected)

static void conditions(const struct web *web)
{
    const char *etag = etag_of("root/a.txt");
    const char *content = text_of("%s" CONTENT, whole());

    GET("", content);
    GET(text_of("If-None-Match: %s\r\n", etag), not_modified());
    GET(text_of("If-None-Match: \"x\", W/%s\r\n", etag), not_modified());
    GET("If-None-Match: *\r\n", not_modified());
    GET("If-None-Match: \"x\"\r\n", content);
    GET("If-Modified-Since: " OLD_DATE "\r\n", not_modified());
    GET("If-Modified-Since: " AFTER_DATE "\r\n", not_modified());
    GET("If-Modified-Since: " PAST_DATE "\r\n", content);
    GET("If-Modified-Since: yesterday\r\n", content);
    GET("If-Modified-Since: " OLD_DATE "\r\nIf-None-Match: \"x\"\r\n", content); /* the tag counts */
    GET(text_of("If-Modified-Since: " PAST_DATE "\r\nIf-None-Match: %s\r\n", etag), not_modified());
    GET(text_of("If-Match: %s\r\n", etag), content);
    GET(text_of("If-Match: W/%s\r\n", etag), FAILED); /* compared strongly */
    GET("If-Match: \"x\"\r\n", FAILED);
    GET("If-Match: *\r\n", content);
    GET("If-Unmodified-Since: " OLD_DATE "\r\n", content);
    GET("If-Unmodified-Since: " PAST_DATE "\r\n", FAILED);
    GET(text_of("If-Match: %s\r\nIf-Unmodified-Since: " PAST_DATE "\r\n", etag), content);
    GET(text_of("If-Match: %s\r\nIf-None-Match: %s\r\n", etag, etag), not_modified());
}

static void ranges(const struct web *web)
{
    const char *etag = etag_of("root/a.txt");
    const char *content = text_of("%s" CONTENT, whole());

    GET("Range: bytes=0-4\r\n", part("0-4", "01234"));
    GET("Range: bytes=10-\r\n", part("10-19", "abcdefghij"));
    GET("Range: bytes=-1\r\n", part("19-19", "j"));
    GET("Range: bytes=-100\r\n", part("0-19", CONTENT));
    GET("Range: bytes=5-1000\r\n", part("5-19", "56789abcdefghij"));
    GET("Range: bytes=0-0,1-1,2-3\r\n", part("0-3", "0123"));
    GET("Range: bytes=20-\r\n", OUTSIDE);
    GET("Range: bytes=-0\r\n", OUTSIDE);
    GET("Range: bytes=5-4\r\n", content);
    GET("Range: lines=1-2\r\n", content);
    GET("Range: bytes=x\r\n", content);
    GET(text_of("Range: bytes=0-4\r\nIf-Range: %s\r\n", etag), part("0-4", "01234"));
    GET(text_of("Range: bytes=0-4\r\nIf-Range: W/%s\r\n", etag), content);
    GET("Range: bytes=0-4\r\nIf-Range: \"x\"\r\n", content);
    GET("Range: bytes=0-4\r\nIf-Range: " OLD_DATE "\r\n", part("0-4", "01234"));
    GET("Range: bytes=0-4\r\nIf-Range: " AFTER_DATE "\r\n", content);
    GET(text_of("Range: bytes=0-4\r\nIf-None-Match: %s\r\n", etag), not_modified());
    GET("Range: bytes=30-\r\nIf-Match: \"x\"\r\n", FAILED);
}

/* What the parts are separated with is another one each time: it is read from the reply. */
static void several_ranges(const struct web *web)
{
    nw_stream *stream = web_connect(web);
    char *heard, *boundary, *end, *body, *length;

    web_say(stream, request_of("GET", "/a.txt", "Range: bytes=0-1,-3,5-6\r\nConnection: close\r\n"));
    heard = web_hear(stream);
    CHECK_EQ(nw_close(stream), 0);
    CHECK(strncmp(heard, "HTTP/1.1 206 Partial Content\r\n", 30) == 0);
    CHECK(!strstr(heard, "\r\nContent-Range: bytes 0-1/20\r\nETag"));
    boundary = strstr(heard, "\r\nContent-Type: multipart/byteranges; boundary=");
    length = strstr(heard, "\r\nContent-Length: ");
    body = strstr(heard, "\r\n\r\n");
    CHECK(boundary && body && length && length < body);
    body += 4;
    boundary += strlen("\r\nContent-Type: multipart/byteranges; boundary=");
    end = strstr(boundary, "\r\n");
    CHECK_EQ(strlen(body), atol(length + 18));
    CHECK_STR(body, text_of("--%.*s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Range: bytes 0-1/20\r\n\r\n01\r\n"
                            "--%.*s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Range: bytes 17-19/20\r\n\r\nhij\r\n"
                            "--%.*s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Range: bytes 5-6/20\r\n\r\n56\r\n--%.*s--\r\n",
                            (int)(end - boundary), boundary, (int)(end - boundary), boundary,
                            (int)(end - boundary), boundary, (int)(end - boundary), boundary));
    free(heard);
}

static void methods(const struct web *web)
{
    WEB_EXCHANGE(web, request_of("HEAD", "/a.txt", ""), whole());
    WEB_EXCHANGE(web, request_of("HEAD", "/a.txt", "Range: bytes=0-4\r\n"), whole()); /* for GET only */
    WEB_EXCHANGE(web, request_of("HEAD", "/a.txt", "If-None-Match: *\r\n"), not_modified());
    WEB_EXCHANGE(web, request_of("POST", "/a.txt", "Content-Length: 0\r\n"), NO_METHOD);
    WEB_EXCHANGE(web, request_of("DELETE", "/a.txt", ""), NO_METHOD);
    WEB_EXCHANGE(web, request_of("PUT", "/none", "Content-Length: 0\r\n"), NO_METHOD);
    WEB_EXCHANGE(web, request_of("GET", "/none", ""), NOT_THERE);
    WEB_EXCHANGE(web, request_of("GET", "/none", "Range: bytes=0-\r\nIf-None-Match: *\r\n"), NOT_THERE);
    WEB_EXCHANGE(web, request_of("GET", "/a.txt/", ""), NOT_THERE);
    WEB_EXCHANGE(web, request_of("GET", "/a.txt/b", ""), NOT_THERE);
}

static void empty_files(const struct web *web)
{
    const char *all = text_of(
        "HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Length: 0\r\nETag: %s\r\nLast-Modified: " OLD_DATE "\r\nAccept-Ranges: bytes\r\n\r\n",
        etag_of("root/empty.html"));

    WEB_EXCHANGE(web, request_of("GET", "/empty.html", ""), all);
    WEB_EXCHANGE(web, request_of("HEAD", "/empty.html", ""), all);
    WEB_EXCHANGE(web, request_of("GET", "/empty.html", "Range: bytes=-5\r\n"), all);
    WEB_EXCHANGE(web, request_of("GET", "/empty.html", "Range: bytes=0-\r\n"),
                 WEB_REPLY("416 Range Not Satisfiable",
                           "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n"
                           "Content-Range: bytes */0\r\n",
                           "416 Range Not Satisfiable\n"));
}

/* Several requests at once, on one connection: each gets its own, in order. */
static void pipelined(const struct web *web)
{
    nw_stream *stream = web_connect(web);

    web_say(stream,
            text_of("%s%s%s", request_of("GET", "/a.txt", ""),
                    request_of("GET", "/a.txt", "Range: bytes=0-4\r\n"), request_of("HEAD", "/a.txt", "")));
    CHECK_EQ(nw_shutdown(stream), 0);
    WEB_END(stream, text_of("%s" CONTENT "%s%s", whole(), part("0-4", "01234"), whole()));
    CHECK_EQ(nw_close(stream), 0);
}

static void all(nw_http_handler *handler, void *context)
{
    struct web web = {.handler = NULL};

    web_start(&web, handler, context);
    for (int round = 0; round < 2; round++) { /* opened anew, and from the cache */
        conditions(&web);
        ranges(&web);
        several_ranges(&web);
        methods(&web);
        empty_files(&web);
        pipelined(&web);
    }
    web_stop(&web);
}

/* By path, for a handler that knows which file it wants. */
static int reply_by_path(nw_http_exchange *exchange, void *context)
{
    return nw_http_reply_file(exchange, text_of("%s%s", (const char *)context, nw_http_path(exchange)));
}

static int reply_twice(nw_http_exchange *exchange, void *context)
{
    (void)context;
    CHECK_EQ(nw_http_reply_file(NULL, "root/a.txt"), -EINVAL);
    CHECK_EQ(nw_http_reply_file(exchange, NULL), -EINVAL);
    CHECK_EQ(nw_http_reply_file(exchange, ""), -EINVAL);
    CHECK_EQ(nw_http_reply_file(exchange, "root/a.txt"), 0);
    CHECK_EQ(nw_http_reply_file(exchange, "root/a.txt"), -EALREADY);
    return 0;
}

static int test(void *arg)
{
    const nw_http_files_options uncached = {.fresh_ns = -1};
    struct web web = {.handler = NULL};
    int open_before = check_open_fds();
    nw_http_files *files = files_of(NULL, "root");
    char absolute[PATH_MAX];

    (void)arg;
    all(nw_http_files_serve, files);
    nw_http_files_destroy(files);
    files = files_of(&uncached, "root/");
    all(nw_http_files_serve, files);
    nw_http_files_destroy(files);
    all(reply_by_path, (char[]){"root"});
    CHECK(realpath("root", absolute));
    all(reply_by_path, absolute);
    web_start(&web, reply_twice, NULL);
    WEB_EXCHANGE(&web, request_of("GET", "/", ""), text_of("%s" CONTENT, whole()));
    web_stop(&web);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    write_text("root/a.txt", CONTENT);
    write_text("root/empty.html", "");
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
