/* SPDX-License-Identifier: MIT */
/*
 * Peers that speak something else, say nothing, leave without a word, or do not read; a task that is closed
 * upon; half an end; what is left of a run. Each ends as it should, and nobody else is held up.
 */
#include "../support/tls.h"

static nw_tls_context *client_context, *server_context;

/* -- something else -- */

/* What is said instead of a handshake, by a peer who then reads to the end. */
static int say(void *arg)
{
    const nw_slice *words = arg;
    nw_stream *stream = *(nw_stream **)(uintptr_t)words[1].data;
    char found[512];

    (void)!nw_write(stream, words[0].data, words[0].size);
    (void)!nw_shutdown(stream);
    while (nw_read(stream, found, sizeof found) > 0)
        continue;
    return nw_close(stream);
}

static int hear(const char *data, size_t size_bytes, bool as_client)
{
    nw_stream *ends[2];

    tls_wire(0, 0, ends);
    nw_slice words[2] = {{data, size_bytes}, {(const char *)&ends[1], sizeof ends[1]}};
    struct tls_end end = {.context = as_client ? client_context : server_context,
                          .below = ends[0],
                          .host = as_client ? "localhost" : NULL};
    nw_task *peer = nw_spawn(say, words);
    int rc = tls_shake_hands(&end);
    tls_check_queue();
    CHECK_EQ(nw_await(peer), 0);
    return rc;
}

static void garbage(void)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                      answer[] = "HTTP/1.1 400 Bad\r\n\r\n",
                      old[] = "\x16\x03\x00\x00\x05\x01\x00\x00\x01\x00",
                      alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    char noise[2000];

    CHECK_EQ(hear(http, sizeof http - 1, false), NW_ETLS);
    CHECK_EQ(hear(answer, sizeof answer - 1, true), NW_ETLS);
    CHECK_EQ(hear(alert, sizeof alert - 1, true), NW_ETLS);
    CHECK_EQ(hear(old, sizeof old - 1, false), NW_ETLS);
    random_seed();
    for (int i = 0; i < scaled(300); i++) {
        for (size_t j = 0; j < sizeof noise; j++)
            noise[j] = (char)random_below(256);
        if (i % 2) /* a record's head that makes sense */
            memcpy(noise, "\x16\x03\x01\x07\x00\x01\x00\x06\xfc\x03\x03", 11);
        int rc = hear(noise, sizeof noise, i % 4 < 2);
        CHECK(rc == NW_ETLS || rc == NW_ETRUNCATED); /* a length in it can be beyond its end */
    }
}

/* -- nothing -- */

static void silence(void)
{
    nw_tls_context *hasty = tls_client(&(nw_tls_options){.handshake_timeout_ns = NW_MS(1)});
    nw_stream *ends[2], *stream = NULL;
    nw_deadline deadline;

    tls_wire(0, 0, ends);
    CHECK_EQ(nw_tls_connect(hasty, ends[0], "localhost", &stream), -ETIMEDOUT);
    CHECK_EQ(nw_interrupted(), 0); /* it was the handshake's time, not the task's */
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_tls_accept(server_context, ends[1], &stream), -ETIMEDOUT);
    (void)nw_deadline_end(&deadline);
    CHECK(!stream);
    CHECK_EQ(nw_close(ends[0]), 0);
    (void)nw_close(ends[1]);
    nw_tls_destroy(hasty);
}

/* -- leaving -- */

static void half_an_end(void)
{
    struct tls_pair pair;
    char found[8] = "";

    tls_open_pair(&pair, client_context, server_context);
    CHECK_EQ(nw_write(pair.client.stream, "all", 3), 3);
    CHECK_EQ(nw_shutdown(pair.client.stream), 0);
    CHECK_EQ(nw_shutdown(pair.client.stream), 0);
    CHECK_EQ(nw_write(pair.client.stream, "more", 4), 4); /* into the buffer */
    CHECK_EQ(nw_flush(pair.client.stream), -EPIPE);
    CHECK_EQ(nw_read(pair.server.stream, found, 8), 3);
    CHECK_MEM(found, "all", 3);
    CHECK_EQ(nw_read(pair.server.stream, found, 8), 0);
    CHECK_EQ(nw_write(pair.server.stream, "answer", 6), 6); /* with the tickets, which come after the end */
    CHECK_EQ(nw_flush(pair.server.stream), 0);
    CHECK_EQ(nw_read(pair.client.stream, found, 8), 6);
    CHECK_MEM(found, "answer", 6);
    CHECK_EQ(nw_close(pair.server.stream), 0);
    CHECK_EQ(nw_read(pair.client.stream, found, 8), 0);
    CHECK_EQ(nw_close(pair.client.stream), -EPIPE);
}

static void without_a_word(void)
{
    struct tls_pair pair;
    char byte;

    tls_open_pair(&pair, client_context, server_context);
    CHECK_SYS(shutdown(nw_stream_fd(pair.client.stream), SHUT_RDWR));
    CHECK_EQ(nw_read(pair.server.stream, &byte, 1), NW_ETRUNCATED);
    CHECK_EQ(nw_read(pair.server.stream, &byte, 1), NW_ETRUNCATED);
    CHECK_EQ(nw_read(pair.client.stream, &byte, 1), NW_ETRUNCATED);
    CHECK_EQ(nw_write(pair.server.stream, "x", 1), 1);
    CHECK_EQ(nw_flush(pair.server.stream), -EPIPE);
    CHECK_EQ(nw_flush(pair.server.stream), -EPIPE);
    (void)nw_close(pair.server.stream);
    CHECK_EQ(nw_close(pair.client.stream), 0); /* nothing was written: nothing is lost */
}

/* -- who is in a call -- */

static int read_byte(void *arg)
{
    char byte;

    return (int)nw_read(arg, &byte, 1);
}

static int write_much(void *arg)
{
    static char data[300000];
    ssize_t n = nw_write(arg, data, sizeof data);

    return n < 0 ? (int)n : n < (ssize_t)sizeof data ? nw_flush(arg) : -E2BIG;
}

static int close_cancelled(void *arg)
{
    nw_cancel(nw_task_self());
    return nw_close(arg);
}

static void closed_upon(void)
{
    struct tls_pair pair;
    nw_stream *ends[2];

    tls_wire(4096, 512, ends);
    tls_meet(&pair, client_context, server_context, "localhost", ends);
    CHECK_EQ(pair.client.rc, 0);
    nw_task *reader = nw_spawn(read_byte, pair.client.stream),
            *writer = nw_spawn(write_much, pair.client.stream);
    yield_all();
    nw_task *closer = nw_spawn(close_cancelled, pair.client.stream);
    CHECK_EQ(nw_await(closer), -ECANCELED);
    CHECK_EQ(nw_await(reader), -EBADF);
    CHECK_EQ(nw_await(writer), -EBADF);
    while (read_byte(pair.server.stream) == 1)
        continue;
    CHECK_EQ(read_byte(pair.server.stream), NW_ETRUNCATED);
    CHECK_EQ(nw_close(pair.server.stream), 0);
}

static int run_into_trouble(void *arg)
{
    (void)arg;
    client_context = tls_client(NULL);
    server_context = tls_server(NULL);
    garbage();
    silence();
    half_an_end();
    without_a_word();
    closed_upon();
    return 0;
}

/* -- the end of a run: streams that are still open are closed, with a word -- */

static int leave_open(void *arg)
{
    struct tls_pair pair;

    (void)arg;
    tls_open_pair(&pair, client_context, server_context);
    CHECK_EQ(nw_write(pair.client.stream, "x", 1), 1);
    CHECK(nw_spawn(read_byte, pair.server.stream));
    return 0;
}

static void run_all(void)
{
    int fds = check_open_fds();

    CHECK_EQ(nw_run(run_into_trouble, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
    CHECK_EQ(nw_run(leave_open, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_all);
    return 0;
}
