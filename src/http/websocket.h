/* SPDX-License-Identifier: MIT */
/*
 * What the files of WebSockets share: an open one, of either side.
 *
 * Nobody but two tasks of its own touches its stream: the reader, there from the beginning, takes frames
 * apart, answers pings, and puts whole messages into a queue; the writer, there while there is something to
 * write, sends what lies in `out`. Users' calls take from the queue and append to `out`, whole frames only.
 * So a call that is cancelled leaves no frame half written, and whoever closes ends the two and has the
 * stream for itself.
 */
#ifndef NW_HTTP_WEBSOCKET_H
#define NW_HTTP_WEBSOCKET_H

#include <nowait/websocket.h>

#include "base/bytes.h"
#include "base/list.h"
#include "http/websocket_frame.h"
#include "stream/stream.h"
#include "task/task.h"

#define NW__WS_MESSAGE_LIMIT_BYTES ((size_t)16 << 20)
#define NW__WS_CLOSE_TIMEOUT_NS    NW_SEC(5)
/* In the queue, unasked: a message is begun to be read only while there is less. */
#define NW__WS_AHEAD_BYTES ((size_t)64 * 1024)
/* In `out`: a message is taken only while there is less. */
#define NW__WS_BEHIND_BYTES ((size_t)64 * 1024)
/* A buffer that is larger is not kept. */
#define NW__WS_KEPT_BYTES ((size_t)64 * 1024)

struct nw__ws_message {
    struct nw__link link; /* in nw_websocket.queue */
    enum nw_websocket_type type;
    struct nw__bytes bytes;
};

struct nw_websocket {
    nw_loop *loop;
    nw_stream *stream;
    nw_http_exchange *exchange;   /* whose stream it is; NULL: of a client, which owns it */
    nw_websocket_options options; /* numbers only, with the defaults filled in */
    char *protocol;
    bool client;

    /* Reading. */
    nw_task *reader;
    bool ended;    /* the reader has; nothing more comes */
    int end;       /* 0: the peer has said good-bye; else why it ended */
    int status;    /* the peer's */
    bool receives; /* the user does */
    bool pinged;   /* for want of news, and none came since */
    struct nw__list queue;
    size_t queued_bytes;
    struct nw__ws_message *building; /* not whole yet */
    size_t whole_bytes;              /* of it, that were found to be UTF-8 */
    struct nw__ws_message *given;    /* to the user, until the next call */

    /* Writing. */
    nw_task *writer;
    bool writing;         /* the writer is there */
    int write_error;      /* nothing can be sent any more */
    struct nw__bytes out; /* whole frames */
    struct nw__bytes flying;
    size_t flown_bytes;
    bool pong_wanted; /* RFC 6455, 5.5.3: an answer to the last ping will do */
    bool said_bye;    /* our close is in `out`: no frame follows */
    uint8_t pong_bytes;
    char pong[NW__WS_CONTROL_MAX];
    nw_mutex turn; /* of those who send */
    unsigned char keys[64];
    size_t key_at;

    /* Who waits. */
    struct nw__wait *receiver; /* for a message, or the end */
    struct nw__wait *sender;   /* whose turn it is: for room in `out` */
    struct nw__wait *room;     /* the reader: for room in the queue */
    struct nw__wait *closer;
    struct nw__wait *leaver; /* the handler has returned while another task closes */
    unsigned users;          /* calls that are inside */
    bool closing;
};

/* -- websocket.c -- */

/*
 * A WebSocket over a stream that was upgraded, which it owns when it is a client's. `protocol`: agreed on.
 * Errors: -ENOMEM; the stream stays the caller's then.
 */
NW_CHECK int nw__ws_open(nw_stream *stream, nw_http_exchange *exchange, const nw_websocket_options *options,
                         const char *protocol, nw_websocket **websocket_out);
/* Errors: -EINVAL: options that make no sense. */
NW_CHECK int nw__ws_check_options(const nw_websocket_options *options);
/* The server takes no more requests: say good-bye, as 1001. What comes can be received up to the peer's. */
void nw__ws_go_away(nw_websocket *websocket);
/* The handler has returned `result` and has not closed it. */
void nw__ws_abandon(nw_websocket *websocket, int result);
/* Wait in `slot` until woken, or the task is interrupted: the caller looks again what there is. */
NW_CHECK int nw__ws_wait(struct nw__wait **slot, const char *what);
void nw__ws_wake(struct nw__wait *wait);
/* A user's call begins; followed by leave(), unless it failed. Errors: also NW_ECLOSED. */
NW_CHECK int nw__ws_enter(nw_websocket *websocket);
void nw__ws_leave(nw_websocket *websocket);

/* -- websocket_read.c -- */

/* The reader. */
int nw__ws_read_all(void *websocket);
/* The peer has said good-bye: so do we. */
void nw__ws_answer_close(nw_websocket *websocket);
/* The reader has ended: read what still comes, up to the end, or to as much as a message. */
void nw__ws_skip_rest(nw_websocket *websocket);
void nw__ws_message_free(struct nw__ws_message *message); /* accepts NULL */

/* -- websocket_write.c -- */

/* Append a frame. Errors: -ENOMEM, -EIO (no random numbers); nothing was appended then. */
NW_CHECK int nw__ws_put(nw_websocket *websocket, enum nw__ws_opcode opcode, nw_slice payload);
/* Append our close, unless that was done; 1005: without a status. */
NW_CHECK int nw__ws_put_close(nw_websocket *websocket, int status, nw_slice reason);
/* What was appended is written by and by. */
NW_CHECK int nw__ws_start_writer(nw_websocket *websocket);
/* What goes without waiting, when no writer is there. Returns: that was all. */
bool nw__ws_push(nw_websocket *websocket);

#endif
