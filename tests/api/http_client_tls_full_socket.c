/* SPDX-License-Identifier: MIT */
/*
 * A request over TLS whose last record the socket does not take at once: the rest of it goes out as soon as
 * there is room, and is not left behind while the client waits for an answer.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/http_peer.h"
#include "../support/tls.h"

#define BODY_BYTES 12000 /* with its head it is one record, and goes out in one piece */

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static nw_tls_context *server_context;

/* Two requests, of which the second has a body. */
static int talk(struct peer *peer, nw_stream *below)
{
    nw_stream *stream;

    CHECK_EQ(nw_tls_accept(server_context, below, &stream), 0);
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(peer_say(stream, ok), 0);
    CHECK(peer_read_head(peer, stream) > 0);
    CHECK_EQ(nw_skip(stream, BODY_BYTES), BODY_BYTES);
    CHECK_EQ(peer_say(stream, ok), 0);
    return nw_close(stream);
}

static int talk_once(void *arg)
{
    struct peer *peer = arg;
    nw_stream *below;

    CHECK_EQ(nw_accept(peer->listener, &below), 0);
    return talk(peer, below);
}

/* The kernel takes little: of the socket that listens, and of the one that is connected to it. */
static void shrink(unsigned port, bool listens)
{
    int least = 1, shrunk = 0;

    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_in address = {.sin_family = AF_UNSPEC};
        socklen_t size = sizeof address;
        int rc = listens ? getsockname(fd, (struct sockaddr *)&address, &size)
                         : getpeername(fd, (struct sockaddr *)&address, &size);
        if (rc < 0 || address.sin_family != AF_INET || ntohs(address.sin_port) != port)
            continue;
        CHECK_SYS(setsockopt(fd, SOL_SOCKET, listens ? SO_RCVBUF : SO_SNDBUF, &least, sizeof least));
        shrunk++;
    }
    CHECK_EQ(shrunk, 1);
}

static int test(void *arg)
{
    const nw_http_client_options options = {.tls = arg};
    static char body[BODY_BYTES];
    nw_http_client *client;
    nw_http_response *response;
    nw_address address;
    struct peer peer = {.port = 0};
    char url[64];

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &peer.listener), 0);
    CHECK_EQ(nw_listener_address(peer.listener, &address), 0);
    peer.port = nw_address_port(&address);
    shrink(peer.port, true);
    peer.task = nw_spawn(talk_once, &peer);
    snprintf(url, sizeof url, "https://localhost:%u/", peer.port);
    CHECK_EQ(nw_http_get(client, url, &response), 0);
    peer_check_body(response, "ok");
    shrink(peer.port, false);
    CHECK_EQ(nw_http_post(client, url, NULL, (nw_slice){body, sizeof body}, &response), 0);
    peer_check_body(response, "ok");
    CHECK_EQ(nw_await(peer.task), 0);
    nw_http_client_destroy(client);
    nw_listener_close(peer.listener);
    return 0;
}

int main(void)
{
    nw_tls_context *context;

    check_enter_folder();
    tls_make_certificates();
    server_context = tls_server(NULL);
    context = tls_client(NULL);
    CHECK_EQ(nw_run(test, context), 0);
    nw_tls_destroy(context);
    nw_tls_destroy(server_context);
    return 0;
}
