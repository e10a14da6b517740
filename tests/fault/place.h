/* SPDX-License-Identifier: MIT */
/*
 * A server for the tests in this folder: serves at a free port, and says at which.
 */
#ifndef FAULT_PLACE_H
#define FAULT_PLACE_H

#include "fault.h"

struct place {
    nw_http_handler *handler;
    void *context;      /* of the handler */
    const char *scheme; /* what comes before the address in `where` */
    const char *path;   /* and behind it */
    void (*on_error)(int error, const char *what, const nw_address *peer, void *arg);
    nw_event ready; /* it listens, or has failed */
    char where[NW_ADDRESS_TEXT_BYTES + 16];
    int result;
};

static void place_listens(const nw_listener *listener, void *arg)
{
    struct place *place = arg;
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    snprintf(place->where, sizeof place->where, "%s%s%s", place->scheme, text, place->path);
    nw_event_set(&place->ready);
}

/* A task. */
static int place_serve(void *arg)
{
    struct place *place = arg;
    nw_http_server_options options = {
        .where = "tcp://127.0.0.1:0", .on_listen = place_listens, .on_error = place->on_error, .arg = place};

    place->result = nw_http_serve(&options, place->handler, place->context);
    nw_event_set(&place->ready);
    return place->result;
}

/* Serve there while ask(where, i) is called for each i below `count`, each until it returns 0: one failure in
 * all is allowed. Returns: 0; -ENOMEM: it could not begin. */
static int place_ask(struct place *place, int (*ask)(const char *where, size_t i), size_t count)
{
    int failures = 0;

    nw_event_init(&place->ready);
    nw_task *task = nw_spawn(place_serve, place);
    if (!task)
        return -ENOMEM;
    CHECK_EQ(nw_event_wait(&place->ready), 0);
    if (place->result < 0) {
        CHECK_EQ(nw_await(task), -ENOMEM);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        while (ask(place->where, i) < 0)
            CHECK(++failures < 2);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 0);
    nw_event_finish(&place->ready);
    return 0;
}

#endif
