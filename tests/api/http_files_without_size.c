/* SPDX-License-Identifier: MIT */
/*
 * Files that do not say how long they are (in /proc 0 bytes, in /sys a page) are sent whole, in chunks, and
 * without validators, and so are they by the client; files that are honest and have no blocks, with their
 * size.
 */
#include "../support/web_files.h"

#define PROC "/proc/version"
#define SYS  "/sys/kernel/fscaps"

static nw_bytes proc, sys;

static const char *chunked(nw_bytes content)
{
    return text_of(WEB_REPLY("200 OK",
                             "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n",
                             "%zx\r\n%s\r\n0\r\n\r\n"),
                   content.size, content.data);
}

static void measured(const struct web *web, const char *name, int size)
{
    char path[PATH_MAX];

    CHECK(realpath(name, path));
    WEB_EXCHANGE(web, request_of("HEAD", path, ""),
                 text_of(WEB_REPLY("200 OK",
                                   "Content-Type: application/octet-stream\r\nContent-Length: %d\r\n"
                                   "ETag: %s\r\nLast-Modified: " OLD_DATE "\r\nAccept-Ranges: bytes\r\n",
                                   ""),
                         size, etag_of(name)));
}

static void unmeasured(const struct web *web, const char *target, nw_bytes content)
{
    static const char head[] =
        WEB_REPLY("200 OK", "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n", "");
    const char *twice = text_of("%s%s", chunked(content), chunked(content));

    WEB_EXCHANGE(web, request_of("GET", target, ""), chunked(content));
    WEB_EXCHANGE(web,
                 text_of("%s%s", request_of("GET", target, "Range: bytes=0-1\r\n"),
                         request_of("GET", target, "If-Modified-Since: " AFTER_DATE "\r\n")),
                 twice);
    WEB_EXCHANGE(web, request_of("HEAD", target, ""), head);
    WEB_EXCHANGE(web, request_of("GET", target, "If-None-Match: *\r\n"),
                 WEB_REPLY("304 Not Modified", "", ""));
    WEB_EXCHANGE(web, request_of("GET", target, "If-Match: \"a\"\r\n"),
                 WEB_REPLY("412 Precondition Failed", "Content-Length: 0\r\n", ""));
    WEB_EXCHANGE(
        web, text_of("GET %s HTTP/1.0\r\n\r\n", target),
        text_of(WEB_REPLY("200 OK", "Content-Type: application/octet-stream\r\nConnection: close\r\n", "%s"),
                content.data));
}

static int reply_file(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_file(exchange, nw_http_path(exchange));
}

static int reply_stored(nw_http_exchange *exchange, void *context)
{
    char length[32];
    nw_bytes body;
    int rc;

    (void)context;
    snprintf(length, sizeof length, "%lld", (long long)nw_http_length(exchange));
    rc = nw_http_read(exchange, 0, &body);
    if (rc < 0)
        return rc;
    rc = nw_http_reply_header(exchange, "X-Length", length);
    if (rc == 0)
        rc = nw_http_reply(exchange, 200, NULL, (nw_slice){body.data, body.size});
    nw_bytes_finish(&body);
    return rc;
}

/* What the client sends of this file: its content, and with this length; as a stream, or as a part. */
static void sent(const struct web *web, const char *path, nw_slice content, const char *length, bool as_part)
{
    const char *url = text_of("http://%s/", web->where + strlen("tcp://"));
    const nw_http_part part = {.name = "file", .path = path};
    nw_http_request_options request = {.url = url, .method = "POST"};
    nw_http_response *response;
    nw_bytes answer;

    if (as_part) {
        request.parts = &part;
        request.part_count = 1;
    } else {
        CHECK_EQ(nw_open(path, "r", &request.stream), 0);
    }
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 200);
    CHECK_EQ(nw_http_response_read(response, 0, &answer), 0);
    if (as_part) {
        const char *body = strstr(answer.data, "\r\n\r\n");
        CHECK(body && strncmp(body + 4, content.data, content.size) == 0);
        CHECK(strncmp(body + 4 + content.size, "\r\n--", 4) == 0);
    } else {
        CHECK_EQ(answer.size, content.size);
        CHECK_MEM(answer.data, content.data, content.size);
    }
    if (length)
        CHECK_STR(nw_http_response_header(response, "X-Length"), length);
    nw_bytes_finish(&answer);
    nw_http_response_close(response);
    CHECK_EQ(nw_close(request.stream), 0);
}

static void served(void)
{
    nw_http_files *in_proc = files_of(NULL, "/proc"), *in_sys = files_of(NULL, "/sys/kernel");
    struct web web = {.handler = NULL};

    web_start(&web, nw_http_files_serve, in_proc);
    unmeasured(&web, "/version", proc);
    web_stop(&web);
    web_start(&web, nw_http_files_serve, in_sys);
    unmeasured(&web, "/fscaps", sys);
    web_stop(&web);
    nw_http_files_destroy(in_proc);
    nw_http_files_destroy(in_sys);
    web_start(&web, reply_file, NULL);
    unmeasured(&web, PROC, proc);
    unmeasured(&web, SYS, sys);
    measured(&web, "empty", 0);
    measured(&web, "hole", 4096);
    web_stop(&web);
}

static int test(void *arg)
{
    struct web web = {.handler = NULL};

    (void)arg;
    CHECK_EQ(nw_read_file(PROC, 0, &proc), 0);
    CHECK_EQ(nw_read_file(SYS, 0, &sys), 0);
    served();
    web_start(&web, reply_stored, NULL);
    for (int as_part = 0; as_part < 2; as_part++) {
        sent(&web, PROC, (nw_slice){proc.data, proc.size}, "-1", as_part);
        sent(&web, "empty", (nw_slice){"", 0}, as_part ? NULL : "-1", as_part);
        sent(&web, "short", (nw_slice){"short", 5}, as_part ? NULL : "5", as_part);
    }
    sent(&web, SYS, (nw_slice){sys.data, sys.size}, "2", false);
    sent(&web, SYS, (nw_slice){sys.data, sys.size}, "-1", true);
    web_stop(&web);
    nw_bytes_finish(&proc);
    nw_bytes_finish(&sys);
    return 0;
}

static bool says(const char *path, off_t size)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size == size;
}

int main(void)
{
    if (!says(PROC, 0) || !says(SYS, sysconf(_SC_PAGESIZE))) {
        fprintf(stderr, "no " PROC " of 0 bytes, or no " SYS " of a page\n");
        return CHECK_SKIPPED;
    }
    write_text("empty", "");
    write_text("short", "short");
    write_text("hole", "");
    CHECK_SYS(truncate("hole", 4096)); /* all of it, and no blocks */
    set_age("hole", OLD_S);
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
