/* SPDX-License-Identifier: MIT */
/*
 * Each timeout ends its own phase with -ETIMEDOUT: a server that does not speak TLS, one that never answers,
 * one that stops in the middle of its fields or its body, one that is merely slow for the time in all.
 */
#include "../support/http_peer.h"

#define SHORT NW_MS(30)

static int say_and_wait(struct peer *peer, nw_stream *stream)
{
    if (peer_read_head(peer, stream) <= 0)
        return 0;
    CHECK_EQ(peer_say(stream, peer->says), 0);
    return nw_sleep(NW_FOREVER);
}

static int never_read(struct peer *peer, nw_stream *stream)
{
    (void)peer, (void)stream;
    return nw_sleep(NW_FOREVER);
}

/* A byte every few milliseconds, so that no pause is long. */
static int drip(struct peer *peer, nw_stream *stream)
{
    if (peer_read_head(peer, stream) <= 0)
        return 0;
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"), 0);
    while (nw_sleep(NW_MS(2)) == 0 && peer_say(stream, "x") == 0) {
    }
    return 0;
}

/* No pause at all, and no end. */
static int flood(struct peer *peer, nw_stream *stream)
{
    static const char piece[65536];

    if (peer_read_head(peer, stream) <= 0)
        return 0;
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"), 0);
    while (peer_send(stream, piece, sizeof piece) == 0) {
    }
    return 0;
}

static void headers_phase(const char *says, const char *scheme, enum nw_http_phase phase)
{
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;
    char url[128];

    peer_begin(&peer, *says ? say_and_wait : never_read);
    peer.says = says;
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/", scheme, peer.port);
    nw_http_request_options request = {.url = url, .failure_out = &failure};
    if (phase == NW_HTTP_PHASE_TLS)
        request.connect_timeout_ns = SHORT;
    else
        request.first_byte_timeout_ns = SHORT;
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ETIMEDOUT);
    CHECK_EQ(failure.error, -ETIMEDOUT);
    CHECK_EQ(failure.phase, phase);
    peer_end(&peer);
}

/* The time in all is for the body here: a machine that has used it up before gets more of it. */
static nw_http_response *ask(nw_http_request_options *request)
{
    nw_http_response *response;
    int rc;

    while ((rc = nw_http_request(NULL, request, &response)) == -ETIMEDOUT && request->whole_timeout_ns)
        request->whole_timeout_ns *= 2;
    CHECK_EQ(rc, 0);
    return response;
}

static void body_phase(int (*talk)(struct peer *peer, nw_stream *stream), bool whole)
{
    nw_http_failure failure;
    nw_http_response *response;
    nw_bytes body;
    struct peer peer;

    peer_begin(&peer, talk);
    peer.says = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    nw_http_request_options request = {.url = peer_url(&peer, "/")};
    if (whole)
        request.whole_timeout_ns = SHORT;
    else
        request.read_timeout_ns = SHORT;
    response = ask(&request);
    CHECK_EQ(nw_http_response_read(response, 0, &body), -ETIMEDOUT);
    CHECK_EQ(nw_http_response_failure(response, &failure), 0);
    CHECK_EQ(failure.error, -ETIMEDOUT);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_BODY);
    nw_http_response_close(response);
    peer_end(&peer);
}

/* The time in all ends also a body whose next piece is always there. */
static void long_body(void)
{
    nw_http_response *response;
    struct peer peer;
    int64_t n;

    peer_begin(&peer, flood);
    nw_http_request_options request = {.url = peer_url(&peer, "/"), .whole_timeout_ns = SHORT};
    response = ask(&request);
    do {
        n = nw_skip(nw_http_response_body(response), 1000000);
    } while (n == 1000000);
    CHECK(n == -ETIMEDOUT || n < 1000000);
    CHECK_EQ(nw_skip(nw_http_response_body(response), 1), -ETIMEDOUT);
    nw_http_response_close(response);
    peer_end(&peer);
}

/* The peer takes nothing: the body does not get through. */
static void send_phase(void)
{
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;
    char *data = calloc(1, 16 * 1024 * 1024);

    CHECK(data);
    peer_begin(&peer, never_read);
    nw_http_request_options request = {.url = peer_url(&peer, "/"),
                                       .body = {data, 16 * 1024 * 1024},
                                       .read_timeout_ns = SHORT,
                                       .failure_out = &failure};
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ETIMEDOUT);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_SEND);
    peer_end(&peer);
    free(data);
}

#define LARGE_FIELD (16 * 1024 * 1024)

static char *make_large_field(void)
{
    char *value = malloc(LARGE_FIELD + 1);

    CHECK(value);
    memset(value, 'x', LARGE_FIELD);
    value[LARGE_FIELD] = '\0';
    return value;
}

/* A head that does not get through: that is not the time to the answer, which has not begun. */
static void send_head_phase(char *large)
{
    const nw_pair field = {"X-Large", large};
    nw_http_failure failure;
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, never_read);
    nw_http_request_options request = {.url = peer_url(&peer, "/"),
                                       .headers = &field,
                                       .header_count = 1,
                                       .read_timeout_ns = SHORT,
                                       .failure_out = &failure};
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ETIMEDOUT);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_SEND);
    peer_end(&peer);
}

/* The answer is there before the request is read, and that takes longer than an answer may. */
static int answer_then_read(struct peer *peer, nw_stream *stream)
{
    CHECK_EQ(peer_say(stream, peer->says), 0);
    CHECK_EQ(nw_sleep(2 * SHORT), 0);
    (void)nw_skip(stream, INT64_MAX);
    return 0;
}

static void slow_to_send(char *large)
{
    const nw_pair field = {"X-Large", large};
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, answer_then_read);
    peer.says = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    nw_http_request_options request = {
        .url = peer_url(&peer, "/"), .headers = &field, .header_count = 1, .first_byte_timeout_ns = SHORT};
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    peer_check_body(response, "ok");
    peer_end(&peer);
}

static void sending(void)
{
    char *large = make_large_field();

    send_head_phase(large);
    slow_to_send(large);
    free(large);
}

/* Waiting for a connection counts, too. */
static void wait_phase(void)
{
    const nw_http_client_options options = {.connections = 1};
    nw_http_failure failure;
    nw_http_response *response, *other;
    nw_http_client *client;
    struct peer peer;

    peer_begin(&peer, say_and_wait);
    peer.says = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    nw_http_request_options request = {.url = peer_url(&peer, "/"), .failure_out = &failure};
    CHECK_EQ(nw_http_request(client, &request, &response), 0);
    request.whole_timeout_ns = SHORT;
    CHECK_EQ(nw_http_request(client, &request, &other), -ETIMEDOUT);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_WAIT);
    nw_http_response_close(response);
    nw_http_client_destroy(client);
    peer_end(&peer);
}

/* The caller's own deadline ends a read, and the body can be read further. */
static void own_deadline(void)
{
    nw_http_response *response;
    nw_deadline deadline;
    struct peer peer;
    char byte;

    peer_begin(&peer, drip);
    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/"), &response), 0);
    nw_deadline_begin(&deadline, 0);
    CHECK_EQ(nw_read(nw_http_response_body(response), &byte, 1), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_read(nw_http_response_body(response), &byte, 1), 1);
    nw_http_response_close(response);
    peer_end(&peer);
}

static int run(void *arg)
{
    (void)arg;
    headers_phase("", "http", NW_HTTP_PHASE_HEADERS);
    headers_phase("HTTP/1.1 200 OK\r\nX: ", "http", NW_HTTP_PHASE_HEADERS);
    headers_phase("HTTP/1.1 100 Continue\r\n\r\n", "http", NW_HTTP_PHASE_HEADERS);
    headers_phase("", "https", NW_HTTP_PHASE_TLS);
    body_phase(say_and_wait, false);
    body_phase(say_and_wait, true);
    body_phase(drip, true);
    long_body();
    send_phase();
    sending();
    wait_phase();
    own_deadline();
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
