/* SPDX-License-Identifier: MIT */
/*
 * Which file a path leads to, and that no path leads out of the directory, however it is written: dots,
 * encodings, links, hidden names; and that what is no file is neither opened nor waited for.
 *
 * ctest: no-valgrind no-qemu (which lack openat2, so that links are not followed)
 */
#include "../support/web_files.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

struct expectation {
    const char *target;
    int status;
    const char *content; /* NULL: not looked at, but it is not the secret */
};

static const struct expectation strict[] = {
    {"/a.txt", 200, "A"},
    {"//a.txt", 200, "A"},
    {"/./a.txt", 200, "A"},
    {"/dir/../a.txt", 200, "A"},
    {"/dir//b.txt", 200, "B"},
    {"/%61.txt", 200, "A"},
    {"/dir%2Fb.txt", 200, "B"},
    {"/a.txt?x=../secret", 200, "A"},
    {"http://a/a.txt", 200, "A"},
    {"/space%20and%20%c3%a4.txt", 200, "S"},
    {"/percent%2541.txt", 200, "P"},
    {"/back%5Cslash.txt", 200, "K"},
    {"/link", 200, "A"},
    {"/dirlink/b.txt", 200, "B"},
    {"/dir/uplink", 200, "A"},
    /* out of the directory */
    {"/../secret", 400, NULL},
    {"/..", 400, NULL},
    {"/dir/../../secret", 400, NULL},
    {"/%2e%2e/secret", 400, NULL},
    {"/%2E%2E/secret", 400, NULL},
    {"/.%2e/secret", 400, NULL},
    {"/..%2fsecret", 400, NULL},
    {"/%2e%2e%2fsecret", 400, NULL},
    {"/dir/..%2f..%2fsecret", 400, NULL},
    {"/%252e%252e/secret", 404, NULL},
    {"/%252e%252e%252fsecret", 404, NULL},
    {"/..%252fsecret", 404, NULL},
    {"/..%5csecret", 404, NULL},
    {"/..\\secret", 404, NULL},
    {"/dir/..%5c..%5csecret", 404, NULL},
    {"/%5c..%5csecret", 404, NULL},
    {"/%c0%ae%c0%ae/secret", 404, NULL},
    {"/%c0%ae%c0%ae%c0%afsecret", 404, NULL},
    {"/%e0%80%ae%e0%80%ae/secret", 404, NULL},
    {"/..;/secret", 404, NULL},
    {"/...//secret", 404, NULL},
    {"/....//secret", 404, NULL},
    {"/a.txt%00.html", 400, NULL},
    {"/%00", 400, NULL},
    {"/..%00/secret", 400, NULL},
    {"/a.txt%0a", 404, NULL},
    {"/a.txt%0d%0aX-Bad:%20y", 404, NULL},
    {"/a.txt.", 404, NULL},
    {"/a.txt%20", 404, NULL},
    {"/~/secret", 404, NULL},
    {"/proc/self/environ", 404, NULL},
    {"//etc/passwd", 404, NULL},
    {"/%2fetc/passwd", 404, NULL},
    {"/%2Fetc%2Fpasswd", 404, NULL},
    {"file:///etc/passwd", 400, NULL},
    {"/out", 404, NULL},
    {"/outdir/secret", 404, NULL},
    {"/absolute", 404, NULL},
    {"/magic/root/secret", 404, NULL},
    {"/loop", 404, NULL},
    {"/dangling", 404, NULL},
    /* hidden */
    {"/.hidden", 404, NULL},
    {"/%2ehidden", 404, NULL},
    {"/dir/.hidden", 404, NULL},
    {"/.git/config", 404, NULL},
    {"/dir%2f.hidden", 404, NULL},
    /* no files */
    {"/fifo", 404, NULL},
    {"/socket", 404, NULL},
    {"/device", 404, NULL},
    {"/a.txt/", 404, NULL},
    {"/a.txt/index.html", 404, NULL},
    {"/unreadable", 404, NULL}, /* it is not even there, unless we may not look */
};

static const struct expectation loose[] = {
    {"/a.txt", 200, "A"},          {"/out", 200, "SECRET"},     {"/outdir/secret", 200, "SECRET"},
    {"/.hidden", 200, "H"},        {"/dir/.hidden", 200, "H"},  {"/.git/config", 200, "G"},
    {"/../secret", 400, NULL},     {"/..%2fsecret", 400, NULL}, {"/%252e%252e/secret", 404, NULL},
    {"/dangling", 404, NULL},      {"/loop", 404, NULL},        {"/fifo", 404, NULL},
    {"/device", 404, NULL},        {"//etc/passwd", 404, NULL}, {"/..%5csecret", 404, NULL},
    {"/%2fetc/passwd", 404, NULL},
};

static void prepare(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "root/socket"};

    CHECK_SYS(mkdir("root", 0755));
    CHECK_SYS(mkdir("root/dir", 0755));
    CHECK_SYS(mkdir("root/.git", 0755));
    write_text("secret", "SECRET");
    write_text("root/a.txt", "A");
    write_text("root/dir/b.txt", "B");
    write_text("root/space and \xc3\xa4.txt", "S");
    write_text("root/percent%41.txt", "P");
    write_text("root/back\\slash.txt", "K");
    write_text("root/.hidden", "H");
    write_text("root/dir/.hidden", "H");
    write_text("root/.git/config", "G");
    CHECK_SYS(symlink("a.txt", "root/link"));
    CHECK_SYS(symlink("dir", "root/dirlink"));
    CHECK_SYS(symlink("../a.txt", "root/dir/uplink"));
    CHECK_SYS(symlink("../secret", "root/out"));
    CHECK_SYS(symlink("..", "root/outdir"));
    CHECK_SYS(symlink("/etc/passwd", "root/absolute"));
    CHECK_SYS(symlink("/proc/self", "root/magic"));
    CHECK_SYS(symlink("loop", "root/loop"));
    CHECK_SYS(symlink("nowhere", "root/dangling"));
    CHECK_SYS(mkfifo("root/fifo", 0666));
    CHECK_SYS(
        bind(CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), (void *)&address, sizeof address));
    if (mknod("root/device", S_IFCHR | 0666, makedev(1, 5)) < 0) /* /dev/zero, which has no end */
        CHECK_SYS(mkfifo("root/device", 0666));
}

static void check_one(const struct web *web, const char *prefix, const struct expectation *e)
{
    bool absolute = e->target[0] != '/';
    nw_stream *stream = web_connect(web);
    char *heard, *content;
    int status = 0;

    web_say(stream,
            request_of("GET", text_of("%s%s", absolute ? "" : prefix, e->target), "Connection: close\r\n"));
    heard = web_hear(stream);
    CHECK_EQ(nw_close(stream), 0);
    content = strstr(heard, "\r\n\r\n");
    if (sscanf(heard, "HTTP/1.1 %d ", &status) != 1 || status != e->status || !content ||
        (e->content ? strcmp(content + 4, e->content) != 0 : strstr(heard, "SECRET") != NULL))
        check_fail(__FILE__, __LINE__, "%s%s: answered with \"%s\"", prefix, e->target, heard);
    free(heard);
}

static void serve_all(const nw_http_files_options *options, const struct expectation *expectations,
                      size_t count)
{
    nw_http_files *files = files_of(options, "root");
    struct web web = {.handler = NULL};

    web_start(&web, nw_http_files_serve, files);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++)
            if (!options || !options->prefix || expectations[i].target[0] == '/')
                check_one(&web, options && options->prefix ? options->prefix : "", &expectations[i]);
    web_stop(&web);
    nw_http_files_destroy(files);
}

#define SERVE(options, expectations)                                                                         \
    serve_all(options, expectations, sizeof(expectations) / sizeof *(expectations))

/* With a prefix, what stands above it is nobody's; a path can leave it, and is not ours then. */
static const struct expectation beside_prefix[] = {
    {"/a.txt", 404, NULL},
    {"/stat", 404, NULL},
    {"/staticx/a.txt", 404, NULL},
    {"/static/../a.txt", 404, NULL},
    {"/x/../static/a.txt", 200, "A"},
    {"/STATIC/a.txt", 404, NULL},
};

static void bad_options(void)
{
    nw_http_files *files = NULL;

    CHECK_EQ(nw_http_files_create(NULL, NULL, &files), -EINVAL);
    CHECK_EQ(nw_http_files_create(NULL, "", &files), -EINVAL);
    CHECK_EQ(nw_http_files_create(NULL, "root", NULL), -EINVAL);
    CHECK_EQ(nw_http_files_create(NULL, "none", &files), -ENOENT);
    CHECK_EQ(nw_http_files_create(NULL, "root/a.txt", &files), -ENOTDIR);
    CHECK_EQ(nw_http_files_create(&(nw_http_files_options){.prefix = "static"}, "root", &files), -EINVAL);
    CHECK_EQ(nw_http_files_create(&(nw_http_files_options){.index = "a/b"}, "root", &files), -EINVAL);
    CHECK_EQ(nw_http_files_create(&(nw_http_files_options){.cache_control = "a\r\nb"}, "root", &files),
             -EINVAL);
    CHECK_EQ(nw_http_files_create(&(nw_http_files_options){.reserved = {1}}, "root", &files), -EINVAL);
    CHECK(!files);
    nw_http_files_destroy(NULL);
    CHECK_EQ(nw_http_files_serve(NULL, NULL), -EINVAL);
}

static int test(void *arg)
{
    const nw_http_files_options uncached = {.fresh_ns = -1};
    const nw_http_files_options anything = {.hidden = true, .follow_links = true};
    const nw_http_files_options below = {.prefix = "/static/"};
    const nw_http_files_options below_too = {.prefix = "/static"};
    struct web web = {.handler = NULL};
    nw_http_files *files;
    int open_before = check_open_fds();

    (void)arg;
    bad_options();
    SERVE(NULL, strict);
    SERVE(&uncached, strict);
    SERVE(&anything, loose);
    files = files_of(&below, "root");
    web_start(&web, nw_http_files_serve, files);
    for (size_t i = 0; i < sizeof beside_prefix / sizeof *beside_prefix; i++)
        check_one(&web, "", &beside_prefix[i]);
    check_one(&web, "", &(struct expectation){"/static/a.txt", 200, "A"});
    check_one(&web, "", &(struct expectation){"/static/dir/../a.txt", 200, "A"});
    check_one(&web, "", &(struct expectation){"/static/out", 404, NULL});
    web_stop(&web);
    nw_http_files_destroy(files);
    files = files_of(&below_too, "root");
    web_start(&web, nw_http_files_serve, files);
    check_one(&web, "", &(struct expectation){"/static/a.txt", 200, "A"});
    check_one(&web, "", &(struct expectation){"/staticx", 404, NULL});
    web_stop(&web);
    nw_http_files_destroy(files);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    prepare();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
