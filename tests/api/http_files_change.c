/* SPDX-License-Identifier: MIT */
/*
 * Files that change while they are sent: one that shrinks ends the connection, for what was announced cannot
 * be sent; one that grows, goes or is replaced is sent as it was. And a thousand connections that read a file
 * which is replaced all the time: each gets an old one or a new one, whole.
 *
 * ctest: cost=6 timeout=120
 */
#include "../support/web_files.h"

#include <sys/resource.h>

#define LARGE_BYTES  ((size_t)32 * 1024 * 1024) /* more than sockets hold */
#define CONNECTIONS  (1000 / RUNTIME_SLOWER)
#define REPLACEMENTS 40

static char *large;

static void prepare_large(void)
{
    large = malloc(LARGE_BYTES);
    CHECK(large);
    for (size_t i = 0; i < LARGE_BYTES; i += 8)
        memcpy(large + i, &i, 8);
}

/* Has begun to send what is as `large`: the head and a little content were read. */
static nw_stream *begin(const struct web *web, const char *target)
{
    nw_stream *stream = web_connect(web);
    nw_slice line;
    char data[1000];

    web_say(stream, request_of("GET", target, "Connection: close\r\n"));
    do
        CHECK(nw_read_line(stream, &line) > 0);
    while (line.size > 2);
    CHECK_EQ(nw_read_exactly(stream, data, sizeof data), sizeof data);
    CHECK_MEM(data, large, sizeof data);
    return stream;
}

/* Bytes on their way are still the file's: what is cut off meanwhile can be sent as zeros, by the kernel. */
static void check_part(const char *data, size_t at, size_t size, bool cut)
{
    if (!cut)
        CHECK_MEM(data, large + at, size);
    else if (memcmp(data, large + at, size) == 0)
        return;
    for (size_t i = 0; cut && i < size; i++)
        CHECK(data[i] == large[at + i] || data[i] == '\0');
}

/* How much came, all of it as it was. */
static size_t end(nw_stream *stream, bool cut)
{
    size_t at = 1000;
    char data[65536];
    ssize_t n;

    while ((n = nw_read(stream, data, sizeof data)) > 0) {
        CHECK(at + (size_t)n <= LARGE_BYTES);
        check_part(data, at, (size_t)n, cut);
        at += (size_t)n;
    }
    CHECK(n == 0 || n == -ECONNRESET || n == NW_ETRUNCATED);
    CHECK_EQ(nw_close(stream), 0);
    return at;
}

static void shrinks(const struct web *web)
{
    nw_stream *stream = begin(web, "/large");

    CHECK_SYS(truncate("root/large", 1024 * 1024));
    CHECK(end(stream, true) < LARGE_BYTES);
    write_old("root/large", large, LARGE_BYTES);
}

static void grows(const struct web *web)
{
    nw_stream *stream = begin(web, "/large");
    int fd = CHECK_SYS(open("root/large", O_WRONLY | O_APPEND | O_CLOEXEC));

    CHECK_EQ(write(fd, "more", 4), 4);
    CHECK_EQ(end(stream, false), LARGE_BYTES);
    CHECK_SYS(ftruncate(fd, LARGE_BYTES));
    close(fd);
    set_age("root/large", OLD_S);
}

static void goes(const struct web *web)
{
    nw_stream *stream = begin(web, "/large");

    CHECK_SYS(unlink("root/large"));
    CHECK_EQ(end(stream, false), LARGE_BYTES);
    WEB_EXCHANGE(web, request_of("GET", "/large", ""), WEB_TEXT("404 Not Found", "14", "404 Not Found\n"));
    write_old("root/large", large, LARGE_BYTES);
}

static void is_replaced(const struct web *web, const char *target)
{
    nw_stream *stream = begin(web, target);
    const char *expected;

    write_text("root/new", "new");
    CHECK_SYS(rename("root/new", text_of("root%s", target)));
    expected = text_of("HTTP/1.1 200 OK\r\nServer: nowait\r\nContent-Type: application/octet-stream\r\n"
                       "Content-Length: 3\r\nETag: %s\r\nLast-Modified: " OLD_DATE
                       "\r\nAccept-Ranges: bytes\r\n\r\nnew",
                       etag_of(text_of("root%s", target)));
    WEB_EXCHANGE(web, request_of("GET", target, ""), expected); /* seen at once: its name is gone */
    CHECK_EQ(end(stream, false), LARGE_BYTES);
    write_old(text_of("root%s", target), large, LARGE_BYTES);
}

/* Its other name still leads to what it was. */
static void is_replaced_with_two_names(const struct web *web)
{
    write_old("root/twin", large, LARGE_BYTES);
    CHECK_SYS(link("root/twin", "root/other"));
    is_replaced(web, "/twin");
    CHECK_SYS(unlink("root/other"));
    CHECK_SYS(unlink("root/twin"));
}

/* -- a thousand -- */

struct reader {
    const struct web *web;
    const char *name;
    int replies;
};

static bool replaced_enough;

/* All bytes of a file are its letter, and its size tells the letter, too. */
static size_t size_of(char letter, size_t base)
{
    return base + (size_t)(letter - 'a') * 1000;
}

static void check_whole(const char *data, size_t size, size_t base)
{
    CHECK(size > 0);
    CHECK_EQ(size, size_of(data[0], base));
    if (memcmp(data, data + 1, size - 1) == 0)
        return;
    for (size_t i = 0; i < size; i++)
        if (data[i] != data[0])
            check_fail(__FILE__, __LINE__, "byte %zu of %zu is '%c', not '%c'", i, size, data[i], data[0]);
}

static size_t read_length(nw_stream *stream)
{
    size_t length = 0;
    nw_slice line;

    do {
        CHECK(nw_read_line(stream, &line) > 0);
        if (line.size > 16 && memcmp(line.data, "Content-Length: ", 16) == 0)
            length = strtoul(line.data + 16, NULL, 10);
    } while (line.size > 2);
    return length;
}

static int read_again_and_again(void *arg)
{
    struct reader *reader = arg;
    size_t base = strcmp(reader->name, "/small") == 0 ? 2000 : 100000;
    nw_stream *stream = web_connect(reader->web);
    char *data = malloc(200000);

    CHECK(data);
    do {
        web_say(stream, request_of("GET", reader->name, ""));
        size_t length = read_length(stream);
        CHECK_EQ(nw_read_exactly(stream, data, length), length);
        check_whole(data, length, base);
        reader->replies++;
    } while (!replaced_enough);
    free(data);
    return nw_close(stream);
}

static void replace(const char *path, char letter, size_t base)
{
    static char data[200000];
    size_t size = size_of(letter, base);

    memset(data, letter, size);
    check_write_file("root/replacement", data, size);
    CHECK_SYS(rename("root/replacement", path));
}

static int replace_again_and_again(void *arg)
{
    (void)arg;
    for (int i = 0; i < REPLACEMENTS; i++) {
        replace("root/small", (char)('a' + i % 20), 2000);
        replace("root/middle", (char)('a' + i % 20), 100000);
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    }
    replaced_enough = true;
    return 0;
}

static void thousand(const struct web *web)
{
    static struct reader readers[CONNECTIONS];
    nw_group group;

    replaced_enough = false;
    replace("root/small", 'a', 2000);
    replace("root/middle", 'a', 100000);
    nw_group_init(&group, 0);
    for (int i = 0; i < CONNECTIONS; i++) {
        readers[i] = (struct reader){web, i % 2 ? "/small" : "/middle", 0};
        CHECK_EQ(nw_group_spawn(&group, read_again_and_again, &readers[i]), 0);
    }
    CHECK_EQ(nw_group_spawn(&group, replace_again_and_again, NULL), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK(readers[i].replies > 0);
}

static int test(void *arg)
{
    nw_http_files *files = files_of(&(nw_http_files_options){.fresh_ns = *(int64_t *)arg}, "root");
    struct web web = {.handler = NULL};
    int open_before = check_open_fds();

    web_start(&web, nw_http_files_serve, files);
    shrinks(&web);
    grows(&web);
    goes(&web);
    is_replaced(&web, "/large");
    is_replaced_with_two_names(&web);
    thousand(&web);
    web_stop(&web);
    nw_http_files_destroy(files);
    CHECK_EQ(check_open_fds(), open_before - 1);
    return 0;
}

int main(void)
{
    int64_t fresh_ns[] = {0, NW_MS(1), -1};
    struct rlimit limit = {16384, 16384};

    check_enter_folder();
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        check_skip("no %d descriptors", (int)limit.rlim_cur);
    prepare_large();
    CHECK_SYS(mkdir("root", 0755));
    for (int i = 0; i < 3; i++) {
        write_old("root/large", large, LARGE_BYTES);
        CHECK_EQ(nw_run(test, &fresh_ns[i]), 0);
    }
    free(large);
    return 0;
}
