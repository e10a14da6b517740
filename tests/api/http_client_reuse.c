/* SPDX-License-Identifier: MIT */
/*
 * Which connections are used again, and which are not: after garbage behind an answer, after a close that was
 * announced or not, after a body that was left alone; and what is repeated when a server has closed
 * meanwhile.
 */
#include "../support/http_peer.h"

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static nw_http_client *client;

static void get(const struct peer *peer, const char *expected)
{
    nw_http_response *response;

    CHECK_EQ(nw_http_get(client, peer_url(peer, "/"), &response), 0);
    peer_check_body(response, expected);
}

/* Two requests, to a peer that answers like this: how many connections does that take? */
static int connections_for(const char *answer, const char *body)
{
    struct peer peer;

    peer_begin(&peer, peer_says);
    peer.says = answer;
    get(&peer, body);
    get(&peer, body);
    CHECK_EQ(peer.requests, 2);
    int connections = peer.connections;
    peer_end(&peer);
    return connections;
}

static void answers(void)
{
    CHECK_EQ(connections_for(ok, "ok"), 1);
    CHECK_EQ(connections_for("HTTP/1.1 204 No Content\r\n\r\n", ""), 1);
    CHECK_EQ(
        connections_for("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok"),
        1);
    CHECK_EQ(connections_for("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok"), 2);
    CHECK_EQ(connections_for("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"), 2);
    CHECK_EQ(connections_for("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage", "ok"), 2);
    CHECK_EQ(connections_for(
                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                 "\r\nevil",
                 "ok"),
             2);
    CHECK_EQ(connections_for("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", ""), 2);
}

static nw_event more;

/* Something comes when nothing was asked for. */
static int talk_unasked(struct peer *peer, nw_stream *stream)
{
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, ok), 0);
    if (nw_event_wait(&more) == 0 && peer->connections == 1)
        CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), 0);
    nw_event_clear(&more);
    peer->arg = peer;
    while (peer_read_head(peer, stream) > 0)
        CHECK_EQ(peer_say(stream, ok), 0);
    return 0;
}

static void unasked(void)
{
    struct peer peer;

    nw_event_init(&more);
    peer_begin(&peer, talk_unasked);
    get(&peer, "ok");
    nw_event_set(&more);
    while (!peer.arg)
        CHECK_EQ(nw_yield(), 0);
    get(&peer, "ok");
    CHECK_EQ(peer.connections, 2);
    peer_end(&peer);
    nw_event_finish(&more);
}

/* Closed without a word after the first answer: noticed before the next request. */
static void closed_while_idle(void)
{
    struct peer peer;

    peer_begin(&peer, peer_says_once);
    peer.says = ok;
    for (int i = 0; i < 5; i++) {
        get(&peer, "ok");
        while (peer.open > 0)
            CHECK_EQ(nw_yield(), 0);
    }
    CHECK_EQ(peer.requests, 5);
    CHECK_EQ(peer.connections, 5);
    peer_end(&peer);
}

/* The end comes right behind the answer, and both before the answer is read: noticed, too. */
static void closed_behind_the_answer(void)
{
    const nw_slice body = {"hi", 2};
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, peer_says_once);
    peer.says = ok;
    for (int i = 0; i < 5; i++) { /* none is repeated: this is POST */
        CHECK_EQ(nw_http_post(client, peer_url(&peer, "/"), NULL, body, &response), 0);
        peer_check_body(response, "ok");
    }
    CHECK_EQ(peer.requests, 5);
    CHECK_EQ(peer.connections, 5);
    peer_end(&peer);
}

/* The same with GET: noticed, or found out and repeated on another connection. */
static void closed_behind_the_answer_to_get(void)
{
    struct peer peer;

    peer_begin(&peer, peer_says_once);
    peer.says = ok;
    for (int i = 0; i < 5; i++)
        get(&peer, "ok");
    CHECK_EQ(peer.requests, 5);
    CHECK_EQ(peer.connections, 5);
    peer_end(&peer);
}

/* The first connection takes a second request and then closes; the others are good. */
static int close_at_second(struct peer *peer, nw_stream *stream)
{
    int number = peer->connections;

    for (int i = 0; peer_read_head(peer, stream) > 0; i++) {
        const char *part = peer->arg;
        if (number == 1 && i == 1)
            return part ? peer_say(stream, part) : 0;
        if (peer_say(stream, ok) < 0)
            break;
    }
    return 0;
}

static int second(const char *method, const char *part, int *requests)
{
    nw_http_request_options request = {.method = method};
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, close_at_second);
    peer.arg = (void *)(uintptr_t)part;
    get(&peer, "ok");
    request.url = peer_url(&peer, "/");
    if (strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0)
        request.body = (nw_slice){"", 0};
    int rc = nw_http_request(client, &request, &response);
    if (rc == 0)
        nw_http_response_close(response);
    *requests = peer.requests;
    peer_end(&peer);
    return rc;
}

static void repeated(void)
{
    int requests;

    CHECK_EQ(second("GET", NULL, &requests), 0);
    CHECK_EQ(requests, 3);
    CHECK_EQ(second("PUT", NULL, &requests), 0);
    CHECK_EQ(requests, 3);
    CHECK_EQ(second("DELETE", NULL, &requests), 0);
    CHECK_EQ(requests, 3);
    CHECK_EQ(second("POST", NULL, &requests), NW_ETRUNCATED);
    CHECK_EQ(requests, 2);
    CHECK_EQ(second("PATCH", NULL, &requests), NW_ETRUNCATED);
    CHECK_EQ(requests, 2);
    CHECK_EQ(second("GET", "H", &requests), NW_ETRUNCATED); /* an answer had begun */
    CHECK_EQ(requests, 2);
}

/* Nothing on a fresh connection is no reason to try again. */
static int say_nothing(struct peer *peer, nw_stream *stream)
{
    return (int)peer_read_head(peer, stream);
}

static void not_repeated(void)
{
    nw_http_response *response;
    struct peer peer;

    peer_begin(&peer, say_nothing);
    CHECK_EQ(nw_http_get(client, peer_url(&peer, "/"), &response), NW_ETRUNCATED);
    CHECK_EQ(peer.requests, 1);
    peer_end(&peer);
}

/* A rest that is short and has come already is no obstacle; one that is long, or has not come, is. */
static int left_alone(const char *says)
{
    nw_http_response *response;
    struct peer peer;
    char byte;

    peer_begin(&peer, peer_says);
    peer.says = says;
    CHECK_EQ(nw_http_get(client, peer_url(&peer, "/"), &response), 0);
    CHECK_EQ(nw_read(nw_http_response_body(response), &byte, 1), 1);
    nw_http_response_close(response);
    CHECK_EQ(nw_http_get(client, peer_url(&peer, "/"), &response), 0);
    nw_http_response_close(response);
    int connections = peer.connections;
    peer_end(&peer);
    return connections;
}

static void left(void)
{
    char *longer = malloc(200100);

    CHECK(longer);
    int n = sprintf(longer, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
    memset(longer + n, 'x', 200000);
    longer[n + 200000] = '\0';
    CHECK_EQ(left_alone("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"), 1);
    CHECK_EQ(
        left_alone("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n1\r\n5\r\n0\r\n\r\n"),
        1);
    CHECK_EQ(left_alone("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789"), 2);
    CHECK_EQ(left_alone(longer), 2);
    free(longer);
}

#define LONG_BYTES 100000

/* A body that is read in one go, and behind it, still with the kernel, an answer to nothing. */
static int talk_too_much(struct peer *peer, nw_stream *stream)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
                      evil[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    static char body[LONG_BYTES + sizeof evil - 1];

    memset(body, 'x', LONG_BYTES);
    memcpy(body + LONG_BYTES, evil, sizeof evil - 1);
    for (int i = 0; peer_read_head(peer, stream) > 0; i++) {
        if (peer->connections > 1 || i > 0) {
            if (peer_say(stream, ok) < 0)
                break;
            continue;
        }
        CHECK_EQ(peer_say(stream, head), 0);
        CHECK_EQ(nw_event_wait(&more), 0);
        CHECK_EQ(peer_send(stream, body, sizeof body), 0);
    }
    return 0;
}

struct waiting {
    nw_http_client *client;
    const char *url;
};

static int get_ok(void *arg)
{
    struct waiting *waiting = arg;
    nw_http_response *response;

    CHECK_EQ(nw_http_get(waiting->client, waiting->url, &response), 0);
    peer_check_body(response, "ok");
    return 0;
}

/* Whoever waits for a connection that is in use does not get what was said too much on it. */
static void unasked_while_others_wait(void)
{
    const nw_http_client_options options = {.connections_per_host = 1};
    nw_http_response *response;
    struct waiting waiting;
    struct peer peer;
    nw_bytes body;

    nw_event_init(&more);
    peer_begin(&peer, talk_too_much);
    CHECK_EQ(nw_http_client_create(&options, &waiting.client), 0);
    CHECK_EQ(nw_http_get(waiting.client, peer_url(&peer, "/"), &response), 0);
    waiting.url = peer_url(&peer, "/");
    nw_task *task = nw_spawn(get_ok, &waiting);
    CHECK_EQ(nw_yield(), 0);
    nw_event_set(&more);
    CHECK_EQ(nw_http_response_read(response, 0, &body), 0);
    CHECK_EQ(body.size, LONG_BYTES);
    nw_bytes_finish(&body);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(peer.requests, 2);
    CHECK_EQ(peer.connections, 2);
    nw_http_response_close(response);
    nw_http_client_destroy(waiting.client);
    peer_end(&peer);
    nw_event_finish(&more);
}

static int run(void *arg)
{
    int before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw_http_client_create(NULL, &client), 0);
    answers();
    unasked();
    closed_while_idle();
    closed_behind_the_answer();
    closed_behind_the_answer_to_get();
    repeated();
    not_repeated();
    left();
    unasked_while_others_wait();
    nw_http_client_destroy(client);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
