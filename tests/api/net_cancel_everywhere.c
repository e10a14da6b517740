/* SPDX-License-Identifier: MIT */
/*
 * Calls of the network, cancelled after k turns of the loop, k = 0, 1, 2, ...: no descriptor stays behind,
 * and no connection is lost that somebody could still accept.
 */
#include "../support/runtime.h"

static nw_listener *listener;
static char place[64];
static nw_udp *udp;

static int connect_to_it(void *arg)
{
    nw_stream *stream;
    int rc = nw_connect(place, &stream);

    (void)arg;
    return rc < 0 ? rc : nw_close(stream);
}

/* By a name: "localhost" is in /etc/hosts, if anywhere. */
static int connect_by_name(void *arg)
{
    nw_connect_options options = {.attempt_delay_ns = NW_MS(10), .timeout_ns = NW_SEC(20)};
    char by_name[96];
    nw_stream *stream;
    int rc;

    (void)arg;
    snprintf(by_name, sizeof by_name, "tcp://localhost%s", strrchr(place, ':'));
    nw_resolve_forget();
    rc = nw_connect_with(&options, by_name, &stream);
    return rc < 0 ? (rc == NW_ENOHOST || rc == -EAGAIN ? 0 : rc) : nw_close(stream);
}

static int accept_one(void *arg)
{
    nw_stream *stream;
    int rc = nw_accept(listener, &stream);

    (void)arg;
    return rc < 0 ? rc : nw_close(stream);
}

static int accept_with_peer(void *arg)
{
    nw_task *peer = nw_spawn(connect_to_it, NULL);
    int rc = accept_one(arg), theirs = nw_await(peer);

    return rc < 0 ? rc : theirs;
}

static int listen_and_close(void *arg)
{
    nw_listener *own;
    int rc = nw_listen("unix:./socket", &own);

    (void)arg;
    if (rc < 0)
        return rc;
    nw_listener_close(own);
    return 0;
}

static int echo(void *arg)
{
    nw_stream *here;
    char data[4];
    int rc;

    (void)arg;
    rc = nw_connect(place, &here);
    if (rc < 0)
        return rc;
    rc = (int)nw_write(here, "ping", 4);
    if (rc == 4)
        rc = nw_shutdown(here);
    if (rc == 0)
        rc = (int)nw_read(here, data, sizeof data); /* nobody answers */
    int closed = nw_close(here);
    return rc < 0 ? rc : closed;
}

static int receive(void *arg)
{
    char data[4];

    (void)arg;
    return (int)nw_udp_receive(udp, data, sizeof data, NULL);
}

static int resolve(void *arg)
{
    nw_addresses addresses;
    int rc;

    (void)arg;
    nw_resolve_forget();
    rc = nw_resolve("localhost", "80", &addresses);
    if (rc == 0)
        nw_addresses_finish(&addresses);
    return rc == NW_ENOHOST || rc == -EAGAIN ? 0 : rc;
}

static const struct {
    const char *name;
    nw_task_fn *fn;
} scenarios[] = {
    {"connect", connect_to_it},   {"connect by name", connect_by_name},
    {"accept", accept_one},       {"accept with peer", accept_with_peer},
    {"listen", listen_and_close}, {"echo", echo},
    {"receive", receive},         {"resolve", resolve},
};

/* Take in all that were connected: each of them is there. */
static void accept_rest(void)
{
    nw_stream *stream;
    nw_deadline deadline;
    int rc;

    do {
        nw_deadline_begin(&deadline, 0);
        rc = nw_accept(listener, &stream);
        (void)nw_deadline_end(&deadline);
        if (rc == 0)
            CHECK_EQ(nw_close(stream), 0);
    } while (rc == 0);
}

/* A look-up that nobody waits for any more goes on, with descriptors of its own: until it has ended. */
static void await_look_up(void)
{
    nw_addresses addresses;

    if (nw_resolve("localhost", "80", &addresses) == 0)
        nw_addresses_finish(&addresses);
}

static bool cancel_after(const char *name, nw_task_fn *fn, int turns)
{
    int open_before, rc;
    nw_task *task;

    accept_rest();
    open_before = check_open_fds();
    task = nw_spawn(fn, NULL);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
    nw_cancel(task);
    rc = nw_await(task);
    await_look_up();
    if (rc != 0 && rc != -ECANCELED)
        check_fail(__FILE__, __LINE__, "%s after %d turns: %s", name, turns, nw_strerror(rc));
    if (check_open_fds() != open_before)
        check_fail(__FILE__, __LINE__, "%s after %d turns: descriptors leak", name, turns);
    if (check_count_entries(".") != 0)
        check_fail(__FILE__, __LINE__, "%s after %d turns: a file is left", name, turns);
    return rc == -ECANCELED;
}

static int first(void *arg)
{
    nw_address address;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    CHECK_EQ(nw_listen("tcp://:0", &listener), 0);
    CHECK_EQ(nw_udp_open(NULL, NULL, &udp), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    CHECK_EQ(connect_by_name(NULL), 0); /* what the C library opens once, it has open */
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        int cancelled = 0;
        for (int turns = 0; turns < scaled(30); turns++)
            cancelled += cancel_after(scenarios[i].name, scenarios[i].fn, turns);
        CHECK(cancelled > 0);
    }
    accept_rest();
    nw_udp_close(udp);
    nw_listener_close(listener);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
