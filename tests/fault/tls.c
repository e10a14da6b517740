/* SPDX-License-Identifier: MIT */
/*
 * TLS, while one request for memory or for a thread fails: contexts, handshakes and transfers say so or do
 * without; nothing is left behind, and the next attempt succeeds.
 */
#include <nowait.h>
#include <nowait/tls.h>
#include <sys/socket.h>

#include "../support/certificates.h"
#include "fault.h"

#define SIZE 50000

static char content[SIZE], found[SIZE];
static nw_tls_context *client_context, *server_context;

struct end {
    nw_stream *below;
    nw_stream *stream;
    bool client;
    int rc;
};

static int serve(void *arg)
{
    struct end *end = arg;

    end->rc = end->client ? nw_tls_connect(client_context, end->below, "localhost", &end->stream)
                          : nw_tls_accept(server_context, end->below, &end->stream);
    if (end->rc < 0) {
        (void)nw_close(end->below);
        return end->rc;
    }
    if (end->client) {
        ssize_t n = nw_write(end->stream, content, SIZE);
        end->rc = n < 0 ? (int)n : n < SIZE ? -ENOMEM : nw_flush(end->stream);
    } else {
        ssize_t n = nw_read_exactly(end->stream, found, SIZE);
        end->rc = n < 0 ? (int)n : 0;
        if (n == SIZE)
            CHECK_MEM(found, content, SIZE);
    }
    (void)nw_close(end->stream);
    return end->rc;
}

/* Did both succeed? If not, one of them has failed for want of memory, and the other because of that. */
static bool meet(void)
{
    struct end client = {.client = true}, server = {.client = false};
    int pair[2], rc;

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    rc = nw_open_fd(pair[0], "r+", &client.below);
    if (rc == 0) {
        rc = nw_open_fd(pair[1], "r+", &server.below);
        if (rc < 0)
            (void)nw_close(client.below);
    } else {
        CHECK_SYS(close(pair[0]));
    }
    if (rc < 0) {
        CHECK(failed(rc));
        CHECK_SYS(close(pair[1]));
        return false;
    }
    nw_task *task = nw_spawn(serve, &server);
    if (!task) {
        (void)nw_close(client.below);
        (void)nw_close(server.below);
        return false;
    }
    (void)serve(&client);
    (void)nw_await(task);
    return client.rc == 0 && server.rc == 0;
}

static int use_tls(void *arg)
{
    static const nw_tls_options client = {.ca_file = "ca.pem"}, server = {.certificate_file = "good.pem"};
    int rc;

    (void)arg;
    TWICE(rc, nw_tls_client_create(&client, &client_context));
    CHECK_EQ(rc, 0);
    TWICE(rc, nw_tls_server_create(&server, &server_context));
    CHECK_EQ(rc, 0);
    for (int i = 0; i < 2; i++) /* the second time with a session */
        if (!meet())
            CHECK(meet());
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}

int main(void)
{
    tls_make_certificates_once();
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31);
    fault_run(use_tls);
    return 0;
}
