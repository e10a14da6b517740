/* SPDX-License-Identifier: MIT */
/*
 * A server on all loops of a run: each has a listener of its own at the same address (SO_REUSEPORT), so that
 * the kernel spreads the connections, and a server that shares nothing with the others. The task that has
 * called serves on its own loop, and is the last to end.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"

struct fleet {
    const nw_http_server_options *options;
    nw_http_handler *handler;
    void *context;
    char where[NW_ADDRESS_TEXT_BYTES + 8];
    nw_event stop; /* for all */
};

/* On one of the other loops. It belongs to the caller, who waits for `ended`. */
struct member {
    struct fleet *fleet;
    nw_event listening; /* or failed: see `result` */
    nw_event ended;
    int result;
    bool called;
};

/* Shielded: it comes. */
static void await_member(nw_event *event)
{
    int rc = nw_event_wait(event);

    assert(rc == 0);
    (void)rc;
}

struct stopper {
    struct fleet *fleet;
    nw_task *task;
};

static const nw_listen_options listen_options = {.buffer_bytes = NW__HTTP_BUFFER_BYTES, .reuse_port = true};

static int stop_when_told(void *arg)
{
    struct stopper *stopper = arg;
    int rc = nw_event_wait(&stopper->fleet->stop);

    if (rc == 0)
        nw_cancel(stopper->task);
    return rc;
}

/* Until the task is cancelled, which the stopper does. Closes the listener. */
static void serve_until_stopped(struct member *member, struct nw__http_server *server, nw_listener *listener)
{
    struct stopper stopper = {member->fleet, nw_task_self()};
    nw_task *task = nw_spawn(stop_when_told, &stopper);

    member->result = task ? 0 : -ENOMEM;
    nw_event_set(&member->listening);
    if (!task) {
        nw_listener_close(listener);
        return;
    }
    member->result = nw__http_server_accept(server, listener);
    nw_cancel(task);
    nw__http_server_drain(server, listener);
    (void)nw_await(task);
}

static int serve_member(void *arg)
{
    struct member *member = arg;
    struct fleet *fleet = member->fleet;
    struct nw__http_server server;
    nw_listener *listener;
    int rc = nw__http_server_init(&server, fleet->options, fleet->handler, fleet->context);

    if (rc == 0) {
        rc = nw_listen_with(&listen_options, fleet->where, &listener);
        if (rc == 0)
            serve_until_stopped(member, &server, listener);
        nw__http_server_finish(&server);
    }
    if (rc < 0) {
        member->result = rc;
        nw_event_set(&member->listening);
    }
    nw_event_set(&member->ended);
    return 0;
}

/* -- the caller's side -- */

static int call_member(struct fleet *fleet, struct member *member, nw_loop *loop)
{
    int rc;

    member->fleet = fleet;
    nw_event_init(&member->listening);
    nw_event_init(&member->ended);
    rc = nw_loop_call(loop, serve_member, member);
    member->called = rc == 0;
    return rc;
}

/* All that were called have a result when this returns, also when the caller is cancelled. */
static int call_members(struct fleet *fleet, struct member *members, unsigned count)
{
    nw_shield shield;
    int rc = 0;

    for (unsigned i = 0; i < count && rc == 0; i++)
        if (nw_loop_at(i) != nw_loop_current())
            rc = call_member(fleet, &members[i], nw_loop_at(i));
    nw_shield_begin(&shield);
    for (unsigned i = 0; i < count; i++) {
        if (!members[i].called)
            continue;
        await_member(&members[i].listening);
        if (rc == 0)
            rc = members[i].result;
    }
    nw_shield_end(&shield);
    return rc;
}

static void join_members(struct fleet *fleet, struct member *members, unsigned count)
{
    nw_shield shield;

    nw_shield_begin(&shield);
    nw_event_set(&fleet->stop);
    for (unsigned i = 0; i < count; i++) {
        if (members[i].called)
            await_member(&members[i].ended);
        if (!members[i].fleet)
            continue;
        nw_event_finish(&members[i].listening);
        nw_event_finish(&members[i].ended);
    }
    nw_shield_end(&shield);
}

/* The others' listeners are where the first is, whose port may have been any. */
static int find_where(const nw_listener *listener, struct fleet *fleet)
{
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_address address;
    int rc = nw_listener_address(listener, &address);

    if (rc == 0)
        rc = nw_address_text(&address, text, sizeof text);
    if (rc < 0)
        return rc;
    if (nw_address_port(&address) == 0)
        return -EINVAL; /* UNIX sockets cannot be shared like this */
    snprintf(fleet->where, sizeof fleet->where, "tcp://%s", text);
    return 0;
}

static int serve_fleet(struct fleet *fleet, struct nw__http_server *server, nw_listener *listener)
{
    unsigned count = nw_loop_count();
    struct member *members = calloc(count, sizeof *members);
    int rc = members ? find_where(listener, fleet) : -ENOMEM;

    if (rc == 0)
        rc = call_members(fleet, members, count);
    if (rc == 0 && server->options.on_listen)
        server->options.on_listen(listener, server->options.arg);
    if (rc == 0)
        rc = nw__http_server_accept(server, listener);
    nw_event_set(&fleet->stop);
    nw__http_server_drain(server, listener);
    if (members)
        join_members(fleet, members, count);
    free(members);
    return rc;
}

int nw__http_serve_on_all(const nw_http_server_options *options, nw_http_handler *handler, void *context)
{
    struct fleet fleet = {.options = options, .handler = handler, .context = context};
    struct nw__http_server server;
    nw_listener *listener;
    int rc = nw__http_server_init(&server, options, handler, context);

    if (rc < 0)
        return rc;
    nw_event_init(&fleet.stop);
    rc = nw_listen_with(&listen_options, options->where, &listener);
    if (rc == 0)
        rc = serve_fleet(&fleet, &server, listener);
    nw_event_finish(&fleet.stop);
    nw__http_server_finish(&server);
    return rc;
}
