/* SPDX-License-Identifier: MIT */
/*
 * A file that is cut off while it is sent: the connection is reset, and the body is short, never whole; the
 * handler's error says why. One that is cut off when all of it is with the socket is whole, but it is the
 * file's own pages that are on their way: what was cut off can come as zeros.
 */
#include "../support/web_files.h"

#define LARGE_BYTES  ((size_t)24 * 1024 * 1024) /* more than sockets hold */
#define SOCKET_BYTES ((size_t)48 * 1024) /* less than a socket holds, and more than is kept in memory */

static char *content;
static int failures, last_failure, served;

static void note(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)peer, (void)arg;
    CHECK_STR(what, "handler");
    last_failure = error;
    failures++;
}

static int serve(nw_http_exchange *exchange, void *files)
{
    int rc = nw_http_files_serve(exchange, files);

    served++;
    return rc;
}

static void pass_head(nw_stream *stream)
{
    nw_slice line;

    do
        CHECK(nw_read_line(stream, &line) > 0);
    while (line.size > 2);
}

/* All that comes, up to `size`. Returns: how it ended. */
static ssize_t hear(nw_stream *stream, char *to, size_t size, size_t *got_out)
{
    size_t got = 0;
    ssize_t n;

    while ((n = nw_read(stream, to + got, size - got)) > 0)
        got += (size_t)n;
    *got_out = got;
    return n;
}

/* As it was, or zero behind where it was cut. */
static void check_bytes(const char *heard, size_t size, size_t cut)
{
    size_t zeros = 0;

    for (size_t i = 0; i < size; i++) {
        if (heard[i] == content[i])
            continue;
        CHECK_EQ(heard[i], '\0');
        CHECK(i >= cut);
        zeros++;
    }
    printf("%zu bytes, %zu of them zeros\n", size, zeros);
}

static void expect_broken(nw_stream *stream, size_t cut)
{
    char *heard = malloc(LARGE_BYTES);
    size_t size;

    CHECK(heard);
    CHECK_EQ(hear(stream, heard, LARGE_BYTES, &size), -ECONNRESET);
    CHECK(size < LARGE_BYTES);
    if (cut)
        check_bytes(heard, size, cut);
    CHECK_EQ(nw_close(stream), 0);
    while (failures == 0)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(failures, 1);
    CHECK_EQ(last_failure, NW_EINCOMPLETE);
    failures = 0;
    free(heard);
}

/* In the middle of one body, and of one with several parts. */
static void check_while_it_is_sent(const struct web *web)
{
    static const char *const fields[] = {"", "Range: bytes=0-9999999,12000000-\r\n"};

    for (int i = 0; i < 2; i++) {
        write_old("root/large", content, LARGE_BYTES);
        nw_stream *stream = web_connect(web);
        web_say(stream, request_of("GET", "/large", fields[i]));
        pass_head(stream);
        CHECK_SYS(truncate("root/large", 1000));
        expect_broken(stream, i == 0 ? 1000 : 0);
    }
}

/* The client reads when the server has long been done. */
static void check_after_it_was_sent(const struct web *web)
{
    char heard[SOCKET_BYTES];
    nw_stream *stream = web_connect(web);
    size_t size;

    write_old("root/middle", content, SOCKET_BYTES);
    served = 0;
    web_say(stream, request_of("GET", "/middle", "Connection: close\r\n"));
    while (served == 0)
        CHECK_EQ(nw_yield(), 0);
    CHECK_SYS(truncate("root/middle", 1000));
    pass_head(stream);
    CHECK_EQ(hear(stream, heard, SOCKET_BYTES, &size), 0);
    CHECK_EQ(size, SOCKET_BYTES);
    check_bytes(heard, size, 1000);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(failures, 0);
}

static int test(void *arg)
{
    nw_http_files *files = files_of(&(nw_http_files_options){.fresh_ns = -1}, "root");
    struct web web = {.options.on_error = note};

    (void)arg;
    web_start(&web, serve, files);
    check_while_it_is_sent(&web);
    check_after_it_was_sent(&web);
    web_stop(&web);
    nw_http_files_destroy(files);
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(LARGE_BYTES);
    CHECK(content);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        content[i] = (char)('a' + i % 23);
    CHECK_SYS(mkdir("root", 0755));
    CHECK_EQ(nw_run(test, NULL), 0);
    free(content);
    return 0;
}
