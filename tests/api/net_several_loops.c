/* SPDX-License-Identifier: MIT */
/*
 * Several loops listen at one port (`reuse_port`), and each connection reaches exactly one of them; without
 * the option the second is refused.
 */
#include <stdatomic.h>

#include "../support/runtime.h"

#define LOOPS       3
#define CONNECTIONS 200

static atomic_int accepted, listening, finished;
static atomic_uint port;

static int answer(void *arg)
{
    CHECK_EQ(nw_write(arg, "x", 1), 1);
    return nw_close(arg);
}

static int serve(void *arg)
{
    nw_stream *stream;
    int rc;

    while ((rc = nw_accept(arg, &stream)) == 0) {
        atomic_fetch_add(&accepted, 1);
        nw_detach(nw_spawn(answer, stream));
    }
    return rc == -EBADF ? 0 : rc;
}

static nw_listener *listen_at(unsigned at)
{
    nw_listen_options options = {.reuse_port = true};
    nw_listener *listener;
    nw_address address;
    char place[64];

    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", at);
    CHECK_EQ(nw_listen_with(&options, place, &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    if (at == 0)
        atomic_store(&port, nw_address_port(&address));
    return listener;
}

static void connect_all(void)
{
    char place[64], byte[2];
    nw_listener *other;
    nw_stream *stream;

    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", atomic_load(&port));
    CHECK_EQ(nw_listen(place, &other), -EADDRINUSE);
    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK_EQ(nw_connect(place, &stream), 0);
        CHECK_EQ(nw_read(stream, byte, 2), 1);
        CHECK_EQ(nw_close(stream), 0);
    }
}

static int on_other_loop(void *arg)
{
    nw_listener *listener = listen_at(atomic_load(&port));
    nw_task *server = nw_spawn(serve, listener);

    (void)arg;
    atomic_fetch_add(&listening, 1);
    while (!atomic_load(&finished))
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    nw_listener_close(listener);
    CHECK_EQ(nw_await(server), 0);
    atomic_fetch_sub(&listening, 1);
    return 0;
}

static int first(void *arg)
{
    nw_listener *listener = listen_at(0);
    nw_task *server = nw_spawn(serve, listener);

    (void)arg;
    CHECK_EQ(nw_loop_count(), LOOPS);
    for (unsigned i = 1; i < LOOPS; i++)
        CHECK_EQ(nw_loop_call(nw_loop_at(i), on_other_loop, NULL), 0);
    while (atomic_load(&listening) < LOOPS - 1)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    connect_all();
    atomic_store(&finished, 1);
    while (atomic_load(&listening) > 0)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    nw_listener_close(listener);
    return nw_await(server);
}

int main(void)
{
    nw_run_options options = {.loops = LOOPS};

    CHECK_EQ(nw_run_with(&options, first, NULL), 0);
    CHECK_EQ(atomic_load(&accepted), CONNECTIONS);
    return 0;
}
