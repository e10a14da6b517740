/* SPDX-License-Identifier: MIT */
/*
 * Answers that come while the body is being sent, and "Expect: 100-continue" in all its ways: a refusal is
 * seen, not the broken pipe behind it; interim answers are passed over, but not for ever.
 */
#include "../support/http_peer.h"

#define LONG_BYTES (8 * 1024 * 1024)

static char *long_data;

static int post_to(struct peer *peer, bool expect, nw_slice body, nw_http_response **response)
{
    const nw_http_request_options request = {
        .url = peer_url(peer, "/"), .body = body, .expect_continue = expect};

    return nw_http_request(NULL, &request, response);
}

static nw_slice long_body(void)
{
    return (nw_slice){long_data, LONG_BYTES};
}

/* 413, and then the connection is closed with the body unread: the peer's system sends a reset. */
static int refuse_and_close(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    return peer_say(stream,
                    "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
}

/* 413, and nothing more is read, but the connection stays. */
static int refuse_and_wait(struct peer *peer, nw_stream *stream)
{
    CHECK_EQ(refuse_and_close(peer, stream), 0);
    return nw_sleep(NW_FOREVER);
}

static int check_refused(int (*talk)(struct peer *peer, nw_stream *stream), bool expect)
{
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, talk);
    CHECK_EQ(post_to(&peer, expect, long_body(), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 413);
    peer_check_body(response, "big");
    int requests = peer.requests;
    peer_end(&peer);
    return requests;
}

static int read_body(struct peer *peer, nw_stream *stream)
{
    (void)peer;
    return nw_skip(stream, LONG_BYTES) == LONG_BYTES ? 0 : -1;
}

/* Says that it will be fine before it has the body, and takes all of it: the connection is good. */
static int agree_early(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), 0);
        CHECK_EQ(read_body(peer, stream), 0);
        CHECK_EQ(peer_say(stream, "ok"), 0);
    }
    return 0;
}

static int continue_then_ok(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        CHECK(peer_heard(peer, "Expect: 100-continue"));
        CHECK_EQ(peer_say(stream, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"), 0);
        CHECK_EQ(read_body(peer, stream), 0);
        CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 0);
    }
    return 0;
}

/* Knows nothing of 100: waits for the body. */
static int silent_then_ok(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(read_body(peer, stream), 0);
    return peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static int never_read(struct peer *peer, nw_stream *stream)
{
    (void)peer, (void)stream;
    return nw_sleep(NW_FOREVER);
}

static void check_taken(int (*talk)(struct peer *peer, nw_stream *stream), bool expect, int times)
{
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, talk);
    for (int i = 0; i < times; i++) {
        CHECK_EQ(post_to(&peer, expect, long_body(), &response), 0);
        CHECK_EQ(nw_http_response_status(response), 200);
        peer_check_body(response, "ok");
    }
    CHECK_EQ(peer.connections, 1);
    peer_end(&peer);
}

/* 417, and not a byte of the body: the peer sees the end instead. */
static int refuse_expectation(struct peer *peer, nw_stream *stream)
{
    char byte;

    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 3\r\n\r\nbig"), 0);
    CHECK_EQ(nw_read(stream, &byte, 1), 0);
    return 0;
}

static void check_417(void)
{
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, refuse_expectation);
    CHECK_EQ(post_to(&peer, true, long_body(), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 417);
    peer_check_body(response, "big");
    while (peer.open > 0)
        CHECK_EQ(nw_yield(), 0);
    peer_end(&peer);
}

/* The peer goes away in the middle of the body, without a word. */
static int go_away(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    return nw_skip(stream, 100000) == 100000 ? 0 : -1;
}

static void check_gone(void)
{
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, go_away);
    const nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .body = long_body(), .failure_out = &failure};
    int rc = nw_http_request(NULL, &request, &response);
    CHECK(rc == -EPIPE || rc == -ECONNRESET || rc == NW_ETRUNCATED);
    CHECK_EQ(failure.error, rc);
    CHECK_EQ(peer.requests, 1); /* POST is not repeated */
    peer_end(&peer);
}

static int talk_without_end(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    while (peer_say(stream, "HTTP/1.1 103 Early Hints\r\n\r\n") == 0) {
    }
    return 0;
}

#define INTERIM_MAX 16 /* of them are passed over */

/* In the middle of the body, of which no more is read before all this has been said. */
static int talk_in_the_middle(struct peer *peer, nw_stream *stream)
{
    const int *interim = peer->arg;

    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(nw_skip(stream, 100000), 100000);
    for (int i = 0; i < *interim; i++)
        CHECK_EQ(peer_say(stream, "HTTP/1.1 103 Early Hints\r\n\r\n"), 0);
    if (*interim > INTERIM_MAX)
        return nw_skip(stream, LONG_BYTES) < LONG_BYTES ? 0 : -1; /* up to where the client gives up */
    CHECK_EQ(nw_skip(stream, LONG_BYTES - 100000), LONG_BYTES - 100000);
    return peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void check_interim(int interim, int expected)
{
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, talk_in_the_middle);
    peer.arg = &interim;
    const nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .body = long_body(), .failure_out = &failure};
    CHECK_EQ(nw_http_request(NULL, &request, &response), expected);
    if (expected == 0) {
        peer_check_body(response, "ok");
    } else {
        CHECK_EQ(failure.error, expected);
        CHECK_EQ(failure.phase, NW_HTTP_PHASE_HEADERS);
        CHECK(strstr(failure.text, "too many interim answers"));
    }
    CHECK_EQ(peer.requests, 1);
    while (peer.open > 0 && expected < 0)
        CHECK_EQ(nw_yield(), 0);
    peer_end(&peer);
}

/* 101 that nobody has asked for is no answer. */
static int switch_unasked(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    return peer_say(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
}

static void check_protocol(int (*talk)(struct peer *peer, nw_stream *stream))
{
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, talk);
    nw_http_request_options request = {.url = peer_url(&peer, "/"), .failure_out = &failure};
    CHECK_EQ(nw_http_request(NULL, &request, &response), NW_EPROTOCOL);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_HEADERS);
    request.body = long_body();
    request.expect_continue = true;
    CHECK_EQ(nw_http_request(NULL, &request, &response), NW_EPROTOCOL);
    peer_end(&peer);
}

/* Waits for a body that never gets whole; `says`, when there is something to say, comes before. */
static int wait_for_all(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    if (peer->says)
        CHECK_EQ(peer_say(stream, peer->says), 0);
    CHECK(nw_skip(stream, LONG_BYTES) < LONG_BYTES);
    return 0;
}

static int say_reset(uint64_t done, uint64_t total, void *arg)
{
    (void)done, (void)total, (void)arg;
    return -ECONNRESET; /* as a body that comes from another connection could end */
}

/* What is wrong with the body that is sent is told at once, also where it looks as if the peer were gone. */
static void check_short(const char *says)
{
    const nw_progress resetting = {say_reset, NULL};
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, wait_for_all);
    peer.says = says;
    nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .stream_bytes = LONG_BYTES, .first_byte_timeout_ns = NW_FOREVER};
    CHECK_EQ(nw_open_slice((nw_slice){long_data, LONG_BYTES / 2}, &request.stream), 0);
    CHECK_EQ(nw_http_request(NULL, &request, &response), -EPIPE);
    CHECK_EQ(nw_seek(request.stream, 0, SEEK_SET), 0);
    request.progress = &resetting;
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ECONNRESET);
    CHECK_EQ(nw_close(request.stream), 0);
    peer_end(&peer);
}

/* "103 Early Hints" is no "100 Continue": the body waits on, for the second that it waits at most. */
static int give_hints(struct peer *peer, nw_stream *stream)
{
    nw_deadline deadline;
    nw_slice view;

    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 103 Early Hints\r\n\r\n"), 0);
    nw_deadline_begin(&deadline, NW_MS(100));
    CHECK_EQ(nw_peek(stream, 1, &view), -ETIMEDOUT);
    (void)nw_deadline_end(&deadline);
    CHECK_EQ(peer_say(stream, "HTTP/1.1 100 Continue\r\n\r\n"), 0);
    CHECK_EQ(read_body(peer, stream), 0);
    return peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* RFC 9110, 10.1.1: without content there is nothing to wait with. */
static void check_empty(void)
{
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, peer_says);
    peer.says = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    CHECK_EQ(post_to(&peer, true, (nw_slice){"", 0}, &response), 0);
    CHECK(peer_heard(&peer, "Content-Length: 0"));
    CHECK(!peer_heard(&peer, "Expect: 100-continue"));
    peer_check_body(response, "ok");
    peer_end(&peer);
}

/* A head that is larger than what the systems hold between us, to a peer that reads nothing. */
static void check_large_head(void)
{
    char *value = malloc(LONG_BYTES + 1);
    nw_http_response *response;
    struct peer peer;

    CHECK(value);
    memset(value, 'x', LONG_BYTES);
    value[LONG_BYTES] = '\0';
    const nw_pair header = {"X-Large", value};
    peer_begin(&peer, never_read);
    const nw_http_request_options request = {.url = peer_url(&peer, "/"),
                                             .body = long_body(),
                                             .headers = &header,
                                             .header_count = 1,
                                             .read_timeout_ns = NW_MS(30)};
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ETIMEDOUT);
    peer_end(&peer);
    free(value);
}

static int run(void *arg)
{
    int before = check_open_fds();

    (void)arg;
    long_data = calloc(1, LONG_BYTES);
    CHECK(long_data);
    for (int expect = 0; expect < 2; expect++) {
        CHECK_EQ(check_refused(refuse_and_close, expect), 1);
        CHECK_EQ(check_refused(refuse_and_wait, expect), 1);
    }
    check_taken(agree_early, false, 2);
    check_taken(continue_then_ok, true, 2);
    check_taken(silent_then_ok, true, 1);
    check_taken(give_hints, true, 1);
    check_417();
    check_gone();
    check_short(NULL);
    check_short("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    check_empty();
    check_large_head();
    check_protocol(talk_without_end);
    check_interim(INTERIM_MAX, 0);
    check_interim(INTERIM_MAX + 1, NW_EPROTOCOL);
    check_protocol(switch_unasked);
    free(long_data);
    (void)before;
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
