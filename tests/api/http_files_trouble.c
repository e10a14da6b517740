/* SPDX-License-Identifier: MIT */
/*
 * Files over HTTP in trouble: a client that goes in the middle, at every point, or does not read; a server
 * that is cancelled after each number of turns; no descriptors left. Nothing leaks, and the next request is
 * served.
 */
#include "../support/web_files.h"

#include <sys/resource.h>

#define LARGE_BYTES ((size_t)8 * 1024 * 1024)

static const char *const targets[] = {"/small", "/middle", "/large", "/dir", "/dir/", "/none", "/several"};

#define TARGETS (sizeof targets / sizeof *targets)

static void ask(nw_stream *stream, const char *target)
{
    if (strcmp(target, "/several") == 0)
        web_say(stream, request_of("GET", "/large", "Range: bytes=0-9,1000000-5000000,-2000000\r\n"));
    else
        web_say(stream, request_of("GET", target, "Accept-Encoding: gzip\r\n"));
}

static void is_served(const struct web *web)
{
    WEB_EXCHANGE(web, request_of("HEAD", "/small", ""),
                 text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: application/octet-stream\r\n"
                         "Content-Length: 5\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                         "\r\nAccept-Ranges: bytes\r\n\r\n",
                         etag_of("root/small")));
}

/* -- clients that go -- */

static void client_goes(const nw_http_files_options *options)
{
    static const size_t points[] = {0, 1, 100, 1000, 10000, 200000, 1000000, 3000000};
    nw_http_files *files = files_of(options, "root");
    struct web web = {.handler = NULL};
    char *data = malloc(LARGE_BYTES);

    CHECK(data);
    web_start(&web, nw_http_files_serve, files);
    for (size_t target = 0; target < TARGETS; target++)
        for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
            nw_stream *stream = web_connect(&web);
            size_t got = 0;
            ssize_t n = 1;

            ask(stream, targets[target]);
            CHECK_EQ(nw_shutdown(stream), 0);
            while (n > 0 && got < points[i]) {
                n = nw_read(stream, data, points[i] - got);
                got += n > 0 ? (size_t)n : 0;
            }
            CHECK_EQ(nw_close(stream), 0);
        }
    is_served(&web);
    web_stop(&web);
    nw_http_files_destroy(files);
    free(data);
}

/* -- a client that does not read -- */

static nw_event noticed;
static int noticed_error;

static void notice(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)what, (void)peer, (void)arg;
    noticed_error = error;
    nw_event_set(&noticed);
}

/* Once nothing more of it is taken for the time of a piece, the connection is closed. */
static void client_does_not_read(const nw_http_files_options *options)
{
    nw_http_files *files = files_of(options, "root");
    struct web web = {.options = {.body_timeout_ns = NW_MS(20), .on_error = notice}};
    nw_stream *stream;

    nw_event_init(&noticed);
    web_start(&web, nw_http_files_serve, files);
    stream = web_connect(&web);
    web_say(stream, request_of("GET", "/huge", ""));
    CHECK_EQ(nw_event_wait(&noticed), 0);
    CHECK_EQ(noticed_error, -ETIMEDOUT);
    CHECK_EQ(nw_close(stream), 0);
    is_served(&web);
    web_stop(&web);
    nw_http_files_destroy(files);
    nw_event_finish(&noticed);
}

/* -- servers that are cancelled -- */

static int read_all(void *arg)
{
    char data[65536];
    ssize_t n;

    while ((n = nw_read(arg, data, sizeof data)) > 0) {
    }
    return 0; /* whatever came */
}

/* Returns: whether the reply had come before. */
static bool cancel_after(const nw_http_files_options *options, const char *target, int turns, bool slow)
{
    nw_http_files *files = files_of(options, "root");
    struct web web = {.options.drain_ns = -1};
    nw_task *reader = NULL;
    nw_stream *stream;
    bool done;

    web_start(&web, nw_http_files_serve, files);
    stream = web_connect(&web);
    ask(stream, target);
    CHECK_EQ(nw_shutdown(stream), 0);
    if (!slow)
        reader = nw_spawn(read_all, stream);
    for (int i = 0; i < turns; i++)
        CHECK_EQ(nw_yield(), 0);
    done = reader && nw_done(reader);
    web_stop(&web);
    if (reader)
        CHECK_EQ(nw_await(reader), 0);
    CHECK_EQ(nw_close(stream), 0);
    nw_http_files_destroy(files);
    return done;
}

static void cancelled_everywhere(const nw_http_files_options *options)
{
    for (size_t i = 0; i < TARGETS; i++) {
        int turns = 0;

        while (!cancel_after(options, targets[i], turns, false))
            turns += 1 + turns / 8;
        for (turns = 0; turns < 100; turns += 1 + turns / 4)
            cancel_after(options, targets[i], turns, true);
    }
}

/* -- no descriptors -- */

static void limit_descriptors(rlim_t count)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static void without_descriptors(const nw_http_files_options *options)
{
    nw_http_files *files = files_of(options, "root");
    struct web web = {.handler = NULL};
    struct rlimit before;
    nw_stream *stream;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &before));
    web_start(&web, nw_http_files_serve, files);
    stream = web_connect(&web);
    web_say(stream, request_of("HEAD", "/none", ""));
    WEB_NEXT(stream, WEB_TEXT("404 Not Found", "14", ""));
    limit_descriptors((rlim_t)nw_stream_fd(stream) + 1); /* all below are taken, or nearly so */
    int taken[8], count = 0;
    while (count < 8 && (taken[count] = dup(0)) >= 0)
        count++;
    CHECK(count < 8);
    for (int i = 0; i < 3; i++) {
        web_say(stream, request_of("GET", "/small", ""));
        WEB_NEXT(stream, WEB_TEXT("503 Service Unavailable", "24", "503 Service Unavailable\n"));
    }
    limit_descriptors(before.rlim_cur);
    while (count > 0)
        close(taken[--count]);
    web_say(stream, request_of("HEAD", "/none", ""));
    WEB_NEXT(stream, WEB_TEXT("404 Not Found", "14", ""));
    CHECK_EQ(nw_close(stream), 0);
    is_served(&web);
    web_stop(&web);
    nw_http_files_destroy(files);
}

static int test(void *arg)
{
    static const nw_http_files_options options[] = {
        {.precompressed = true}, {.precompressed = true, .fresh_ns = -1}, {.cached = 1, .fresh_ns = 1}};
    int open_before = check_open_fds();

    (void)arg;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        client_goes(&options[i]);
        CHECK_EQ(check_open_fds(), open_before);
        client_does_not_read(&options[i]);
        CHECK_EQ(check_open_fds(), open_before);
        cancelled_everywhere(&options[i]);
        CHECK_EQ(check_open_fds(), open_before);
        without_descriptors(&options[i]);
        CHECK_EQ(check_open_fds(), open_before);
    }
    return 0;
}

int main(void)
{
    char *data = calloc(1, LARGE_BYTES);

    CHECK(data);
    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    CHECK_SYS(mkdir("root/dir", 0755));
    write_text("root/small", "small");
    write_old("root/middle", data, 100000);
    write_old("root/large", data, LARGE_BYTES);
    write_text("root/dir/index.html", "index");
    write_text("root/huge", "");
    CHECK_SYS(truncate("root/huge", 256 * 1024 * 1024)); /* more than sockets hold */
    CHECK_EQ(nw_run(test, NULL), 0);
    free(data);
    return 0;
}
