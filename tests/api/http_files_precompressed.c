/* SPDX-License-Identifier: MIT */
/*
 * Compressed siblings: sent to those who take them, in what they like best, with a tag of their own; never an
 * old one.
 */
#include "../support/web_files.h"

/* `name`: of the file that is sent; `coding`: NULL: as it is. */
static const char *reply(const char *name, const char *coding, const char *content)
{
    return text_of(
        "HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/javascript; charset=utf-8\r\n"
        "Content-Length: %zu\r\nETag: %s\r\nLast-Modified: " OLD_DATE
        "\r\nAccept-Ranges: bytes\r\nCache-Control: max-age=60\r\nVary: Accept-Encoding\r\n%s\r\n%s",
        strlen(content), etag_of(name), coding ? text_of("Content-Encoding: %s\r\n", coding) : "", content);
}

#define PLAIN reply("root/a.js", NULL, "plain")
#define BR    reply("root/a.js.br", "br", "in br")
#define ZSTD  reply("root/a.js.zst", "zstd", "in zstd")
#define GZIP  reply("root/a.js.gz", "gzip", "in gzip")

static void get(const struct web *web, int line, const char *target, const char *accept, const char *expected)
{
    const char *fields = accept ? text_of("Accept-Encoding: %s\r\n", accept) : "";

    web_exchange(__FILE__, line, web, request_of("GET", target, fields), expected);
}

#define GET(accept, expected) get(web, __LINE__, "/a.js", accept, expected)

static void all_siblings(const struct web *web)
{
    GET(NULL, PLAIN);
    GET("", PLAIN);
    GET("identity", PLAIN);
    GET("deflate", PLAIN);
    GET("gzip", GZIP);
    GET("GZIP", GZIP);
    GET("x-gzip", GZIP);
    GET("gzip, deflate, br, zstd", BR);
    GET("gzip, zstd", ZSTD);
    GET("gzip;q=1, br;q=0.5", GZIP);
    GET("gzip;q=0.8, zstd;q=0.9, br;q=0", ZSTD);
    GET("br;q=0.1", BR);
    GET("gzip;q=0.5, identity;q=0.6", PLAIN);
    GET("gzip;q=0.5, identity;q=0.4", GZIP);
    GET("gzip, identity", GZIP);
    GET("*", BR);
    GET("*;q=0.5, br;q=0", ZSTD);
    GET("gzip;q=0, br;q=0.0, zstd;q=0.000", PLAIN);
    GET("identity;q=0", PLAIN); /* nothing else would be taken either: RFC 9110, 12.5.3 */
    GET("*;q=0", PLAIN);
}

/* Each has validators and ranges of its own. */
static void siblings_stand_for_themselves(const struct web *web)
{
    const char *gzip = etag_of("root/a.js.gz");

    web_exchange(__FILE__, __LINE__, web,
                 request_of("GET", "/a.js", text_of("Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", gzip)),
                 text_of("HTTP/1.1 304 Not Modified\r\nServer: nowait\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                         "\r\nCache-Control: max-age=60\r\nVary: Accept-Encoding\r\n\r\n",
                         gzip));
    web_exchange(__FILE__, __LINE__, web, request_of("GET", "/a.js", text_of("If-None-Match: %s\r\n", gzip)),
                 PLAIN);
    web_exchange(
        __FILE__, __LINE__, web, request_of("GET", "/a.js", "Accept-Encoding: gzip\r\nRange: bytes=3-\r\n"),
        text_of("HTTP/1.1 206 Partial Content\r\nServer: nowait\r\nContent-Type: text/javascript; "
                "charset=utf-8\r\nContent-Length: 4\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                "\r\nAccept-Ranges: bytes\r\nContent-Range: bytes 3-6/7\r\nCache-Control: max-age=60\r\n"
                "Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n\r\ngzip",
                gzip));
    /* By its own name it is a file like others. */
    get(web, __LINE__, "/a.js.gz", "gzip",
        text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: application/gzip\r\nContent-Length: 7\r\n"
                "ETag: %s\r\nLast-Modified: " OLD_DATE "\r\nAccept-Ranges: bytes\r\n"
                "Cache-Control: max-age=60\r\n\r\nin gzip",
                gzip));
}

/* Large ones are sent from their descriptors: that one was written anew is seen at once. */
static void sibling_is_written_anew(const struct web *web)
{
    char text[20001];

    for (size_t size = 20000; size > 16384; size -= 1000) {
        memset(text, (int)('a' + size / 1000), size);
        text[size] = '\0';
        write_text("root/large.js.gz", text);
        get(web, __LINE__, "/large.js", "gzip", reply("root/large.js.gz", "gzip", text));
    }
}

static void without_siblings(const struct web *web)
{
    const char *expected =
        text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/css; charset=utf-8\r\n"
                "Content-Length: 5\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                "\r\nAccept-Ranges: bytes\r\nCache-Control: max-age=60\r\n\r\nplain",
                etag_of("root/b.css"));

    get(web, __LINE__, "/b.css", "gzip, br, zstd", expected); /* nothing varies */
    get(web, __LINE__, "/b.css", NULL, expected);
}

static int test(void *arg)
{
    const nw_http_files_options options = {
        .precompressed = true, .cache_control = "max-age=60", .fresh_ns = *(int *)arg};
    nw_http_files *files = files_of(&options, "root");
    struct web own = {.handler = NULL}, *web = &own;
    int open_before = check_open_fds();

    web_start(web, nw_http_files_serve, files);
    for (int round = 0; round < 2; round++) {
        all_siblings(web);
        siblings_stand_for_themselves(web);
        sibling_is_written_anew(web);
        without_siblings(web);
    }
    web_stop(web);
    nw_http_files_destroy(files);

    /* Not what is older than the file, is a directory, or leads out. */
    set_age("root/a.js.br", OLD_S - 1);
    CHECK_SYS(unlink("root/a.js.zst"));
    CHECK_SYS(symlink("../secret", "root/a.js.zst"));
    files = files_of(&options, "root");
    web_start(web, nw_http_files_serve, files);
    GET("br, gzip, zstd", GZIP);
    GET("br, zstd", PLAIN);
    web_stop(web);
    nw_http_files_destroy(files);
    CHECK_EQ(check_open_fds(), open_before - 1);
    return 0;
}

int main(void)
{
    int each_time[] = {0, -1};

    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    write_text("secret", "SECRET");
    for (int i = 0; i < 2; i++) {
        unlink("root/a.js.zst");
        write_text("root/a.js", "plain");
        write_text("root/a.js.br", "in br");
        write_text("root/a.js.zst", "in zstd");
        write_text("root/a.js.gz", "in gzip");
        write_text("root/b.css", "plain");
        write_text("root/large.js", "plain");
        CHECK_EQ(nw_run(test, &each_time[i]), 0);
    }
    return 0;
}
