/* SPDX-License-Identifier: MIT */
/*
 * Four hundred TLS connections, both ends in this process, each of which has moved bytes and now waits for
 * more: what one end takes, without the kernel's part.
 *
 * ctest: no-sanitizer (memory is counted) no-valgrind
 */
#include <malloc.h>

#include "../support/tls.h"

#define CONNECTIONS   400
#define END_BYTES_MAX (32 * 1024)
#define TALK_BYTES    100000

static nw_tls_context *client_context, *server_context;

static int read_all(void *arg)
{
    static char data[TALK_BYTES];

    return (int)nw_read_exactly(arg, data, sizeof data);
}

/* Waits with nothing in its buffers, as most connections of a server do. */
static int await_end(void *arg)
{
    char byte;

    return (int)nw_read(arg, &byte, 1);
}

static void talk(nw_stream *from, nw_stream *to)
{
    static char data[TALK_BYTES];
    nw_task *reader = nw_spawn(read_all, to);

    CHECK(reader);
    CHECK_EQ(nw_write(from, data, sizeof data), sizeof data);
    CHECK_EQ(nw_flush(from), 0);
    CHECK_EQ(nw_await(reader), TALK_BYTES);
}

static int make_many(void *arg)
{
    static struct tls_pair pairs[CONNECTIONS];
    static nw_task *tasks[2 * CONNECTIONS];
    struct mallinfo2 before, after;

    (void)arg;
    client_context = tls_client(NULL);
    server_context = tls_server(NULL);
    for (int i = 0; i < CONNECTIONS + 1; i++) {
        if (i == 1) /* what the first one makes for all is not counted */
            before = mallinfo2();
        struct tls_pair *pair = &pairs[i ? i - 1 : 0];
        tls_open_pair(pair, client_context, server_context);
        talk(pair->client.stream, pair->server.stream);
        talk(pair->server.stream, pair->client.stream);
        if (i == 0) {
            tls_close_pair(pair);
            continue;
        }
        tasks[2 * i - 2] = nw_spawn(await_end, pair->client.stream);
        tasks[2 * i - 1] = nw_spawn(await_end, pair->server.stream);
        yield_all();
    }
    after = mallinfo2();
    size_t each =
        (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / (size_t)(2 * CONNECTIONS);
    printf("an idle end: %zu bytes\n", each);
    CHECK(each <= END_BYTES_MAX);
    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK_EQ(nw_shutdown(pairs[i].client.stream), 0);
        CHECK_EQ(nw_shutdown(pairs[i].server.stream), 0);
    }
    for (int i = 0; i < 2 * CONNECTIONS; i++)
        CHECK_EQ(nw_await(tasks[i]), 0);
    for (int i = 0; i < CONNECTIONS; i++)
        tls_close_pair(&pairs[i]);
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}

static void run_make_many(void)
{
    CHECK_EQ(nw_run(make_many, NULL), 0);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_make_many);
    return 0;
}
