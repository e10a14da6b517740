/* SPDX-License-Identifier: MIT */
/*
 * Every call on TLS is cancelled after k turns of the loop, k = 0, 1, 2, ...: a handshake leaves nothing
 * behind; a read loses no byte, a write sends none twice, and both go on afterwards; an end is sent once.
 *
 * ctest: cost=4
 */
#include "../support/tls.h"

#define SIZE 120000

static char *content;
static nw_tls_context *client_context, *server_context;

/* Run fn(arg) as a task and cancel it after `turns`. Returns: its result. */
static int cancel_after(int turns, nw_task_fn *fn, void *arg, bool *ended_before_out)
{
    nw_task *task = nw_spawn(fn, arg);

    CHECK(task);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(nw_yield(), 0);
    *ended_before_out = nw_done(task);
    nw_cancel(task);
    int rc = nw_await(task);
    tls_check_queue();
    return rc;
}

/* -- handshakes -- */

static void cancel_handshake(bool at_client)
{
    struct tls_end client = {.context = client_context, .host = "localhost"},
                   server = {.context = server_context};
    struct tls_end *cancelled = at_client ? &client : &server, *other = at_client ? &server : &client;
    bool ended = false;

    for (int turns = 0; !ended; turns++) {
        nw_stream *ends[2];
        tls_wire(4096, 512, ends);
        client.below = ends[0];
        server.below = ends[1];
        nw_task *task = nw_spawn(tls_shake_hands, other);
        CHECK(task);
        int rc = cancel_after(turns, tls_shake_hands, cancelled, &ended);
        int other_rc = nw_await(task);
        CHECK(rc == 0 || rc == -ECANCELED);
        CHECK(other_rc == 0 || other_rc == NW_ETRUNCATED || other_rc == -EPIPE || other_rc == -ECONNRESET);
        if (rc == 0)
            CHECK_EQ(nw_close(cancelled->stream), 0);
        if (other_rc == 0)
            (void)nw_close(other->stream);
    }
}

/* -- reading and writing, in spite of all cancellations -- */

struct traffic {
    nw_stream *stream;
    size_t done;
    int turns;
    bool stubborn; /* each call is cancelled after some turns, and made again */
};

static int write_some(void *arg)
{
    struct traffic *traffic = arg;
    size_t size = SIZE - traffic->done;
    ssize_t n = nw_write(traffic->stream, content + traffic->done, size < 30001 ? size : 30001);

    if (n > 0)
        traffic->done += (size_t)n;
    return n < 0 ? (int)n : nw_flush(traffic->stream);
}

static int read_some(void *arg)
{
    struct traffic *traffic = arg;
    char found[9001];
    ssize_t n = nw_read(traffic->stream, found, sizeof found);

    if (n > 0) {
        CHECK(traffic->done + (size_t)n <= SIZE);
        CHECK_MEM(found, content + traffic->done, (size_t)n);
        traffic->done += (size_t)n;
    }
    return n < 0 ? (int)n : 0;
}

static void move(struct traffic *traffic, nw_task_fn *fn)
{
    int at_first = traffic->turns;
    bool ended;

    while (traffic->done < SIZE) {
        size_t before = traffic->done;
        int rc = traffic->stubborn ? cancel_after(traffic->turns, fn, traffic, &ended) : fn(traffic);
        CHECK(rc == 0 || (rc == -ECANCELED && traffic->stubborn));
        traffic->turns = traffic->done == before ? traffic->turns + 1 : at_first;
        CHECK_EQ(nw_yield(), 0);
    }
}

static int write_all(void *arg)
{
    struct traffic *traffic = arg;

    move(traffic, write_some);
    int rc = nw_flush(traffic->stream);
    CHECK_EQ(rc, 0);
    return nw_shutdown(traffic->stream);
}

static int read_all(void *arg)
{
    struct traffic *traffic = arg;
    char byte;

    move(traffic, read_some);
    return (int)nw_read(traffic->stream, &byte, 1);
}

static void cancel_traffic(int turns, bool writers, bool readers, int kernel_bytes)
{
    struct tls_pair pair;
    nw_stream *ends[2];

    tls_wire(kernel_bytes, 3000, ends);
    tls_meet(&pair, client_context, server_context, "localhost", ends);
    CHECK_EQ(pair.client.rc, 0);
    CHECK_EQ(pair.server.rc, 0);
    struct traffic out[2] = {{pair.client.stream, 0, turns, writers},
                             {pair.server.stream, 0, turns, writers}};
    struct traffic in[2] = {{pair.client.stream, 0, turns, readers}, {pair.server.stream, 0, turns, readers}};
    nw_task *tasks[] = {nw_spawn(write_all, &out[0]), nw_spawn(write_all, &out[1]),
                        nw_spawn(read_all, &in[0]), nw_spawn(read_all, &in[1])};
    CHECK_EQ(nw_gather(tasks, 4), 0);
    tls_close_pair(&pair);
}

/* -- the end -- */

static int shut_down(void *arg)
{
    return nw_shutdown(arg);
}

static int close_it(void *arg)
{
    return nw_close(arg);
}

/* What fills the line is not read until the end was tried: so it waits, and is cancelled. */
static void cancel_end(nw_task_fn *fn, int turns, bool *ended_out)
{
    struct tls_pair pair;
    nw_stream *ends[2];
    size_t done = 0;
    ssize_t n;
    char found[5000];

    tls_wire(4096, 512, ends);
    tls_meet(&pair, client_context, server_context, "localhost", ends);
    CHECK_EQ(pair.client.rc, 0);
    CHECK_EQ(nw_write(pair.client.stream, content, 15000), 15000);
    int rc = cancel_after(turns, fn, pair.client.stream, ended_out);
    CHECK(rc == 0 || rc == -ECANCELED);
    if (fn == shut_down) {
        nw_task *again = nw_spawn(shut_down, pair.client.stream);
        while ((n = nw_read(pair.server.stream, found, sizeof found)) > 0) {
            CHECK_MEM(found, content + done, (size_t)n);
            done += (size_t)n;
        }
        CHECK_EQ(n, 0);
        CHECK_EQ(done, 15000);
        CHECK_EQ(nw_await(again), 0);
        CHECK_EQ(nw_close(pair.client.stream), 0);
    } else { /* what did not go is lost, and the peer knows */
        while ((n = nw_read(pair.server.stream, found, sizeof found)) > 0) {
            CHECK_MEM(found, content + done, (size_t)n);
            done += (size_t)n;
        }
        CHECK_EQ(n, done == 15000 ? 0 : NW_ETRUNCATED);
        CHECK_EQ(done == 15000, rc == 0);
    }
    (void)nw_close(pair.server.stream);
}

static int cancel_all(void *arg)
{
    bool ended = false;

    (void)arg;
    client_context = tls_client(NULL);
    server_context = tls_server(NULL);
    cancel_handshake(true);
    cancel_handshake(false);
    for (int turns = 0; turns < 12; turns += scaled(4) < 4 ? 5 : 1) {
        cancel_traffic(turns, true, false, 4096);
        cancel_traffic(turns, false, true, 4096);
        cancel_traffic(turns, true, true, 4096);
        cancel_traffic(turns, true, true, 0);
    }
    for (int turns = 0; turns < 10 && !ended; turns++) {
        cancel_end(shut_down, turns, &ended);
        cancel_end(close_it, turns, &ended);
    }
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}

static void run_cancel_all(void)
{
    int fds = check_open_fds();

    CHECK_EQ(nw_run(cancel_all, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    content = tls_content(SIZE);
    tls_each_version(run_cancel_all);
    free(content);
    return 0;
}
