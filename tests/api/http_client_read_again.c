/* SPDX-License-Identifier: MIT */
/*
 * nw_http_response_read() that fails loses nothing: after a timeout, a deadline of the task, a cancellation
 * or a limit that was too low, the next call gives the whole body, never the rest of it as if it were whole.
 */
#include "../support/http_peer.h"

static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabc",
};
static const char *const rests[] = {"def", "3\r\ndef\r\n0\r\n\r\n", "def"};

static size_t form;
static nw_event more;

static int talk(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, heads[form]), 0);
    CHECK_EQ(nw_event_wait(&more), 0);
    return peer_say(stream, rests[form]);
}

static nw_http_response *ask(const struct peer *peer, int64_t read_timeout_ns)
{
    const nw_http_request_options request = {.url = peer_url(peer, "/"), .read_timeout_ns = read_timeout_ns};
    nw_http_response *response;

    nw_event_clear(&more);
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    return response;
}

static void after_a_timeout(const struct peer *peer)
{
    nw_http_response *response = ask(peer, NW_MS(20));
    nw_http_failure failure;
    nw_deadline deadline;
    nw_bytes body;

    CHECK_EQ(nw_http_response_read(response, 0, &body), -ETIMEDOUT);
    CHECK_EQ(nw_http_response_failure(response, &failure), 0);
    CHECK_EQ(failure.error, -ETIMEDOUT);
    nw_deadline_begin(&deadline, 0);
    CHECK_EQ(nw_http_response_read(response, 0, &body), -ETIMEDOUT);
    (void)nw_deadline_end(&deadline);
    nw_event_set(&more);
    peer_check_body(response, "abcdef");
}

static int read_all(void *arg)
{
    nw_bytes body;

    return nw_http_response_read(arg, 0, &body);
}

static void after_a_cancellation(const struct peer *peer)
{
    nw_http_response *response = ask(peer, 0);
    nw_task *task = nw_spawn(read_all, response);

    for (int i = 0; i < 10; i++)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    nw_event_set(&more);
    peer_check_body(response, "abcdef");
}

static void after_a_limit(const struct peer *peer)
{
    nw_http_response *response = ask(peer, 0);
    nw_bytes body;
    char text[4];

    nw_event_set(&more);
    CHECK_EQ(nw_http_response_read(response, 5, &body), -EFBIG);
    CHECK_EQ(nw_http_response_read(response, 2, &body), -EFBIG);
    CHECK_EQ(nw_read_exactly(nw_http_response_body(response), text, 2), 2);
    CHECK(memcmp(text, "ab", 2) == 0);
    CHECK_EQ(nw_http_response_read(response, 3, &body), -EFBIG);
    peer_check_body(response, "cdef");
}

static int run(void *arg)
{
    struct peer peer;

    (void)arg;
    nw_event_init(&more);
    peer_begin(&peer, talk);
    for (form = 0; form < 3; form++) {
        after_a_timeout(&peer);
        after_a_cancellation(&peer);
        after_a_limit(&peer);
    }
    peer_end(&peer);
    nw_event_finish(&more);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
