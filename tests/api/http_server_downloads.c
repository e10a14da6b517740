/* SPDX-License-Identifier: MIT */
/*
 * A server that is cancelled in the middle of a thousand downloads: with time each of them ends whole, and
 * without time each fails so that the client knows..
 *
 * ctest: timeout=180
 */
#include <sys/resource.h>

#include "../support/web.h"

#define BYTES ((int64_t)512 * 1024)

static char content[65536];
static int begun, whole, failed;

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;
    int rc = nw_http_reply_stream(exchange, 200, NULL, BYTES, &out);

    (void)context;
    for (int64_t sent = 0; sent < BYTES && rc >= 0; sent += (int64_t)sizeof content) {
        ssize_t n = nw_write(out, content, sizeof content);
        rc = n == (ssize_t)sizeof content ? 0 : n < 0 ? (int)n : -ECANCELED;
    }
    return rc;
}

static int download(void *arg)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    nw_stream *stream = web_connect(arg);
    int64_t body = -1;
    nw_slice line;
    ssize_t n;

    CHECK_EQ(nw_write(stream, request, sizeof request - 1), sizeof request - 1);
    CHECK_EQ(nw_flush(stream), 0);
    while ((n = nw_read_line(stream, &line)) > 2) {
    }
    begun++;
    if (n == 2)
        body = nw_skip(stream, BYTES);
    if (body == BYTES) {
        whole++;
    } else {
        char byte;
        n = nw_read(stream, &byte, 1);
        CHECK(n == 0 || n == -ECONNRESET);
        failed++;
    }
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}

static void run_downloads(int count, int64_t drain_ns)
{
    struct web web = {.options.drain_ns = drain_ns};
    nw_task **tasks = calloc((size_t)count, sizeof(nw_task *));

    CHECK(tasks);
    begun = whole = failed = 0;
    web_start(&web, reply, NULL);
    for (int i = 0; i < count; i++)
        tasks[i] = nw_spawn(download, &web);
    while (begun < count)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(web.task);
    CHECK_EQ(nw_gather(tasks, (size_t)count), 0);
    web_stop(&web);
    CHECK_EQ(whole + failed, count);
    free(tasks);
}

static int test(void *arg)
{
    struct rlimit limit;
    int count;

    (void)arg;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max < 2200 ? limit.rlim_max : 2200;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    count = scaled(((int)limit.rlim_cur - 100) / 2 < 1000 ? ((int)limit.rlim_cur - 100) / 2 : 1000);
    run_downloads(count, NW_SEC(60));
    CHECK_EQ(failed, 0);
    run_downloads(count, -1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
