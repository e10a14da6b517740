/* SPDX-License-Identifier: MIT */
/*
 * Files and routes, while one request for memory or a thread fails: the client that is hit gets an error or
 * the end of the connection, never a wrong file; the next one is served, and nothing leaks.
 *
 * ctest: cost=6
 */
#include <nowait.h>

#include "place.h"

#define LARGE_BYTES 100000

static const struct request {
    const char *target;
    const char *fields;
    int status;
    const char *end; /* of what comes */
    size_t size;     /* of it all, at least */
} requests[] = {
    {"/small", "", 200, "small", 0},
    {"/small", "", 200, "small", 0},
    {"/large", "", 200, "L", LARGE_BYTES},
    {"/large", "Range: bytes=0-1\r\n", 206, "ll", 0},
    {"/large", "Range: bytes=0-1,9-9,-1\r\n", 206, "--\r\n", 0},
    {"/dir", "", 301, "\r\n\r\n", 0},
    {"/dir/", "", 200, "index", 0},
    {"/dir/none/", "", 404, "404 Not Found\n", 0},
    {"/users/seven", "", 200, "user seven", 0},
};

static int show_user(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, 200, "user %s", nw_http_param(exchange, "id"));
}

static bool is_answer(const struct request *request, nw_bytes heard)
{
    size_t end = strlen(request->end);
    int status = 0;

    return sscanf(heard.data, "HTTP/1.1 %d ", &status) == 1 && status == request->status &&
           heard.size >= request->size && heard.size >= end &&
           memcmp(heard.data + heard.size - end, request->end, end) == 0;
}

/* 0: it was answered, in whole. */
static int ask(const char *where, size_t i)
{
    const struct request *request = &requests[i];
    nw_stream *stream;
    nw_bytes heard = {NULL, 0};
    int rc = nw_connect(where, &stream);

    if (rc < 0)
        return rc;
    rc = nw_printf(stream, "GET %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n%s\r\n", request->target,
                   request->fields);
    if (rc >= 0)
        rc = nw_shutdown(stream);
    if (rc == 0)
        rc = nw_read_all(stream, 0, &heard);
    if (rc == 0 && !is_answer(request, heard))
        rc = -EIO;
    nw_bytes_finish(&heard);
    (void)nw_close(stream);
    return rc;
}

static int use_files(void *arg)
{
    const nw_http_files_options options = {.precompressed = true, .cache_control = "no-cache", .fresh_ns = 1};
    struct place place = {.handler = nw_http_route, .scheme = "tcp://", .path = ""};
    nw_http_router *router;
    nw_http_files *files;
    int rc = nw_http_files_create(&options, "root", &files);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = nw_http_router_create(&router);
    if (rc < 0) {
        nw_http_files_destroy(files);
        return rc;
    }
    place.context = router;
    rc = nw_http_router_add(router, "GET", "/users/{id}", show_user, NULL);
    if (rc == 0)
        rc = nw_http_router_add(router, NULL, "/{rest...}", nw_http_files_serve, files);
    if (rc == 0)
        rc = place_ask(&place, ask, sizeof requests / sizeof *requests);
    nw_http_router_destroy(router);
    nw_http_files_destroy(files);
    return rc;
}

int main(void)
{
    static char large[LARGE_BYTES];

    check_enter_folder();
    memset(large, 'l', sizeof large);
    large[sizeof large - 1] = 'L';
    CHECK_SYS(mkdir("root", 0755));
    CHECK_SYS(mkdir("root/dir", 0755));
    check_write_file("root/small", "small", 5);
    check_write_file("root/large", large, sizeof large);
    check_write_file("root/dir/index.html", "index", 5);
    fault_run(use_files);
    return 0;
}
