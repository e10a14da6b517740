/* SPDX-License-Identifier: MIT */
/*
 * Files of the kernel whose readers wait for news: of /proc/kmsg that is sent which is there, and a pipe that
 * looks like a file (trace_pipe) is not found. No worker is left waiting, nor the client.
 */
#include "../support/web_files.h"

#include <poll.h>

#define MESSAGES "/proc/kmsg"
#define TRACE    "/sys/kernel/tracing/trace_pipe"

static bool has_messages, has_trace;

static int reply_file(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_file(exchange, nw_http_path(exchange));
}

/* What is sent is what the kernel had to say just then: nothing, or a little. */
static void check_messages(const struct web *web)
{
    nw_http_response *response;
    nw_bytes body;

    CHECK_EQ(nw_http_get(NULL, text_of("http://%s" MESSAGES, web->where + strlen("tcp://")), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 200);
    CHECK_STR(nw_http_response_header(response, "Transfer-Encoding"), "chunked");
    CHECK_EQ(nw_http_response_read(response, 0, &body), 0);
    nw_bytes_finish(&body);
    nw_http_response_close(response);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, reply_file, NULL);
    if (has_messages)
        check_messages(&web);
    if (has_trace)
        WEB_EXCHANGE(&web, request_of("GET", TRACE, ""), WEB_TEXT("404 Not Found", "14", "404 Not Found\n"));
    web_stop(&web);
    return 0;
}

/* Can it be read, and would a reader wait? What waits there to be read is somebody else's: reading takes it.
 */
static bool would_wait(const char *path)
{
    struct pollfd one = {open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), POLLIN, 0};
    bool waits;

    if (one.fd < 0)
        return false;
    waits = poll(&one, 1, 0) == 0;
    close(one.fd);
    return waits;
}

int main(void)
{
    has_messages = would_wait(MESSAGES);
    has_trace = would_wait(TRACE);
    if (!has_messages && !has_trace)
        check_skip("no " TRACE " to be read, and no " MESSAGES " whose messages somebody has read");
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
