/* SPDX-License-Identifier: MIT */
/*
 * What the files of the server share: a server on one loop, its connections, and the exchange that a handler
 * sees. What replies are made of on top of it (files, WebSocket, routes) uses the part below "for what stands
 * on exchanges", and reads the exchange; it changes `params` and `lines` only.
 *
 * A connection is a task with a stream. All that a request needs is in the exchange, which is taken from a
 * list of the server's when the first byte of a request has come, and given back before the next is waited
 * for: a connection that is idle has none.
 */
#ifndef NW_HTTP_SERVER_H
#define NW_HTTP_SERVER_H

#include <nowait/http_server.h>

#include "http/body.h"
#include "http/wire.h"
#include "loop/loop.h"
#include "task/task.h"

struct nw__http_server;
struct nw__http_connection;

/* What a part of a route's pattern stands for; both are the router's memory. */
struct nw__http_param {
    const char *name;
    const char *value; /* decoded */
};

/* A string that lives as long as the exchange. */
struct nw__http_kept {
    struct nw__http_kept *next;
    char text[];
};

enum nw__http_reply_state {
    NW__HTTP_NO_REPLY = 0,
    NW__HTTP_REPLY_BODY, /* the head is written, content follows */
    NW__HTTP_REPLIED,    /* all of it is written */
    NW__HTTP_UPGRADED,   /* the connection is the handler's */
    NW__HTTP_REPLY_BROKEN,
};

struct nw_http_exchange {
    struct nw__http_connection *connection;
    struct nw__http_wire wire;
    struct nw__link spare; /* in nw__http_server.spare */
    int64_t began_ns;      /* the first byte of the request was seen */

    /* The request. The strings lie in `text`, each with its NUL. */
    struct nw__bytes text;
    const char *method;
    const char *target;
    const char *path;  /* decoded, without dots */
    const char *query; /* "" when there is none */
    bool to_head;      /* the method is HEAD */
    bool body_wanted;  /* the client knows that the body is read: it has begun to come, or 100 was sent */
    bool reads_on;     /* the reply is a stream, and its handler has opened the body: it may read all of it */
    nw_form form;      /* of the query; `form_known`: it was taken apart */
    bool form_known;
    struct nw__http_kept *kept; /* strings that were given out */
    struct nw__http_multipart *multipart;
    const struct nw__http_param *params;
    size_t param_count;

    /* The reply. */
    enum nw__http_reply_state reply;
    int status;
    int64_t size_bytes;             /* announced; -1: not known */
    int64_t sent_bytes;             /* of the content; with what is in the connection's buffer still */
    bool close;                     /* this is the connection's last reply */
    bool has_date;                  /* the handler has said its own */
    bool has_server;                /* the same */
    nw_stream *out;                 /* the content, while it is written to a stream */
    struct nw_websocket *websocket; /* what it was upgraded to, until that is closed */
    bool out_discards;              /* what is written to it is not sent: HEAD, 204, 205, 304 */
    struct nw__bytes head;
    nw_slice lines;          /* for nw__http_reply_begin(): whole lines for the head, known to be good */
    nw_http_headers fields;  /* of the handler's */
    nw_http_headers trailer; /* the same, after the content */
};

/* -- for what stands on exchanges -- */

/*
 * Begin the reply: its head is written to the connection's stream. `size_bytes`: of the content that follows;
 * -1: not known. `media_type` is known to be good; NULL: none. Returns: 1: the content is to be sent; 0: it
 * must not be (HEAD; 204, 205, 304), and the reply is complete. Errors: -EALREADY, -EINVAL; those of writing:
 * the connection is good for nothing.
 */
NW_CHECK int nw__http_reply_begin(nw_http_exchange *exchange, int status, const char *media_type,
                                  int64_t size_bytes);
/*
 * The connection's stream. Content of a known size may be sent to it, as by nw__stream_send_file(), in place
 * of nw_http_reply_stream(), and is told to nw__http_reply_sent(); the server flushes.
 */
nw_stream *nw__http_exchange_stream(const nw_http_exchange *exchange);
/* The same for what is in memory: all of it is written, and told. */
NW_CHECK int nw__http_reply_write(nw_http_exchange *exchange, const void *data, size_t size_bytes);
/* So much of the content was written; negative `error`: and then no more of it. */
void nw__http_reply_sent(nw_http_exchange *exchange, int64_t bytes, int error);
/* Reply with a status, and the same in words as text. */
NW_CHECK int nw__http_reply_status(nw_http_exchange *exchange, int status);

#endif
