/* SPDX-License-Identifier: MIT */
/*
 * Coded bodies are decoded as they come, within limits; coded badly, cut off, or too large, they are errors
 * that say what they are; and nothing is decoded that was not asked for.
 */
#include "../support/http_peer.h"

/* "hello " a thousand times, as gzip has it. */
static const char coded[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc4\x31\x0d\x00\x00\x08\x03\x30\x2b"
                            "\x98\x23\xe1\x58\x82\xff\x0f"
                            "\x11\xbc\xed\xd1\xe9\x64\x6b\x6c\xdb\xb6\x6d\xdb\xb6\x6d\xdb\xf6\xe3\x03\xc1\x37"
                            "\x0c\x40\x70\x17\x00\x00";
#define CODED_BYTES ((int)sizeof coded - 1)

static int coded_bytes = CODED_BYTES; /* sent of it */
static char first_byte = '\x1f';

static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        bool partial = strcasestr(peer->head, "\nRange: ") != NULL;
        CHECK(nw_printf(stream, "HTTP/1.1 %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%c",
                        partial ? "206 Partial Content" : "200 OK", (const char *)peer->arg, coded_bytes,
                        first_byte) > 0);
        if (peer_send(stream, coded + 1, (size_t)coded_bytes - 1) < 0)
            break;
    }
    return 0;
}

static struct peer peer;

static int get(nw_http_client *client, const nw_pair *header, nw_bytes *body, nw_http_failure *failure)
{
    nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .headers = header, .header_count = header != NULL};
    nw_http_response *response;

    CHECK_EQ(nw_http_request(client, &request, &response), 0);
    CHECK_EQ(nw_http_response_length(response), coded_bytes);
    int rc = nw_http_response_read(response, 0, body);
    int told = nw_http_response_failure(response, failure);
    CHECK_EQ(told, rc < 0 ? 0 : -ENOENT);
    if (rc < 0) {
        CHECK_EQ(failure->error, rc);
        CHECK_EQ(failure->phase, NW_HTTP_PHASE_BODY);
    }
    nw_http_response_close(response);
    return rc;
}

static void expect_plain(nw_http_client *client)
{
    nw_http_failure failure;
    nw_bytes body;

    CHECK_EQ(get(client, NULL, &body, &failure), 0);
    CHECK_EQ(body.size, 6000);
    for (size_t i = 0; i < body.size; i += 6)
        CHECK_MEM(body.data + i, "hello ", 6);
    nw_bytes_finish(&body);
}

static void expect_coded(nw_http_client *client, const nw_pair *header)
{
    nw_http_failure failure;
    nw_bytes body;

    CHECK_EQ(get(client, header, &body, &failure), 0);
    CHECK_EQ(body.size, CODED_BYTES);
    CHECK_MEM(body.data, coded, CODED_BYTES);
    nw_bytes_finish(&body);
}

static void limits(void)
{
    const nw_http_client_options few = {.decoded_limit_bytes = 5999}, enough = {.decoded_limit_bytes = 6000},
                                 off = {.no_decoding = true};
    nw_http_client *client;
    nw_http_failure failure;
    nw_bytes body;

    CHECK_EQ(nw_http_client_create(&few, &client), 0);
    CHECK_EQ(get(client, NULL, &body, &failure), -EFBIG);
    nw_http_client_destroy(client);
    CHECK_EQ(nw_http_client_create(&enough, &client), 0);
    expect_plain(client);
    nw_http_client_destroy(client);
    CHECK_EQ(nw_http_client_create(&off, &client), 0);
    expect_coded(client, NULL);
    CHECK(!strcasestr(peer.head, "Accept-Encoding"));
    nw_http_client_destroy(client);
}

static int run(void *arg)
{
    const nw_pair range = {"Range", "bytes=5-"}, own = {"Accept-Encoding", "gzip"};
    nw_http_failure failure;
    nw_bytes body;

    (void)arg;
    peer_begin(&peer, talk);
    peer.arg = (void *)(uintptr_t) "gzip";
    expect_plain(NULL);
    CHECK(strcasestr(peer.head, "\nAccept-Encoding: gzip"));
    expect_coded(NULL, &range);
    CHECK(!strcasestr(peer.head, "Accept-Encoding"));
    expect_coded(NULL, &own); /* who asks for it himself has it as it is */
    peer.arg = (void *)(uintptr_t) "x-unknown";
    expect_coded(NULL, NULL);
    peer.arg = (void *)(uintptr_t) "gzip";
    limits();
    peer.arg = (void *)(uintptr_t) "identity\r\nContent-Encoding: gzip"; /* two fields are one list */
    expect_plain(NULL);
    peer.arg = (void *)(uintptr_t) "gzip";
    CHECK_EQ(get(NULL, NULL, &body, &failure), 0);
    nw_bytes_finish(&body);
    for (coded_bytes = 1; coded_bytes < CODED_BYTES; coded_bytes++)
        CHECK_EQ(get(NULL, NULL, &body, &failure), NW_ETRUNCATED);
    first_byte = '\x1e';
    CHECK_EQ(get(NULL, NULL, &body, &failure), NW_EPROTOCOL);
    peer.arg = (void *)(uintptr_t) "gzip, gzip"; /* what is wrong is so below another decoder */
    CHECK_EQ(get(NULL, NULL, &body, &failure), NW_EPROTOCOL);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
