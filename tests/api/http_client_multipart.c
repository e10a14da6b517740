/* SPDX-License-Identifier: MIT */
/*
 * Fields and files go out as multipart/form-data, with a length where all parts have one, and names that hold
 * quotes and line ends stay within theirs.
 */
#include "../support/http_peer.h"

static char got[65536];
static struct peer peer;

/* Takes a body by its length, or chunks up to the last one. */
static int talk(struct peer *self, nw_stream *stream)
{
    while (peer_read_head(self, stream) > 0) {
        char *length = strcasestr(self->head, "\r\nContent-Length: ");
        size_t size = length ? strtoul(length + 18, NULL, 10) : 0, at = 0;
        nw_slice line;
        CHECK(size < sizeof got);
        if (length)
            CHECK_EQ(nw_read_exactly(stream, got, size), (ssize_t)size);
        while (!length && nw_read_line(stream, &line) > 0) {
            memcpy(got + at, line.data, line.size);
            at += line.size;
            if (at >= 5 && memcmp(got + at - 5, "\r\n0\r\n", 5) == 0) {
                CHECK_EQ(nw_read_line(stream, &line), 2);
                break;
            }
        }
        got[length ? size : at] = '\0';
        if (peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") < 0)
            break;
    }
    return 0;
}

static void send(const nw_http_part *parts, size_t count)
{
    nw_http_request_options request = {.url = peer_url(&peer, "/"), .parts = parts, .part_count = count};
    nw_http_response *response;

    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    nw_http_response_close(response);
    CHECK(strstr(peer.head, "Content-Type: multipart/form-data; boundary="));
}

static int run(void *arg)
{
    nw_http_part parts[] = {
        {.name = "a\"\r\nX: y", .data = {"one", 3}},
        {.name = "file", .path = "page.html"},
        {.name = "other", .data = {"two", 3}, .file_name = "b\".txt", .media_type = "text/plain"},
    };
    const nw_http_part bad = {.name = "a", .data = {"b", 1}, .media_type = "text/plain\r\nX: y"};
    nw_http_request_options request = {.parts = &bad, .part_count = 1};
    nw_http_response *response;
    nw_stream *stream;

    (void)arg;
    peer_begin(&peer, talk);
    send(parts, 3);
    CHECK(strstr(peer.head, "Content-Length: "));
    CHECK(strstr(
        got,
        "name=\"file\"; filename=\"page.html\"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n"));
    CHECK(strstr(got, "\r\n\r\none\r\n"));
    CHECK(strstr(got, "Content-Type: text/plain\r\n\r\ntwo\r\n"));
    CHECK(!strstr(got, "\nX: y"));
    CHECK_EQ(nw_open_slice((nw_slice){"streamed", 8}, &stream), 0);
    parts[0] = (nw_http_part){.name = "s", .stream = stream};
    send(parts, 3);
    CHECK(strstr(peer.head, "Transfer-Encoding: chunked"));
    CHECK(strstr(got, "streamed"));
    CHECK_EQ(nw_close(stream), 0);
    parts[0] = (nw_http_part){.name = "s", .data = {NULL, 1}};
    request.url = peer_url(&peer, "/");
    CHECK_EQ(nw_http_request(NULL, &request, &response), -EINVAL);
    parts[1].path = "missing";
    request.url = peer_url(&peer, "/");
    CHECK_EQ(nw_http_request(NULL, &request, &response), -EINVAL);
    request.parts = parts + 1;
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ENOENT);
    CHECK_EQ(peer.connections, 1);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("page.html", "<p>", 3);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
