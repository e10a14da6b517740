/* SPDX-License-Identifier: MIT */
/*
 * Short records that came together, of which OpenSSL takes all at once: who reads a byte at a time, and
 * never waits, gets all of them, and of a record that is cut in two the rest when it has come.
 */
#include <sys/ioctl.h>

#include "../support/tls.h"
#include "stream/tls.h"

#define RECORDS 5

/* All that can be had without waiting. */
static size_t read_bytes(struct nw__tls *tls, char *data, size_t size_bytes)
{
    size_t done = 0;
    ssize_t n = 1;

    while (n > 0 && done < size_bytes) {
        n = tls->base.kind->try_read(&tls->base, data + done, 1, 0);
        done += n > 0;
    }
    CHECK(n == 1 || n == -EAGAIN);
    CHECK_EQ(tls->base.dry, n == -EAGAIN);
    return done;
}

static void encrypt(struct nw__tls *tls, const char *text)
{
    size_t done;

    CHECK_EQ(nw__tls_reserve(tls, 1000), 0);
    CHECK_EQ(SSL_write_ex(tls->ssl, text, strlen(text), &done), 1);
}

/* It is there when the kernel says so, and the stream below may know: as a wait for it does. */
static void pass_on(struct tls_pair *pair, const char *data, size_t size_bytes)
{
    int there = 0;

    CHECK_EQ(nw_write(pair->client.below, data, size_bytes), (ssize_t)size_bytes);
    CHECK_EQ(nw_flush(pair->client.below), 0);
    while ((size_t)there < size_bytes)
        CHECK_SYS(ioctl(nw_stream_fd(pair->server.stream), FIONREAD, &there));
    pair->server.below->transport->dry = false;
}

static int test(void *arg)
{
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL);
    struct tls_pair pair;
    char data[100] = "";

    (void)arg;
    tls_open_pair(&pair, client, server);
    struct nw__tls *from = nw__tls_of(pair.client.stream), *to = nw__tls_of(pair.server.stream);
    for (int i = 0; i < RECORDS; i++)
        encrypt(from, "a record; ");
    size_t all = from->out.size_bytes, cut = all - 7;

    pass_on(&pair, from->out.data, cut);
    CHECK_EQ(read_bytes(to, data, sizeof data), 40);
    CHECK_STR(data, "a record; a record; a record; a record; ");
    CHECK_EQ(nw__stream_available(to->below), 0);
    pass_on(&pair, from->out.data + cut, all - cut);
    CHECK_EQ(read_bytes(to, data, sizeof data), 10);
    nw__bytes_clear(&from->out);

    tls_close_pair(&pair);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
