/* SPDX-License-Identifier: MIT */
/*
 * Directories: index files, the slash at the end that is redirected to and never to another host, and what
 * replies for a directory without an index.
 *
 * ctest: no-valgrind no-qemu (which lack openat2 so that links are not followed)
 */
#include "../support/web_files.h"

static const char *page(const char *path, const char *content)
{
    return text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: text/html; charset=utf-8\r\n"
                   "Content-Length: %zu\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                   "\r\nAccept-Ranges: bytes\r\n\r\n%s",
                   strlen(content), etag_of(path), content);
}

static const char *moved(const char *location)
{
    return text_of(
        "HTTP/1.1 301 Moved Permanently\r\nServer: nowait\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n",
        location);
}

#define NOT_THERE WEB_TEXT("404 Not Found", "14", "404 Not Found\n")

static void get(const struct web *web, int line, const char *target, const char *expected)
{
    web_exchange(__FILE__, line, web, request_of("GET", target, ""), expected);
}

#define GET(target, expected) get(web, __LINE__, target, expected)

static void index_files(const struct web *web)
{
    GET("/", page("root/index.html", "top"));
    GET("//", page("root/index.html", "top"));
    GET("/?a=b", page("root/index.html", "top"));
    GET("/index.html", page("root/index.html", "top"));
    GET("/with/", page("root/with/index.html", "with"));
    GET("/with//", page("root/with/index.html", "with"));
    GET("/with/.", page("root/with/index.html", "with"));
    GET("/with/x/..", page("root/with/index.html", "with"));
    GET("/none/", NOT_THERE);
    GET("/fifo/", NOT_THERE);
}

static void redirects(const struct web *web)
{
    GET("/with", moved("/with/"));
    GET("/with?a=b&c=/d", moved("/with/?a=b&c=/d"));
    GET("/with?", moved("/with/"));
    GET("/without", moved("/without/"));
    GET("/a%20b%3Fc", moved("/a%20b%3Fc/"));
    GET("/%77ith", moved("/with/"));
    GET("/link", moved("/link/"));
    GET("http://other/with", moved("/with/"));
    /* With two slashes at its beginning, or a backslash, a location names another host. */
    GET("//with", moved("/with/"));
    GET("///with", moved("/with/"));
    GET("/%2fwith", moved("/with/"));
    GET("//evil.example", moved("/evil.example/"));
    GET("//evil.example/..%2fevil.example", moved("/evil.example/"));
    GET("/%5cevil.example", moved("/%5Cevil.example/"));
    GET("/%0d%0aX:%20y", moved("/%0D%0AX:%20y/"));
    WEB_EXCHANGE(web, request_of("HEAD", "/with", ""), moved("/with/"));
}

static int list(nw_http_exchange *exchange, const char *path, void *context)
{
    CHECK_STR(context, "arg");
    return nw_http_reply_text(exchange, 200, "%s", path);
}

static int fail(nw_http_exchange *exchange, const char *path, void *arg)
{
    (void)exchange, (void)path;
    return *(int *)arg;
}

static void start(struct web *web, const nw_http_files_options *options, nw_http_files **files)
{
    *files = files_of(options, "root");
    web_start(web, nw_http_files_serve, *files);
}

static void stop(struct web *web, nw_http_files *files)
{
    web_stop(web);
    nw_http_files_destroy(files);
}

static void with_defaults(void)
{
    struct web own = {.handler = NULL}, *web = &own;
    nw_http_files *files;

    start(web, NULL, &files);
    for (int round = 0; round < 2; round++) {
        index_files(web);
        redirects(web);
        GET("/without/", NOT_THERE);
        GET("/odd/", NOT_THERE); /* whose index is a directory */
    }
    stop(web, files);
}

static char arg[] = "arg";

static void with_lists(void)
{
    const nw_http_files_options options = {.directory = list, .arg = arg};
    struct web own = {.handler = NULL}, *web = &own;
    nw_http_files *files;

    start(web, &options, &files);
    index_files(web);
    redirects(web);
    GET("/without/", WEB_TEXT("200 OK", "13", "root/without/"));
    GET("/without/deep/", WEB_TEXT("200 OK", "18", "root/without/deep/"));
    GET("/link/", page("root/with/index.html", "with"));
    GET("/out/", NOT_THERE);
    GET("/.hidden/", NOT_THERE);
    stop(web, files);
}

static void without_index(void)
{
    const nw_http_files_options options = {.index = "", .directory = list, .arg = arg, .prefix = "/p"};
    struct web own = {.handler = NULL}, *web = &own;
    nw_http_files *files;

    start(web, &options, &files);
    GET("/p", moved("/p/"));
    GET("/p/", WEB_TEXT("200 OK", "5", "root/"));
    GET("/p/with/", WEB_TEXT("200 OK", "10", "root/with/"));
    GET("/p/with?x", moved("/p/with/?x"));
    GET("/p/with/index.html", page("root/with/index.html", "with"));
    GET("/p/index.html/", NOT_THERE);
    stop(web, files);
}

static void with_errors(void)
{
    int error = -EACCES;
    const nw_http_files_options options = {.index = "main.htm", .directory = fail, .arg = &error};
    struct web own = {.handler = NULL}, *web = &own;
    nw_http_files *files;

    start(web, &options, &files);
    GET("/other/", page("root/other/main.htm", "other"));
    GET("/with/", WEB_TEXT("403 Forbidden", "14", "403 Forbidden\n"));
    error = -EMFILE;
    GET("/with/", WEB_TEXT("503 Service Unavailable", "24", "503 Service Unavailable\n"));
    error = -EIO;
    GET("/with/", WEB_TEXT("500 Internal Server Error", "26", "500 Internal Server Error\n"));
    stop(web, files);
}

static int test(void *unused)
{
    int open_before = check_open_fds();

    (void)unused;
    with_defaults();
    with_lists();
    without_index();
    with_errors();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    static const char *const folders[] = {
        "root",         "root/with",         "root/without",        "root/without/deep",
        "root/a b?c",   "root/odd",          "root/odd/index.html", "root/other",
        "root/.hidden", "root/evil.example", "root/\\evil.example", "root/\r\nX: y"};

    check_enter_folder();
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        CHECK_SYS(mkdir(folders[i], 0755));
    write_text("root/index.html", "top");
    write_text("root/with/index.html", "with");
    write_text("root/other/main.htm", "other");
    CHECK_SYS(symlink("with", "root/link"));
    CHECK_SYS(symlink("..", "root/out"));
    CHECK_SYS(mkfifo("root/fifo", 0600));
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
