/* SPDX-License-Identifier: MIT */
/*
 * A server that says exactly what a test tells it to: literal bytes, for tests of the HTTP client. It knows
 * no HTTP but where a request's head ends. It listens on a free port of 127.0.0.1, in tasks of the same loop.
 */
#ifndef NW_TESTS_HTTP_PEER_H
#define NW_TESTS_HTTP_PEER_H

#include "runtime.h"

struct peer {
    nw_listener *listener;
    nw_task *task;
    unsigned port;
    int (*talk)(struct peer *peer, nw_stream *stream); /* with one connection, until it returns */
    void *arg;
    const char *says; /* for peer_says() */
    int connections;
    int open;         /* connections at this time */
    int most;         /* and the most there were */
    int requests;     /* heads that were read */
    char head[65536]; /* the last one */
};

struct peer_talk {
    struct peer *peer;
    nw_stream *stream;
};

/* Read a request's head, up to its empty line. Returns: its size; 0 at the end; an error. */
CHECK_UNUSED static ssize_t peer_read_head(struct peer *peer, nw_stream *stream)
{
    size_t size = 0;
    nw_slice line;
    ssize_t n;

    do {
        n = nw_read_line(stream, &line);
        if (n <= 0)
            return n;
        CHECK(size + line.size < sizeof peer->head);
        memcpy(peer->head + size, line.data, line.size);
        size += line.size;
    } while (line.size != 2 || memcmp(line.data, "\r\n", 2) != 0);
    peer->head[size] = '\0';
    peer->requests++;
    return (ssize_t)size;
}

/* Some bytes, at once. */
CHECK_UNUSED static int peer_send(nw_stream *stream, const void *data, size_t size)
{
    ssize_t n = nw_write(stream, data, size);

    return n < 0 ? (int)n : nw_flush(stream);
}

CHECK_UNUSED static int peer_say(nw_stream *stream, const char *text)
{
    return peer_send(stream, text, strlen(text));
}

/* A talk: answer each request with the same text, and keep the connection. */
CHECK_UNUSED static int peer_says(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0)
        if (peer_say(stream, peer->says) < 0)
            break;
    return 0;
}

/* A talk: the same once, then close. */
CHECK_UNUSED static int peer_says_once(struct peer *peer, nw_stream *stream)
{
    return peer_read_head(peer, stream) > 0 ? peer_say(stream, peer->says) : 0;
}

CHECK_UNUSED static int peer_talk_task(void *arg)
{
    struct peer_talk talk = *(struct peer_talk *)arg;

    free(arg);
    talk.peer->connections++;
    if (++talk.peer->open > talk.peer->most)
        talk.peer->most = talk.peer->open;
    (void)talk.peer->talk(talk.peer, talk.stream);
    (void)nw_close(talk.stream); /* may wait: for its watch */
    talk.peer->open--;
    return 0;
}

CHECK_UNUSED static int peer_accept_task(void *arg)
{
    struct peer *peer = arg;
    nw_group group;
    nw_stream *stream;
    int rc;

    nw_group_init(&group, 0);
    while ((rc = nw_accept(peer->listener, &stream)) == 0 || rc == -EMFILE) {
        if (rc == -EMFILE) { /* the test has taken them all, and will give some back */
            CHECK_EQ(nw_yield(), 0);
            continue;
        }
        struct peer_talk *talk = malloc(sizeof *talk);
        CHECK(talk);
        *talk = (struct peer_talk){peer, stream};
        CHECK_EQ(nw_group_spawn(&group, peer_talk_task, talk), 0);
    }
    nw_group_cancel(&group);
    (void)nw_group_finish(&group);
    return 0;
}

CHECK_UNUSED static void peer_begin(struct peer *peer, int (*talk)(struct peer *peer, nw_stream *stream))
{
    nw_address address;

    memset(peer, 0, sizeof *peer);
    peer->talk = talk;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &peer->listener), 0);
    CHECK_EQ(nw_listener_address(peer->listener, &address), 0);
    peer->port = nw_address_port(&address);
    peer->task = nw_spawn(peer_accept_task, peer);
    CHECK_EQ(nw_yield(), 0); /* it accepts before the listener can be closed */
}

CHECK_UNUSED static void peer_end(struct peer *peer)
{
    nw_listener_close(peer->listener);
    CHECK_EQ(nw_await(peer->task), 0);
}

/* "http://127.0.0.1:PORT" and `path`; good until the fourth call after this one. */
CHECK_UNUSED static const char *peer_url(const struct peer *peer, const char *path)
{
    static char urls[4][512];
    static unsigned next;
    char *url = urls[next++ % 4];

    snprintf(url, sizeof urls[0], "http://127.0.0.1:%u%s", peer->port, path);
    return url;
}

/* The request's head has this line. */
CHECK_UNUSED static bool peer_heard(const struct peer *peer, const char *line)
{
    char text[1024];

    snprintf(text, sizeof text, "\n%s\r\n", line);
    return strstr(peer->head, text) || (strncmp(peer->head, line, strlen(line)) == 0);
}

/* Read the body to its end, and close the response. Returns: 0; an error. */
CHECK_UNUSED static int peer_drain(nw_http_response *response)
{
    nw_bytes body;
    int rc = nw_http_response_read(response, 0, &body);

    if (rc == 0)
        nw_bytes_finish(&body);
    nw_http_response_close(response);
    return rc;
}

/* The body is this text. Closes the response. */
CHECK_UNUSED static void peer_check_body(nw_http_response *response, const char *expected)
{
    nw_bytes body;

    CHECK_EQ(nw_http_response_read(response, 0, &body), 0);
    CHECK_STR(body.data, expected);
    CHECK_EQ(body.size, strlen(expected));
    nw_bytes_finish(&body);
    nw_http_response_close(response);
}

#endif
