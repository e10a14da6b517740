/* SPDX-License-Identifier: MIT */
/*
 * GET: status, fields, text; a missing page is no error; the connection is used again.
 */
#include "../support/http_peer.h"

static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        bool missing = strncmp(peer->head, "GET /missing ", 13) == 0;
        int rc = missing ? peer_say(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")
                         : peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                            "X-Two: a\r\nx-two: b\r\nContent-Length: 6\r\n\r\nhello\n");
        if (rc < 0)
            break;
    }
    return 0;
}

static int run(void *arg)
{
    nw_http_response *response;
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk);
    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/a%20b?c=d#e"), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 200);
    CHECK_STR(nw_http_response_header(response, "content-type"), "text/plain");
    CHECK_STR(nw_http_response_header(response, "X-TWO"), "a");
    CHECK(!nw_http_response_header(response, "X-Three"));
    CHECK_EQ(nw_http_response_length(response), 6);
    CHECK_STR(nw_http_response_url(response), peer_url(&peer, "/a%20b?c=d#e"));
    peer_check_body(response, "hello\n");
    CHECK(peer_heard(&peer, "GET /a%20b?c=d HTTP/1.1"));
    CHECK(peer_heard(&peer, "Accept: */*"));

    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/missing"), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 404);
    peer_check_body(response, "gone");

    CHECK_EQ(peer.connections, 1);
    CHECK_EQ(peer.requests, 2);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
