/* SPDX-License-Identifier: MIT */
/*
 * nw_http_last_failure() tells why a GET or a POST has failed: the cause, the URL, the phase, of the task's
 * own requests only, until the next of them fails. Passwords are not in it.
 */
#include "../support/http_peer.h"

static unsigned closed_port;

static void tells(const char *text, int error, enum nw_http_phase phase)
{
    nw_http_failure failure;

    CHECK_EQ(nw_http_last_failure(&failure), 0);
    CHECK_EQ(failure.error, error);
    CHECK_EQ(failure.phase, phase);
    CHECK_STR(failure.text, text);
}

static int fail_once(void *arg)
{
    nw_http_failure failure;
    nw_http_response *response;

    CHECK_EQ(nw_http_last_failure(&failure), -ENOENT);
    CHECK_EQ(nw_http_get(arg, "mailto:somebody", &response), -EINVAL);
    tells("GET mailto:somebody: url: Invalid argument: only http://HOST and https://HOST can be asked",
          -EINVAL, NW_HTTP_PHASE_URL);
    return 0;
}

/* One with a place for it is told there, and here: it is the last one. */
static void asked_for(void)
{
    nw_http_failure failure;
    nw_http_response *response;
    const nw_http_request_options request = {
        .url = "http://u:p@127.0.0.1:1/a b", .method = "BAD METHOD", .failure_out = &failure};

    CHECK_EQ(nw_http_request(NULL, &request, &response), -EINVAL);
    CHECK_STR(failure.text, "GET http://127.0.0.1:1/a b: url: Invalid argument");
    tells(failure.text, -EINVAL, NW_HTTP_PHASE_URL);
}

/* Whatever the URL lacks, or has too much of. */
static void without_password(void)
{
    static const struct {
        const char *url, *text;
    } cases[] = {
        {"u:secret@a.example/b?c=http://d.example/", "a.example/b?c=http://d.example/"},
        {"u:secret@a.example/b?c=http://d@e.example/", "e.example/"},
        {"http:/u:secret@a.example/", "a.example/"},
        {"//u:secret@a.example/?b=http://c/", "a.example/?b=http://c/"},
        {"ftp://u:secret@a.example/", "ftp://a.example/"},
        {"http://u:sec@ret@a.example/", "http://a.example/"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nw_http_failure failure;
        nw_http_response *response;

        CHECK_EQ(nw_http_get(NULL, cases[i].url, &response), -EINVAL);
        CHECK_EQ(nw_http_last_failure(&failure), 0);
        CHECK_STR(failure.url, cases[i].text);
        CHECK(!strstr(failure.text, "secret") && !strstr(failure.text, "sec@ret"));
    }
}

static void say_it_late(void *arg)
{
    nw_http_failure failure;

    *(int *)arg = nw_http_last_failure(&failure);
}

static int fail_and_look_at_the_end(void *arg)
{
    nw_http_response *response;

    CHECK_EQ(nw_defer(say_it_late, arg), 0);
    CHECK_EQ(nw_http_get(NULL, "", &response), -EINVAL);
    return 0;
}

static void in_order(struct peer *peer)
{
    char url[64], text[128];
    nw_http_failure failure;
    nw_http_response *response;
    nw_task *task;
    int late = 1;

    CHECK_EQ(nw_http_last_failure(NULL), -EINVAL);
    CHECK_EQ(nw_http_last_failure(&failure), -ENOENT);
    CHECK_EQ(nw_http_get(NULL, peer_url(peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    CHECK_EQ(nw_http_last_failure(&failure), -ENOENT);

    snprintf(url, sizeof url, "http://127.0.0.1:%u/x?y", closed_port);
    CHECK_EQ(nw_http_post(NULL, url, NULL, (nw_slice){"z", 1}, &response), -ECONNREFUSED);
    snprintf(text, sizeof text, "POST %s: connect: Connection refused", url);
    tells(text, -ECONNREFUSED, NW_HTTP_PHASE_CONNECT);
    CHECK((task = nw_spawn(fail_once, NULL)));
    CHECK_EQ(nw_await(task), 0);
    tells(text, -ECONNREFUSED, NW_HTTP_PHASE_CONNECT); /* nobody else's */
    CHECK_EQ(nw_http_get(NULL, peer_url(peer, "/"), &response), 0);
    peer_check_body(response, "ok");
    tells(text, -ECONNREFUSED, NW_HTTP_PHASE_CONNECT);
    asked_for();
    without_password();
    CHECK((task = nw_spawn(fail_and_look_at_the_end, &late)));
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(late, -ENOENT); /* what was noted has gone by then, as what is deferred goes: last first */
}

static int run(void *arg)
{
    struct peer peer;

    (void)arg;
    peer_begin(&peer, peer_says);
    closed_port = peer.port;
    yield_all(); /* it listens before it is closed */
    peer_end(&peer);
    peer_begin(&peer, peer_says);
    peer.says = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    in_order(&peer);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    nw_http_failure failure;

    CHECK_EQ(nw_http_last_failure(&failure), NW_ENOTASK);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
