/* SPDX-License-Identifier: MIT */
/*
 * The programs that OpenSSL ships, at the other end: s_server for nw_connect("tls://..."), s_client for a
 * listener. Both change their keys in the middle and want ours changed, too.
 */
#include "../support/tls.h"

#define KEYS 20 /* changes of keys */

/* A program with its standard input and output as streams. */
struct program {
    pid_t pid;
    nw_stream *in;
    nw_stream *out;
};

static void start(struct program *program, const char *const *words)
{
    int in[2], out[2];

    CHECK_SYS(pipe2(in, O_CLOEXEC));
    CHECK_SYS(pipe2(out, O_CLOEXEC));
    program->pid = CHECK_SYS(fork());
    if (program->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    CHECK_SYS(close(in[0]));
    CHECK_SYS(close(out[1]));
    CHECK_EQ(nw_open_fd(in[1], "w", &program->in), 0);
    CHECK_EQ(nw_open_fd(out[0], "r", &program->out), 0);
}

/* It has seen the end of its connection, and its input ends. */
static void stop(struct program *program)
{
    nw_bytes rest;
    int status;

    CHECK_EQ(nw_close(program->in), 0);
    CHECK_EQ(nw_read_all(program->out, 0, &rest), 0);
    nw_bytes_finish(&rest);
    CHECK_EQ(nw_close(program->out), 0);
    CHECK_EQ(waitpid(program->pid, &status, 0), program->pid);
}

/* Skips what else the program has to say. */
static void expect(nw_stream *stream, const char *begin, const char *part)
{
    nw_slice line;

    do
        CHECK(nw_read_line(stream, &line) > 0);
    while (line.size < strlen(begin) || memcmp(line.data, begin, strlen(begin)) != 0 ||
           !memmem(line.data, line.size, part, strlen(part)));
}

static void tell(nw_stream *stream, const char *text)
{
    CHECK_EQ(nw_write(stream, text, strlen(text)), strlen(text));
    CHECK_EQ(nw_flush(stream), 0);
}

static void answer(nw_stream *stream, const char *text, const char *reply)
{
    char found[64];

    CHECK_EQ(nw_read_exactly(stream, found, strlen(text)), strlen(text));
    CHECK_MEM(found, text, strlen(text));
    tell(stream, reply);
}

/* "K", read alone: change keys, and ask for the same. With -msg the program says what it sends and gets. */
static void talk(struct program *program, nw_stream *stream)
{
    for (int i = 0; i < KEYS; i++) {
        if (i > 0) {
            tell(program->in, "K\n");
            expect(program->out, ">>> ", "KeyUpdate");
        }
        tell(program->in, "to the library\n");
        answer(stream, "to the library\n", "to the program\n");
        if (i > 0)
            expect(program->out, "<<< ", "KeyUpdate");
        expect(program->out, "to the program", "");
    }
}

/* -- s_server -- */

static unsigned server_port(struct program *program)
{
    nw_slice line;
    char *end;

    for (;;) {
        CHECK(nw_read_line(program->out, &line) > 0);
        const char *colon = memrchr(line.data, ':', line.size);
        if (line.size > 7 && memcmp(line.data, "ACCEPT ", 7) == 0 && colon)
            return (unsigned)strtoul(colon + 1, &end, 10);
    }
}

static void connect_to(const char *const *words, enum nw_tls_version version)
{
    nw_connect_options options = {.tls = tls_client(NULL)};
    struct program program;
    nw_stream *stream;
    nw_tls_info info;
    nw_address address;
    char where[64];

    start(&program, words);
    unsigned port = server_port(&program);
    snprintf(where, sizeof where, "tls://127.0.0.1:%u", port);
    CHECK_EQ(nw_connect(where, &stream), NW_ECERTUNTRUSTED);
    CHECK_EQ(nw_connect_with(&options, where, &stream), 0);
    CHECK_EQ(nw_tls_inspect(stream, &info), 0);
    CHECK_EQ(info.version, version);
    CHECK_STR(info.peer, "CN=good");
    CHECK_EQ(nw_peer_address(stream, &address), 0);
    CHECK_EQ(nw_address_port(&address), port);
    CHECK_EQ(nw_local_address(stream, &address), 0);
    CHECK(nw_address_port(&address) != port);
    talk(&program, stream);
    CHECK_EQ(nw_close(stream), 0);
    stop(&program);
    nw_tls_destroy(options.tls ? (nw_tls_context *)(uintptr_t)options.tls : NULL);
}

/* -- s_client -- */

static void accept_from(const char *version_word, enum nw_tls_version version)
{
    nw_tls_context *context = tls_server(NULL);
    struct program program;
    nw_listener *listener;
    nw_address address;
    nw_stream *socket, *stream;
    nw_tls_info info;
    char where[NW_ADDRESS_TEXT_BYTES], byte;

    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, where, sizeof where) > 0);
    start(&program,
          (const char *[]){"openssl", "s_client", "-connect", where, "-CAfile", "ca.pem",
                           "-verify_return_error", "-servername", "localhost", version_word, "-msg", NULL});
    CHECK_EQ(nw_accept(listener, &socket), 0);
    CHECK_EQ(nw_tls_accept(context, socket, &stream), 0);
    CHECK_EQ(nw_tls_inspect(stream, &info), 0);
    CHECK_EQ(info.version, version);
    CHECK_STR(info.host, "localhost");
    talk(&program, stream);
    tell(program.in, "Q\n");
    CHECK_EQ(nw_read(stream, &byte, 1), 0);
    CHECK_EQ(nw_close(stream), 0);
    stop(&program);
    nw_listener_close(listener);
    nw_tls_destroy(context);
}

static int talk_to_all(void *arg)
{
    (void)arg;
    connect_to((const char *[]){"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "good.pem", "-key",
                                "good.key", "-naccept", "2", "-tls1_3", "-msg", NULL},
               NW_TLS_1_3);
    accept_from("-tls1_3", NW_TLS_1_3);
    return 0;
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    CHECK_SYS(setenv("SSL_CERT_FILE", "/nonexistent", 1));
    CHECK_SYS(setenv("SSL_CERT_DIR", "/nonexistent", 1));
    CHECK_EQ(nw_run(talk_to_all, NULL), 0);
    return 0;
}
