/* SPDX-License-Identifier: MIT */
/*
 * Requests, while one request for memory or for a thread fails: the call says so, the next attempt succeeds,
 * and nothing stays open or allocated.
 *
 * ctest: cost=5
 */
#include <arpa/inet.h>
#include <nowait.h>
#include <pthread.h>
#include <sys/socket.h>

#include "fault.h"

#define LONG_BYTES 200000

static int listening;
static unsigned port;
static char long_data[LONG_BYTES];

static const char gzip[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36"
    "\x05\x00\x00\x00";

/* -- the peer: plain blocking code on a thread of its own, which knows nothing of failures -- */

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool answer(int fd, const char *head)
{
    char text[512];

    if (strstr(head, " /redirect "))
        return write_all(fd, "HTTP/1.1 302 F\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", 52);
    if (strstr(head, " /gzip ")) {
        int n = snprintf(text, sizeof text,
                         "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                         sizeof gzip - 1);
        return write_all(fd, text, (size_t)n) && write_all(fd, gzip, sizeof gzip - 1);
    }
    if (strstr(head, " /long ")) {
        int n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LONG_BYTES);
        return write_all(fd, text, (size_t)n) && write_all(fd, long_data, LONG_BYTES);
    }
    return write_all(fd,
                     "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n0\r\nT: u\r\n\r\n",
                     88);
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char head[8192];
    size_t size = 0;

    for (;;) {
        ssize_t n = recv(fd, head + size, sizeof head - 1 - size, 0);
        if (n <= 0)
            break;
        size += (size_t)n;
        head[size] = '\0';
        char *end = strstr(head, "\r\n\r\n"), *length = strcasestr(head, "\r\nContent-Length: ");
        if (!end)
            continue;
        size_t body = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
        size_t have = size - (size_t)(end + 4 - head);
        while (have < body && (n = recv(fd, head + 4096, 4096, 0)) > 0)
            have += (size_t)n;
        if (have < body || !answer(fd, head))
            break;
        size = 0;
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    (void)arg;
    for (;;) {
        pthread_t thread;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0 && pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

static void begin_peer(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    pthread_t thread;

    listening = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(bind(listening, (struct sockaddr *)&address, size));
    CHECK_SYS(listen(listening, 64));
    CHECK_SYS(getsockname(listening, (struct sockaddr *)&address, &size));
    port = ntohs(address.sin_port);
    CHECK_EQ(pthread_create(&thread, NULL, serve, NULL), 0);
    CHECK_EQ(pthread_detach(thread), 0);
}

/* -- the client -- */

static int once(nw_http_client *client, nw_http_request_options *request, const char *path, size_t expected)
{
    nw_http_response *response;
    nw_http_failure failure;
    nw_bytes body;
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    request->url = url;
    request->failure_out = &failure;
    int rc = nw_http_request(client, request, &response);
    if (rc < 0) {
        CHECK_EQ(failure.error, rc);
        return rc;
    }
    CHECK_EQ(nw_http_response_status(response), 200);
    rc = nw_http_response_read(response, 0, &body);
    if (rc == 0) {
        CHECK_EQ(body.size, expected);
        nw_bytes_finish(&body);
    }
    nw_http_response_close(response);
    return rc;
}

static void twice(nw_http_client *client, nw_http_request_options request, const char *path, size_t expected)
{
    int rc;

    TWICE(rc, once(client, &request, path, expected));
    CHECK_EQ(rc, 0);
}

static int save(nw_http_client *client)
{
    nw_http_response *response;
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%u/long", port);
    int rc = nw_http_get(client, url, &response);
    if (rc < 0)
        return rc;
    int64_t n = nw_http_response_save(response, "saved", NULL);
    nw_http_response_close(response);
    CHECK(n == LONG_BYTES || failed(n));
    CHECK_EQ(access("saved", F_OK), n < 0 ? -1 : 0);
    CHECK_EQ(access("saved.part", F_OK), -1);
    unlink("saved");
    return n < 0 ? (int)n : 0;
}

static void use(nw_http_client *client)
{
    const nw_pair form[] = {{"a", "b"}}, query[] = {{"c", "d"}}, header[] = {{"X-Y", "z"}};
    const nw_http_request_options get = {
        .query = query, .query_count = 1, .headers = header, .header_count = 1, .user = "a", .password = "b"};
    const nw_http_request_options post = {.form = form, .form_count = 1},
                                  put = {.body = {long_data, LONG_BYTES}}, plain = {.method = "GET"};

    twice(client, get, "/a", 5);
    twice(client, post, "/a", 5);
    twice(client, put, "/a", 5);
    twice(client, plain, "/redirect", 5);
    twice(client, plain, "/gzip", 5);
    twice(client, plain, "/long", LONG_BYTES);
    int rc;
    TWICE(rc, save(client));
    CHECK_EQ(rc, 0);
}

static int run(void *arg)
{
    const nw_http_client_options options = {.cookies = NW_HTTP_COOKIES_ON, .connections_per_host = 1};
    nw_http_client *client;
    int rc;

    (void)arg;
    TWICE(rc, nw_http_client_create(&options, &client));
    CHECK_EQ(rc, 0);
    use(client);
    nw_http_client_destroy(client);
    use(NULL);
    return 0;
}

int main(void)
{
    begin_peer();
    fault_run_once(run);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
