/* SPDX-License-Identifier: MIT */
/*
 * Two ends shake hands and talk, both directions at once, over streams of all kinds and sizes: a socket pair,
 * one with tiny buffers, a line that passes on byte by byte, and TLS itself. No byte is lost or changed.
 *
 * ctest: cost=3
 */
#include "../support/tls.h"

#define SIZE ((size_t)3 * 1024 * 1024 + 77)

static char *content;

struct talk {
    nw_stream *stream;
    size_t size_bytes;
};

/* In pieces of many sizes, and flushed now and then. */
static int say(void *arg)
{
    static const size_t sizes[] = {1, 100, 16384, 16385, 70000, 3, 200000};
    struct talk *talk = arg;
    size_t done = 0;

    for (int i = 0; done < talk->size_bytes; i++) {
        size_t size = sizes[i % 7];
        if (size > talk->size_bytes - done)
            size = talk->size_bytes - done;
        CHECK_EQ(nw_write(talk->stream, content + done, size), size);
        done += size;
        if (i % 3 == 0)
            CHECK_EQ(nw_flush(talk->stream), 0);
    }
    CHECK_EQ(nw_flush(talk->stream), 0);
    return 0;
}

static int hear(void *arg)
{
    static const size_t sizes[] = {40000, 1, 5000, 300000};
    struct talk *talk = arg;
    char *found = malloc(300000);
    size_t done = 0;

    CHECK(found);
    for (int i = 0; done < talk->size_bytes; i++) {
        size_t size = sizes[i % 4];
        if (size > talk->size_bytes - done)
            size = talk->size_bytes - done;
        ssize_t n = nw_read(talk->stream, found, size);
        CHECK(n > 0);
        CHECK_MEM(found, content + done, (size_t)n);
        done += (size_t)n;
    }
    free(found);
    return 0;
}

static void talk_both_ways(nw_stream *client, nw_stream *server, size_t size_bytes)
{
    struct talk at_client = {client, size_bytes}, at_server = {server, size_bytes};
    nw_task *tasks[] = {nw_spawn(say, &at_client), nw_spawn(say, &at_server), nw_spawn(hear, &at_client),
                        nw_spawn(hear, &at_server)};

    CHECK_EQ(nw_gather(tasks, 4), 0);
}

static void close_both(nw_stream *client, nw_stream *server)
{
    char byte;

    CHECK_EQ(nw_close(client), 0);
    CHECK_EQ(nw_read(server, &byte, 1), 0);
    CHECK_EQ(nw_read(server, &byte, 1), 0);
    CHECK_EQ(nw_close(server), 0);
}

static void over_socket_pair(const nw_tls_context *client, const nw_tls_context *server, int kernel_bytes,
                             size_t buffer_bytes, size_t size_bytes)
{
    struct tls_pair pair;
    nw_stream *ends[2];

    tls_wire(kernel_bytes, buffer_bytes, ends);
    tls_meet(&pair, client, server, "localhost", ends);
    CHECK_EQ(pair.client.rc, 0);
    CHECK_EQ(pair.server.rc, 0);
    talk_both_ways(pair.client.stream, pair.server.stream, size_bytes);
    close_both(pair.client.stream, pair.server.stream);
}

static void over_line(const nw_tls_context *client, const nw_tls_context *server)
{
    static const struct tls_relay relays[2] = {{.piece_bytes = 1, .cut_at = -1, .change_at = -1},
                                               {.piece_bytes = 7, .cut_at = -1, .change_at = -1}};
    struct tls_line line;
    struct tls_pair pair;

    tls_line_open(&line, relays);
    tls_meet(&pair, client, server, "127.0.0.1", line.ends);
    CHECK_EQ(pair.client.rc, 0);
    CHECK_EQ(pair.server.rc, 0);
    talk_both_ways(pair.client.stream, pair.server.stream, 20000);
    close_both(pair.client.stream, pair.server.stream);
    tls_line_close(&line);
}

static void over_tls(const nw_tls_context *client, const nw_tls_context *server)
{
    struct tls_pair pair, inner;

    tls_open_pair(&pair, client, server);
    tls_meet(&inner, client, server, "::1", (nw_stream *[]){pair.client.stream, pair.server.stream});
    CHECK_EQ(inner.client.rc, 0);
    CHECK_EQ(inner.server.rc, 0);
    talk_both_ways(inner.client.stream, inner.server.stream, (size_t)scaled(SIZE));
    close_both(inner.client.stream, inner.server.stream);
}

static int talk(void *arg)
{
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL);

    (void)arg;
    over_socket_pair(client, server, 0, 0, (size_t)scaled(SIZE));
    over_socket_pair(client, server, 4096, 1, (size_t)scaled(100000));
    over_socket_pair(client, server, 0, 4096, (size_t)scaled(SIZE));
    over_line(client, server);
    over_tls(client, server);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

static void run_talk(void)
{
    int fds = check_open_fds();

    CHECK_EQ(nw_run(talk, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    content = tls_content(SIZE);
    tls_each_version(run_talk);
    free(content);
    return 0;
}
