/* SPDX-License-Identifier: MIT */
/*
 * Bodies in each coding, while one request for memory of the library that undoes it fails: -ENOMEM or the
 * whole body, never a part of it, and nothing is held afterwards.
 */
#include "../support/http_peer.h"
#include "armed.h"

#define HELLO "hello hello hello hello hello hello hello hello\n"

struct coded {
    const char *name;
    const char *data;
    size_t size;
};

#define CODED(name, text)                                                                                    \
    {                                                                                                        \
        (name), (text), sizeof(text) - 1                                                                     \
    }

/* By gzip -9n, zlib, brotli and zstd. */
static const struct coded codings[] = {
    CODED("gzip",
          "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x20\x96\xe4\x02\x00\xa3\xa2"
          "\x09\x9f\x30\x00\x00\x00"),
    CODED("deflate", "\x78\xda\xcb\x48\xcd\xc9\xc9\x57\xc8\x20\x96\xe4\x02\x00\xb5\x21\x11\x8b"),
    CODED("br",
          "\xa1\x78\x01\xc0\x6f\xa4\x74\xf3\x26\xaa\x32\xb4\x56\x00\x61\x7b\x53\x8a\xd8\x13\x07\x34\xd5\x02"),
    CODED("zstd",
          "\x28\xb5\x2f\xfd\x24\x30\x6d\x00\x00\x38\x68\x65\x6c\x6c\x6f\x20\x0a\x01\x00\x02\x95\x22\xf1\x9b"
          "\x55\x15"),
};

static struct peer peer;

static int talk(struct peer *of, nw_stream *stream)
{
    char head[128];

    while (peer_read_head(of, stream) > 0) {
        const struct coded *coded = &codings[(size_t)(of->head[5] - '0')]; /* GET /NUMBER */
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                 coded->name, coded->size);
        if (peer_say(stream, head) < 0 || peer_send(stream, coded->data, coded->size) < 0)
            break;
    }
    return 0;
}

static int fetch(const char *path)
{
    nw_http_response *response;
    nw_bytes body;

    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, path), &response), 0);
    int rc = nw_http_response_read(response, 0, &body);
    CHECK(rc == 0 || rc == -ENOMEM);
    if (rc == 0 && body.size == strlen(HELLO))
        CHECK_STR(body.data, HELLO);
    else if (rc == 0) /* a coding that this library was built without: as it came */
        CHECK(nw_http_response_header(response, "Content-Encoding"));
    if (rc == 0)
        nw_bytes_finish(&body);
    nw_http_response_close(response);
    return rc;
}

static int fetch_all(void)
{
    static const char *const paths[] = {"/0", "/1", "/2", "/3"};
    int rc = 0;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int one = fetch(paths[i]);
        rc = one < 0 ? one : rc;
    }
    return rc;
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, talk);
    armed_run(fetch_all);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    armed_loop(run);
    return 0;
}
