/* SPDX-License-Identifier: MIT */
/*
 * What the tests of TLS share: certificates made on the spot, two ends that shake hands, and somebody in
 * between who passes the bytes on in pieces, changes one, or ends it. Public headers and the C library only.
 */
#ifndef NW_TESTS_TLS_H
#define NW_TESTS_TLS_H

#include <dlfcn.h>
#include <nowait.h>
#include <nowait/net.h>
#include <nowait/tls.h>
#include <sys/socket.h>

#include "certificates.h"
#include "runtime.h"

CHECK_UNUSED static nw_tls_context *tls_client(const nw_tls_options *options)
{
    nw_tls_options chosen = options ? *options : (nw_tls_options){.ca_file = NULL};
    nw_tls_context *context;

    if (!chosen.ca_file && !chosen.ca_directory && !chosen.ca_pem.size && !chosen.insecure)
        chosen.ca_file = "ca.pem";
    CHECK_EQ(nw_tls_client_create(&chosen, &context), 0);
    return context;
}

CHECK_UNUSED static nw_tls_context *tls_server(const nw_tls_options *options)
{
    nw_tls_options chosen = options ? *options : (nw_tls_options){.ca_file = NULL};
    nw_tls_context *context;

    if (!chosen.certificate_file && !chosen.certificate_pem.size)
        chosen.certificate_file = "good.pem";
    CHECK_EQ(nw_tls_server_create(&chosen, &context), 0);
    return context;
}

/* Whether the newest version is 1.2: see tls_each_version(). */
CHECK_UNUSED static bool tls_is_old;

/*
 * Run body() with TLS 1.3, and in a process before that with TLS 1.2: only OpenSSL's configuration, which is
 * read once, keeps a client from the newest version.
 */
CHECK_UNUSED static void tls_each_version(void (*body)(void))
{
    static const char conf[] = "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = old\n"
                               "[old]\nMaxProtocol = TLSv1.2\n";
    int status;

    fflush(NULL);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        check_write_file("old.conf", conf, sizeof conf - 1);
        CHECK_SYS(setenv("OPENSSL_CONF", "old.conf", 1));
        tls_is_old = true;
        body();
        fflush(NULL);
        _exit(0);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    body();
}

/* Run `test` as a task, in a folder with certificates. Returns: what main() does. */
CHECK_UNUSED static int tls_main(nw_task_fn *test)
{
    check_enter_folder();
    tls_make_certificates();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}

/* -- two ends -- */

/* Streams over the two ends of a socket pair; `size_bytes`: of the kernel's buffers, 0: as they are. */
CHECK_UNUSED static void tls_wire(int size_bytes, size_t buffer_bytes, nw_stream *ends_out[2])
{
    nw_open_options options = {.buffer_bytes = buffer_bytes};
    int pair[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    for (int i = 0; i < 2; i++) {
        if (size_bytes)
            CHECK_SYS(setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size_bytes, sizeof size_bytes));
        CHECK_EQ(nw_open_fd_with(&options, pair[i], "r+", &ends_out[i]), 0);
    }
}

struct tls_end {
    const nw_tls_context *context;
    nw_stream *below;
    const char *host; /* NULL: the server */
    nw_stream *stream;
    int rc;
};

/* Shakes hands; when that fails, the stream below is closed. */
CHECK_UNUSED static int tls_shake_hands(void *arg)
{
    struct tls_end *end = arg;

    end->stream = NULL;
    end->rc = end->host ? nw_tls_connect(end->context, end->below, end->host, &end->stream)
                        : nw_tls_accept(end->context, end->below, &end->stream);
    if (end->rc < 0) {
        CHECK(!end->stream);
        (void)nw_close(end->below);
    }
    return end->rc;
}

struct tls_pair {
    struct tls_end client;
    struct tls_end server;
};

/* Both shake hands over two streams that are connected somehow. */
CHECK_UNUSED static void tls_meet(struct tls_pair *pair, const nw_tls_context *client,
                                  const nw_tls_context *server, const char *host, nw_stream *ends[2])
{
    *pair = (struct tls_pair){{.context = client, .below = ends[0], .host = host},
                              {.context = server, .below = ends[1]}};
    nw_task *other = nw_spawn(tls_shake_hands, &pair->server);

    CHECK(other);
    (void)tls_shake_hands(&pair->client);
    (void)nw_await(other);
}

/* The same, over a socket pair; both succeed. */
CHECK_UNUSED static void tls_open_pair(struct tls_pair *pair, const nw_tls_context *client,
                                       const nw_tls_context *server)
{
    nw_stream *ends[2];

    tls_wire(0, 0, ends);
    tls_meet(pair, client, server, "localhost", ends);
    CHECK_EQ(pair->client.rc, 0);
    CHECK_EQ(pair->server.rc, 0);
}

/* Both close well, the client first. */
CHECK_UNUSED static void tls_close_pair(const struct tls_pair *pair)
{
    CHECK_EQ(nw_close(pair->client.stream), 0);
    CHECK_EQ(nw_close(pair->server.stream), 0);
}

/* -- in between -- */

/* Passes bytes from one socket to the other, until the end of one; or stops earlier, or changes a byte. */
struct tls_relay {
    int from;
    int to;
    size_t piece_bytes; /* at a time; 0: any number */
    int64_t cut_at;     /* passes so many and then lets the other side see the end; -1: never */
    int64_t change_at;  /* this one is another; -1: none */
    int64_t passed;
};

CHECK_UNUSED static int tls_pass_on(void *arg)
{
    struct tls_relay *relay = arg;
    char data[4096];

    while (relay->passed != relay->cut_at) {
        size_t size = relay->piece_bytes ? relay->piece_bytes : sizeof data;
        if (relay->cut_at >= 0 && (int64_t)size > relay->cut_at - relay->passed)
            size = (size_t)(relay->cut_at - relay->passed);
        int n = read_fd(relay->from, data, size);
        if (n <= 0)
            break;
        if (relay->change_at >= relay->passed && relay->change_at < relay->passed + n)
            data[relay->change_at - relay->passed] ^= 0x40;
        relay->passed += n;
        if (nw_fd_write(relay->to, data, (size_t)n) != n)
            break;
    }
    shutdown(relay->to, SHUT_WR);
    return 0;
}

/* Two ends with somebody in between: relays[0] passes on what ends[0] writes, relays[1] the other way. */
struct tls_line {
    nw_stream *ends[2];
    struct tls_relay relays[2];
    nw_task *tasks[2];
    int sockets[2];
};

CHECK_UNUSED static void tls_line_open(struct tls_line *line, const struct tls_relay *relays)
{
    int left[2], right[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, left));
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, right));
    CHECK_EQ(nw_open_fd(left[0], "r+", &line->ends[0]), 0);
    CHECK_EQ(nw_open_fd(right[0], "r+", &line->ends[1]), 0);
    line->sockets[0] = left[1];
    line->sockets[1] = right[1];
    for (int i = 0; i < 2; i++) {
        line->relays[i] = relays[i];
        line->relays[i].from = line->sockets[i];
        line->relays[i].to = line->sockets[1 - i];
        line->relays[i].passed = 0;
        line->tasks[i] = nw_spawn(tls_pass_on, &line->relays[i]);
        CHECK(line->tasks[i]);
    }
}

CHECK_UNUSED static void tls_line_close(struct tls_line *line)
{
    for (int i = 0; i < 2; i++)
        (void)nw_await(line->tasks[i]);
    for (int i = 0; i < 2; i++)
        CHECK_SYS(close(line->sockets[i]));
}

/* -- what a call leaves behind -- */

/* OpenSSL's queue of errors of this thread is empty. It is in the process, whoever linked with it. */
CHECK_UNUSED static void tls_check_queue(void)
{
    union {
        void *address;
        unsigned long (*call)(void);
    } peek = {.address = dlsym(RTLD_DEFAULT, "ERR_peek_error")};

    if (peek.address)
        CHECK_EQ(peek.call(), 0);
}

/* Bytes that can be told apart by where they are. */
CHECK_UNUSED static char *tls_content(size_t size_bytes)
{
    char *content = malloc(size_bytes);

    CHECK(content);
    for (size_t i = 0; i < size_bytes; i++)
        content[i] = (char)(i * 131 + i / 251 + i / 65521);
    return content;
}

#endif
