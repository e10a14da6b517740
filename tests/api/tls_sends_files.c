/* SPDX-License-Identifier: MIT */
/*
 * Files over TLS: what arrives is what is in the file, whether it is in the page cache or not, whether the
 * peer keeps up or not; and a copy that is cancelled half way.
 */
#include <fcntl.h>

#include "../support/tls.h"

#define FILE_BYTES 1000003 /* no multiple of anything */

static char content[FILE_BYTES];
static nw_tls_context *client_context, *server_context;

static void make_file(void)
{
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof content; i++) {
        state = state * 1664525 + 1013904223;
        content[i] = (char)(state >> 24);
    }
    check_write_file("file", content, sizeof content);
}

/* Where the file system lets us; elsewhere it is the same as with the cache. */
static void drop_from_cache(void)
{
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));

    CHECK_SYS(fsync(fd));
    CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    CHECK_SYS(close(fd));
}

static void open_pair(struct tls_pair *pair, int kernel_bytes)
{
    nw_stream *ends[2];

    tls_wire(kernel_bytes, 0, ends);
    tls_meet(pair, client_context, server_context, "localhost", ends);
    CHECK_EQ(pair->client.rc, 0);
    CHECK_EQ(pair->server.rc, 0);
}

static int receive(void *arg)
{
    nw_bytes all;
    int rc = nw_read_all(arg, 0, &all);

    if (rc < 0)
        return rc;
    CHECK_EQ(all.size, 5 + sizeof content);
    CHECK_MEM(all.data, "head:", 5);
    CHECK_MEM(all.data + 5, content, sizeof content);
    nw_bytes_finish(&all);
    return 0;
}

/* It may be cancelled anywhere. */
static int copy_file(void *arg)
{
    nw_stream *to = arg, *file;
    int64_t n = nw_open("file", "rb", &file);

    if (n < 0)
        return (int)n;
    n = nw_write(to, "head:", 5);
    if (n == 5)
        n = nw_copy(to, file, 0, NULL);
    CHECK_EQ(nw_close(file), 0);
    return (int)n;
}

static void send_whole(int kernel_bytes)
{
    struct tls_pair pair;

    open_pair(&pair, kernel_bytes);
    nw_task *reader = nw_spawn(receive, pair.client.stream);
    CHECK(reader);
    CHECK_EQ(copy_file(pair.server.stream), FILE_BYTES);
    CHECK_EQ(nw_shutdown(pair.server.stream), 0);
    CHECK_EQ(nw_await(reader), 0);
    CHECK_EQ(nw_close(pair.server.stream), 0);
    CHECK_EQ(nw_close(pair.client.stream), 0);
}

/* The peer does not read: wherever the copy is after so many turns, it ends when it is cancelled. */
static void send_and_cancel(int turns)
{
    struct tls_pair pair;

    open_pair(&pair, 8192);
    nw_task *writer = nw_spawn(copy_file, pair.server.stream);
    CHECK(writer);
    for (int i = 0; i < turns; i++)
        CHECK_EQ(nw_yield(), 0);
    CHECK(!nw_done(writer));
    nw_cancel(writer);
    CHECK_EQ(nw_await(writer), -ECANCELED);
    CHECK_EQ(nw_close(pair.client.stream), 0);
    CHECK(nw_close(pair.server.stream) <= 0);
}

static int send_all(void *arg)
{
    (void)arg;
    client_context = tls_client(NULL);
    server_context = tls_server(NULL);
    for (int kernel_bytes = 0; kernel_bytes <= 8192; kernel_bytes += 8192) {
        send_whole(kernel_bytes);
        drop_from_cache();
        send_whole(kernel_bytes);
    }
    for (int turns = 1; turns < 20; turns++) {
        if (turns % 2)
            drop_from_cache();
        send_and_cancel(turns);
    }
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}

static void run_send_all(void)
{
    make_file();
    CHECK_EQ(nw_run(send_all, NULL), 0);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_send_all);
    return 0;
}
