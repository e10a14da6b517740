/* SPDX-License-Identifier: MIT */
/*
 * TLS, while one request for memory that OpenSSL makes fails: contexts, handshakes and transfers fail with a
 * code or succeed, the next attempt succeeds, and OpenSSL holds no more afterwards than before. No
 * certificate is blamed for it, but in the check of a signature, which does not say why it has failed.
 *
 * ctest: timeout=180
 */
#include <nowait.h>
#include <sys/socket.h>

#include "../support/certificates.h"
#include "armed.h"

#define SIZE 50000

static char content[SIZE], found[SIZE];

struct end {
    const nw_tls_context *context;
    nw_stream *below;
    nw_stream *stream;
    bool client;
    int rc;
};

static int talk(struct end *end)
{
    ssize_t n;

    if (end->client) {
        n = nw_write(end->stream, content, SIZE);
        if (n == SIZE)
            n = nw_flush(end->stream);
        return n < 0 ? (int)n : 0;
    }
    n = nw_read_exactly(end->stream, found, SIZE);
    if (n == SIZE)
        CHECK_MEM(found, content, SIZE);
    return n < 0 ? (int)n : n < SIZE ? NW_ETRUNCATED : 0;
}

static int be_one_end(void *arg)
{
    struct end *end = arg;

    end->rc = end->client ? nw_tls_connect(end->context, end->below, "localhost", &end->stream)
                          : nw_tls_accept(end->context, end->below, &end->stream);
    if (end->rc < 0) {
        (void)nw_close(end->below);
        return end->rc;
    }
    end->rc = talk(end);
    (void)nw_close(end->stream);
    return end->rc;
}

static int meet(const nw_tls_context *client_context, const nw_tls_context *server_context)
{
    struct end client = {.client = true, .context = client_context}, server = {.context = server_context};
    int pair[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CHECK_EQ(nw_open_fd(pair[0], "r+", &client.below), 0);
    CHECK_EQ(nw_open_fd(pair[1], "r+", &server.below), 0);
    nw_task *task = nw_spawn(be_one_end, &server);
    CHECK(task);
    (void)be_one_end(&client);
    (void)nw_await(task);
    return client.rc < 0 ? client.rc : server.rc;
}

static int use_tls(void)
{
    static const nw_tls_options client = {.ca_file = "ca.pem"}, server = {.certificate_file = "good.pem"};
    nw_tls_context *client_context = NULL, *server_context = NULL;
    int rc = nw_tls_client_create(&client, &client_context);

    if (rc == 0)
        rc = nw_tls_server_create(&server, &server_context);
    CHECK(rc == 0 || rc == -ENOMEM);
    for (int i = 0; i < 2 && rc == 0; i++) /* the second time with a session */
        rc = meet(client_context, server_context);
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    CHECK(rc != NW_ECERTHOST && rc != NW_ECERTEXPIRED && rc != NW_ECERTUNTRUSTED);
    return rc;
}

static int run(void *arg)
{
    (void)arg;
    armed_run(use_tls);
    return 0;
}

int main(void)
{
    tls_make_certificates_once();
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31);
    armed_loop(run);
    return 0;
}
