/* SPDX-License-Identifier: MIT */
/*
 * A peer that sends records without any data, one after the other: who reads from it can be cancelled in the
 * middle of them, and does not have to hear all of them first.
 */
#include <sys/ioctl.h>

#include "../support/tls.h"
#include "stream/tls.h"

#define UPDATES 4000 /* of keys, 27 bytes each: they fit into the socket's buffer */

static void flood(nw_stream *stream)
{
    struct nw__tls *tls = nw__tls_of(stream);

    for (int i = 0; i < UPDATES; i++) {
        CHECK_EQ(SSL_key_update(tls->ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        CHECK_EQ(SSL_do_handshake(tls->ssl), 1);
    }
    CHECK_EQ(nw__tls_send(tls), 0);
}

static int read_byte(void *arg)
{
    char byte;

    return (int)nw_read(arg, &byte, 1);
}

static int test(void *arg)
{
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL);
    struct tls_pair pair;
    nw_stream *ends[2];
    int sent = 0, left = 0;

    (void)arg;
    tls_wire(0, 4096, ends);
    tls_meet(&pair, client, server, "localhost", ends);
    flood(pair.client.stream);
    CHECK_SYS(ioctl(nw_stream_fd(pair.server.stream), FIONREAD, &sent));
    nw_task *reader = nw_spawn(read_byte, pair.server.stream);
    do {
        CHECK_EQ(nw_yield(), 0);
        CHECK_SYS(ioctl(nw_stream_fd(pair.server.stream), FIONREAD, &left));
    } while (left == sent);
    CHECK(left > 0);
    nw_cancel(reader);
    CHECK_EQ(nw_await(reader), -ECANCELED);
    CHECK_SYS(ioctl(nw_stream_fd(pair.server.stream), FIONREAD, &left));
    CHECK(left > 0);
    CHECK_EQ(nw_close(pair.server.stream), 0);
    CHECK_EQ(nw_close(pair.client.stream), 0);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
