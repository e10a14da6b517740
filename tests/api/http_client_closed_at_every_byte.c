/* SPDX-License-Identifier: MIT */
/*
 * A server that closes after N bytes of its answer, for each N, slowly or at once: what is not whole is
 * NW_ETRUNCATED, never a short body; what is whole is whole.
 */
#include "../support/http_peer.h"

struct answer {
    const char *bytes;
    size_t size;
    const char *body;
    size_t whole_from; /* from so many bytes on it is complete */
    bool until_close;  /* then what has come is the body */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct answer answers[] = {
    {BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "hello", 43, false},
    {BYTES(
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n"),
     "hello", 77, false},
    {BYTES("HTTP/1.1 200 OK\r\n\r\nhello"), "hello", 19, true},
    {BYTES("HTTP/1.1 204 No Content\r\n\r\n"), "", 27, false},
    {BYTES("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "",
     78, false},
    {BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
           "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00"
           "\x00"),
     "hello", 88, false},
};

static const struct answer *now;
static size_t sent_bytes;
static bool byte_by_byte;

static int talk(struct peer *peer, nw_stream *stream)
{
    if (peer_read_head(peer, stream) <= 0)
        return 0;
    if (!byte_by_byte)
        return peer_send(stream, now->bytes, sent_bytes);
    for (size_t i = 0; i < sent_bytes; i++) {
        if (peer_send(stream, now->bytes + i, 1) < 0)
            break;
        (void)nw_yield();
    }
    return 0;
}

static int get(nw_http_client *client, const char *url, nw_bytes *body)
{
    nw_http_response *response;
    nw_http_failure failure = {.error = 0}, of_body;
    const nw_http_request_options request = {.url = url, .failure_out = &failure};
    int rc = nw_http_request(client, &request, &response);

    if (rc < 0) {
        CHECK_EQ(failure.error, rc);
        CHECK_EQ(failure.phase, NW_HTTP_PHASE_HEADERS);
        CHECK_STR(failure.url, url);
        return rc;
    }
    rc = nw_http_response_read(response, 0, body);
    if (rc < 0) {
        CHECK_EQ(nw_http_response_failure(response, &of_body), 0);
        CHECK_EQ(of_body.error, rc);
        CHECK_EQ(of_body.phase, NW_HTTP_PHASE_BODY);
        CHECK_STR(of_body.url, url);
    } else {
        CHECK_EQ(nw_http_response_failure(response, &of_body), -ENOENT);
    }
    nw_http_response_close(response);
    return rc;
}

static void close_after(nw_http_client *client, const char *url, const struct answer *answer, size_t size)
{
    nw_bytes body = {NULL, 0};

    now = answer;
    sent_bytes = size;
    int rc = get(client, url, &body);
    if (size < answer->whole_from) {
        CHECK_EQ(rc, NW_ETRUNCATED);
        return;
    }
    CHECK_EQ(rc, 0);
    size_t expected = answer->until_close ? size - answer->whole_from : strlen(answer->body);
    CHECK_EQ(body.size, expected);
    CHECK_MEM(body.data, answer->body, expected);
    nw_bytes_finish(&body);
}

static int run(void *arg)
{
    int before = check_open_fds();
    nw_http_client *client;
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk);
    CHECK_EQ(nw_http_client_create(NULL, &client), 0);
    for (int slow = 0; slow < 2; slow++) {
        byte_by_byte = slow;
        for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
            for (size_t size = 0; size <= answers[i].size; size++)
                close_after(client, peer_url(&peer, "/"), &answers[i], size);
    }
    nw_http_client_destroy(client);
    peer_end(&peer);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
