/* SPDX-License-Identifier: MIT */
/*
 * The life of a WebSocket: how it is opened over an upgraded stream, and how it ends (RFC 6455, 7). Owns the
 * two tasks, the queues and, on a client's side, the stream. Whoever closes it sends all other tasks out of
 * its calls first.
 */
#include <nowait/net.h>
#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "http/server.h"
#include "http/websocket.h"

/* -- waiting -- */

int nw__ws_wait(struct nw__wait **slot, const char *what)
{
    struct nw__wait wait = {.interrupt = nw__wait_wake, .what = what};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    *slot = &wait;
    nw__wait_park(self, &wait);
    *slot = NULL;
    return self->interrupt;
}

/* For what ends by itself, soon: also in a task that is cancelled. */
static void wait_anyhow(struct nw__wait **slot)
{
    struct nw__wait wait = {.what = "websocket close"};

    *slot = &wait;
    nw__wait_park(nw__task_self(), &wait);
    *slot = NULL;
}

void nw__ws_wake(struct nw__wait *wait)
{
    if (wait)
        nw__wait_wake(wait);
}

int nw__ws_enter(nw_websocket *websocket)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (self && self->loop != websocket->loop)
        return -EINVAL;
    if (rc < 0)
        return rc;
    if (websocket->closing)
        return NW_ECLOSED;
    websocket->users++;
    return 0;
}

void nw__ws_leave(nw_websocket *websocket)
{
    if (--websocket->users == 0)
        nw__ws_wake(websocket->closer);
}

/* -- opening -- */

int nw__ws_check_options(const nw_websocket_options *options)
{
    if (!nw__reserved_unused(options) || options->ping_ns < 0 || options->close_timeout_ns < 0 ||
        options->message_limit_bytes > SSIZE_MAX || (options->protocol_count > 0 && !options->protocols) ||
        (options->header_count > 0 && !options->headers))
        return -EINVAL;
    return 0;
}

static void free_all(nw_websocket *websocket)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(&websocket->queue)))
        nw__ws_message_free(nw__container(link, struct nw__ws_message, link));
    nw__ws_message_free(websocket->given);
    nw__bytes_finish(&websocket->out);
    nw__bytes_finish(&websocket->flying);
    nw_mutex_finish(&websocket->turn);
    free(websocket->protocol);
    free(websocket);
}

static void fill_in(nw_websocket *websocket, const nw_websocket_options *options)
{
    nw_websocket_options *own = &websocket->options;

    *own = (nw_websocket_options){.message_limit_bytes = options->message_limit_bytes,
                                  .ping_ns = options->ping_ns == NW_FOREVER ? 0 : options->ping_ns,
                                  .close_timeout_ns = options->close_timeout_ns};
    if (own->message_limit_bytes == 0)
        own->message_limit_bytes = NW__WS_MESSAGE_LIMIT_BYTES;
    if (own->close_timeout_ns == 0)
        own->close_timeout_ns = NW__WS_CLOSE_TIMEOUT_NS;
}

static nw_websocket *create(const nw_websocket_options *options, const char *protocol)
{
    nw_websocket *websocket = calloc(1, sizeof *websocket);

    if (!websocket)
        return NULL;
    nw__list_init(&websocket->queue);
    nw__bytes_init(&websocket->out, SIZE_MAX);
    nw__bytes_init(&websocket->flying, SIZE_MAX);
    nw_mutex_init(&websocket->turn);
    fill_in(websocket, options);
    websocket->status = NW__WS_NO_CLOSE;
    websocket->key_at = sizeof websocket->keys;
    websocket->protocol = strdup(protocol);
    if (!websocket->protocol) {
        free_all(websocket);
        return NULL;
    }
    return websocket;
}

int nw__ws_open(nw_stream *stream, nw_http_exchange *exchange, const nw_websocket_options *options,
                const char *protocol, nw_websocket **websocket_out)
{
    static const nw_spawn_options reader = {.name = "websocket reader"};
    nw_websocket *websocket = create(options, protocol);

    if (!websocket)
        return -ENOMEM;
    websocket->loop = nw__task_self()->loop;
    websocket->stream = stream;
    websocket->exchange = exchange;
    websocket->client = !exchange;
    websocket->reader = nw_spawn_with(&reader, nw__ws_read_all, websocket);
    if (!websocket->reader) {
        free_all(websocket);
        return -ENOMEM;
    }
    nw_detach(websocket->reader);
    *websocket_out = websocket;
    return 0;
}

const char *nw_websocket_protocol(const nw_websocket *websocket)
{
    return websocket ? websocket->protocol : "";
}

/* -- closing -- */

/* Nobody gets in any more; who is inside only waits for what is ours, and leaves. */
static void send_out(nw_websocket *websocket)
{
    websocket->closing = true;
    nw__ws_wake(websocket->receiver);
    nw__ws_wake(websocket->sender);
    nw__ws_wake(websocket->room);
    while (websocket->users > 0)
        wait_anyhow(&websocket->closer);
}

/* There is no peer any more to say good-bye to. */
static bool is_broken(const nw_websocket *websocket)
{
    return websocket->ended && websocket->end < 0 && !websocket->said_bye;
}

/* Both have said good-bye, and ours is on its way. */
static int say_bye(nw_websocket *websocket, int status, nw_slice reason)
{
    int rc = 0;

    if (websocket->ended)
        nw__ws_answer_close(websocket);
    else
        rc = nw__ws_put_close(websocket, status, reason);
    if (rc == 0)
        rc = nw__ws_start_writer(websocket);
    while (rc == 0 && (!websocket->ended || websocket->writing))
        rc = nw__ws_wait(&websocket->closer, "websocket close");
    return rc < 0 ? rc : websocket->write_error;
}

/*
 * RFC 6455, 7.1.1: the server closes the connection first, so that its port is free at once. What is closed
 * while something is unread is reset, and the peer may lose our reason: so one that has broken the rules is
 * heard for a while.
 */
static void await_end(nw_websocket *websocket)
{
    if (websocket->end == 0 && !websocket->client)
        return;
    if (websocket->end < 0 && nw_shutdown(websocket->stream) < 0)
        return;
    nw__ws_skip_rest(websocket);
}

static void end_tasks(nw_websocket *websocket)
{
    if (!websocket->ended)
        nw_cancel(websocket->reader);
    if (websocket->writing)
        nw_cancel(websocket->writer);
    while (!websocket->ended || websocket->writing)
        wait_anyhow(&websocket->closer);
}

/* All that was said must have gone out before the stream ends as if it were whole. */
static void leave_stream(nw_websocket *websocket, bool in_time)
{
    nw_stream *stream = websocket->stream;
    nw_deadline at_once;

    if (!nw__ws_push(websocket)) {
        nw__stream_forget_output(stream);
        stream->transport->torn = true;
    }
    if (websocket->exchange) {
        websocket->exchange->websocket = NULL;
        return;
    }
    nw_deadline_begin(&at_once, in_time ? NW_FOREVER : 0);
    (void)nw_close(stream);
    (void)nw_deadline_end(&at_once);
}

static int close_with(nw_websocket *websocket, int status, nw_slice reason)
{
    nw_deadline deadline;
    struct nw__wait *leaver;
    int rc;

    send_out(websocket);
    nw_deadline_begin(&deadline, websocket->options.close_timeout_ns);
    rc = is_broken(websocket) ? websocket->end : say_bye(websocket, status, reason);
    if (rc == 0)
        await_end(websocket);
    (void)nw_deadline_end(&deadline);
    if (websocket->ended && websocket->end < 0)
        rc = websocket->end;
    end_tasks(websocket);
    leave_stream(websocket, rc == 0);
    leaver = websocket->leaver;
    free_all(websocket);
    nw__ws_wake(leaver);
    return rc;
}

int nw_websocket_close(nw_websocket *websocket, int status, const char *reason)
{
    nw_slice text = reason ? nw_slice_of(reason) : (nw_slice){"", 0};
    nw_task *self = nw__task_self();
    bool sensible = status == 0 || (status > 0 && nw__ws_status_valid((unsigned)status));
    int rc;

    if (!websocket)
        return 0;
    if (!self)
        return NW_ENOTASK;
    if (self->loop != websocket->loop)
        return -EINVAL;
    if (websocket->closing)
        return -EBADF;
    sensible = sensible && text.size <= NW__WS_REASON_MAX && nw_utf8_check(text, NULL) == 0;
    rc = close_with(websocket, sensible && status ? status : NW__WS_NORMAL,
                    sensible ? text : (nw_slice){"", 0});
    return sensible ? rc : -EINVAL;
}

void nw__ws_go_away(nw_websocket *websocket)
{
    if (!websocket->ended && nw__ws_put_close(websocket, NW__WS_GOING_AWAY, (nw_slice){"", 0}) == 0)
        (void)!nw__ws_start_writer(websocket);
}

void nw__ws_abandon(nw_websocket *websocket, int result)
{
    int status = nw_interrupted() ? NW__WS_GOING_AWAY : result < 0 ? NW__WS_TROUBLE : NW__WS_NORMAL;

    if (websocket->closing)
        wait_anyhow(&websocket->leaver);
    else
        (void)close_with(websocket, status, (nw_slice){"", 0});
}
