/* SPDX-License-Identifier: MIT */
/*
 * A server and its clients, while one request for memory or a thread fails: whoever is hit is told so or sees
 * the end of the connection; the next one is served, and nothing leaks. The server says where it was hit.
 */
#include <nowait.h>

#include "place.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;
    nw_bytes body;
    int rc;

    (void)context;
    if (strcmp(nw_http_path(exchange), "/stream") == 0) {
        rc = nw_http_reply_stream(exchange, 200, NULL, -1, &out);
        return rc < 0 ? rc : nw_printf(out, "the end") == 7 ? 0 : -EIO;
    }
    if (strcmp(nw_http_path(exchange), "/body") == 0) {
        rc = nw_http_read(exchange, 0, &body);
        if (rc < 0)
            return rc;
        nw_bytes_finish(&body);
    }
    (void)nw_http_query(exchange, "a");
    (void)nw_http_cookie(exchange, "b");
    rc = nw_http_reply_header(exchange, "X-A", "b");
    return rc < 0 ? rc : nw_http_reply_text(exchange, 200, "%300s%s", "", "the end");
}

static const char *const requests[] = {
    "GET /?a=b HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n\r\n",
    "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
};

/* 0: it was answered, in whole. */
static int ask(const char *where, size_t i)
{
    const char *request = requests[i];
    nw_stream *stream;
    nw_bytes heard = {NULL, 0};
    int rc = nw_connect(where, &stream);

    if (rc < 0)
        return rc;
    if (nw_write(stream, request, strlen(request)) != (ssize_t)strlen(request))
        rc = -ENOMEM;
    if (rc == 0)
        rc = nw_shutdown(stream);
    if (rc == 0)
        rc = nw_read_all(stream, 0, &heard);
    if (rc == 0 && (!strstr(heard.data, " 200 OK") || !strstr(heard.data, "the end")))
        rc = -EIO;
    nw_bytes_finish(&heard);
    (void)nw_close(stream);
    return rc;
}

#define TOLD "told" /* a file: of all runs */

static void tell(int error, const char *what, const nw_address *peer, void *arg)
{
    FILE *file = fopen(TOLD, "ae");

    (void)arg;
    CHECK(file && fprintf(file, "%s %d %d\n", what, error, peer != NULL) > 0);
    CHECK_EQ(fclose(file), 0);
}

/* In the last run nothing has failed: what each of the others was told is known now. */
static void check_told(void)
{
    const char *report = getenv("FAULT_REPORT");
    char told[65536];
    size_t size;

    if (!report || access(report, F_OK) == 0)
        return;
    FILE *file = fopen(TOLD, "re");
    CHECK(file);
    size = fread(told, 1, sizeof told - 1, file);
    told[size] = '\0';
    CHECK_EQ(fclose(file), 0);
    CHECK(strstr(told, "request -12 1\n"));
    CHECK(strstr(told, "accept -12 0\n"));
    CHECK(strstr(told, "handler -12 1\n"));
}

static int use_server(void *arg)
{
    struct place place = {.handler = reply, .scheme = "tcp://", .path = "", .on_error = tell};

    (void)arg;
    return place_ask(&place, ask, sizeof requests / sizeof *requests);
}

int main(void)
{
    fault_run(use_server);
    check_told();
    return 0;
}
