/* SPDX-License-Identifier: MIT */
/*
 * Files over HTTP from a file system that takes its time: the loop's thread never waits for it, and requests
 * are cancelled at each of its requests. See support/slow.h.
 *
 * ctest: timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

struct served {
    nw_http_server_options options;
    nw_http_handler *handler;
    void *context;
};

static int serve(void *arg)
{
    const struct served *served = arg;

    return nw_http_serve(&served->options, served->handler, served->context);
}

static int ask(const nw_listener *listener, const char *request, const char *expected)
{
    char text[NW_ADDRESS_TEXT_BYTES], where[NW_ADDRESS_TEXT_BYTES + 8];
    nw_address address;
    nw_stream *stream;
    nw_bytes reply;
    int rc;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    snprintf(where, sizeof where, "tcp://%s", text);
    rc = nw_connect(where, &stream);
    if (rc < 0)
        return rc;
    rc = nw_printf(stream, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", request);
    if (rc >= 0)
        rc = nw_flush(stream);
    if (rc == 0)
        rc = nw_read_all(stream, 0, &reply);
    CHECK_EQ(nw_close(stream), 0);
    if (rc >= 0 && nw_interrupted() < 0) { /* the server may have been told of it before */
        rc = nw_interrupted();
        nw_bytes_finish(&reply);
    }
    if (rc < 0)
        return rc;
    if (reply.size <= strlen(expected) || memcmp(reply.data, expected, strlen(expected)) != 0)
        check_fail(__FILE__, __LINE__, "%s: answered with \"%.200s\"", request, reply.data);
    nw_bytes_finish(&reply);
    return 0;
}

/* Cancelled, the server is cancelled with us, and awaited all the same. */
static int ask_server(nw_http_handler *handler, void *context, const char *request, const char *expected)
{
    struct served served = {.options.drain_ns = -1, .handler = handler, .context = context};
    nw_listener *listener;
    nw_task *server;
    int ended, rc = nw_listen("tcp://127.0.0.1:0", &listener);

    if (rc < 0)
        return rc;
    served.options.listener = listener;
    server = nw_spawn(serve, &served);
    rc = ask(listener, request, expected);
    if (rc == 0) /* again: from the cache, where there is one */
        rc = ask(listener, request, expected);
    nw_cancel(server);
    ended = nw_await(server);
    CHECK(ended == 0 || (rc < 0 && ended == -ECANCELED)); /* before it began */
    nw_listener_close(listener);
    return rc;
}

static int with_files(const nw_http_files_options *options, const char *request, const char *expected)
{
    nw_http_files *files;
    int rc = nw_http_files_create(options, "slow", &files);

    if (rc < 0)
        return rc;
    rc = ask_server(nw_http_files_serve, files, request, expected);
    nw_http_files_destroy(files);
    return rc;
}

static int whole(void)
{
    return with_files(NULL, "GET /file", "HTTP/1.1 200 ");
}

static int uncached(void)
{
    return with_files(&(nw_http_files_options){.fresh_ns = -1}, "GET /file", "HTTP/1.1 200 ");
}

static int never_fresh(void)
{
    return with_files(&(nw_http_files_options){.fresh_ns = 1}, "GET /dir/other", "HTTP/1.1 200 ");
}

static int head(void)
{
    return with_files(NULL, "HEAD /link", "HTTP/1.1 200 ");
}

static int moved(void)
{
    return with_files(NULL, "GET /dir/sub", "HTTP/1.1 301 ");
}

static int not_there(void)
{
    return with_files(NULL, "GET /empty/", "HTTP/1.1 404 ");
}

static int with_siblings(void)
{
    return with_files(&(nw_http_files_options){.precompressed = true}, "GET /dir/other", "HTTP/1.1 200 ");
}

static int reply_file(nw_http_exchange *exchange, void *context)
{
    return nw_http_reply_file(exchange, context);
}

static int by_path(void)
{
    return ask_server(reply_file, (char[]){"slow/file"}, "GET /", "HTTP/1.1 200 ");
}

int main(void)
{
    static const struct slow_call calls[] = {
        {"a whole file", whole},
        {"a file without a cache", uncached},
        {"a file looked at", never_fresh},
        {"the head of a file", head},
        {"a directory", moved},
        {"an index that is absent", not_there},
        {"compressed siblings", with_siblings},
        {"nw_http_reply_file", by_path},
    };

    return slow_main(calls, sizeof calls / sizeof *calls);
}
