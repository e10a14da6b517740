/* SPDX-License-Identifier: MIT */
/*
 * A part of a record is something that the peer says unasked, though nothing can be read of it yet: else the
 * client of HTTP would take what follows for the answer to its next request.
 */
#include <sys/ioctl.h>

#include "../support/tls.h"
#include "stream/tls.h"

#define RECORD "a record; "

/* It is there when the kernel says so. What was known before another task had its turn is asked again. */
static void pass_on(const struct tls_pair *pair, const char *data, size_t size_bytes)
{
    int there = 0;

    CHECK_EQ(nw_write(pair->client.below, data, size_bytes), (ssize_t)size_bytes);
    CHECK_EQ(nw_flush(pair->client.below), 0);
    while ((size_t)there < size_bytes)
        CHECK_SYS(ioctl(nw_stream_fd(pair->server.stream), FIONREAD, &there));
    CHECK_EQ(nw_yield(), 0);
}

static void cut_at(const struct tls_pair *pair, size_t cut)
{
    struct nw__tls *from = nw__tls_of(pair->client.stream);
    char data[] = RECORD;
    size_t done;

    CHECK(nw__stream_is_quiet(pair->server.stream, false));
    CHECK_EQ(nw__tls_reserve(from, 1000), 0);
    CHECK_EQ(SSL_write_ex(from->ssl, RECORD, strlen(RECORD), &done), 1);
    pass_on(pair, from->out.data, cut);
    CHECK_EQ(nw__stream_is_quiet(pair->server.stream, false), false);
    CHECK_EQ(nw__stream_is_quiet(pair->server.stream, true), false); /* nor is it the second time */
    pass_on(pair, from->out.data + cut, from->out.size_bytes - cut);
    nw__bytes_clear(&from->out);
    CHECK_EQ(nw_read(pair->server.stream, data, strlen(RECORD)), (ssize_t)strlen(RECORD));
    CHECK_STR(data, RECORD);
    CHECK(nw__stream_is_quiet(pair->server.stream, false));
}

static int test(void *arg)
{
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL);
    struct tls_pair pair;

    (void)arg;
    tls_open_pair(&pair, client, server);
    cut_at(&pair, 1);
    cut_at(&pair, 5); /* the header */
    cut_at(&pair, 6);
    cut_at(&pair, strlen(RECORD) + 5);
    tls_close_pair(&pair);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
