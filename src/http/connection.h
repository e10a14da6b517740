/* SPDX-License-Identifier: MIT */
/*
 * A server on one loop, and its connections: private to the files server*.c.
 *
 * A connection is in one stage at a time, and in the list of that stage, in the order in which they came into
 * it. So time limits cost a request neither timers nor looks at the clock: a sweep, a few times in the
 * shortest of them, looks at the oldest of each list.
 */
#ifndef NW_HTTP_CONNECTION_H
#define NW_HTTP_CONNECTION_H

#include "http/server.h"

enum nw__http_stage {
    NW__HTTP_IDLE,   /* between two requests, or before TLS is up */
    NW__HTTP_ASLEEP, /* the same, for longer: it has given back what memory it can */
    NW__HTTP_HEAD,   /* a request has begun to come */
    NW__HTTP_WORK,   /* the handler has it: bodies have limits of their own */
    NW__HTTP_SEND,   /* the last of a reply goes out */
    NW__HTTP_LINGER, /* refused, or the last request: what still comes is read and forgotten */
    NW__HTTP_STAGES,
};

#define NW__HTTP_CONNECTIONS_DEFAULT 10240
#define NW__HTTP_SHED_CONNECTIONS    64 /* beyond the limit: those that are told so */
#define NW__HTTP_SPARE_EXCHANGES     64
#define NW__HTTP_BUFFER_BYTES        16384 /* of a connection's stream, each way */
/* The buffers of both sides' sockets hold up to 4 and 6 MiB by default. */
#define NW__HTTP_LINGER_BYTES    ((int64_t)16 << 20)
#define NW__HTTP_LINGER_NS       NW_SEC(2)
#define NW__HTTP_DATE_LINE_BYTES (6 + NW_HTTP_DATE_BYTES - 1 + 2)

/* On one loop. */
struct nw__http_server {
    nw_http_server_options options; /* with the defaults filled in */
    nw_http_handler *handler;
    void *context;
    nw_loop *loop;
    bool draining; /* no more requests */

    struct nw__list stages[NW__HTTP_STAGES]; /* connections, by `in_stage`, the oldest first */
    int64_t limits_ns[NW__HTTP_STAGES];      /* how long a connection may be in it; NW_FOREVER */
    struct nw__timer sweep;
    int64_t sweep_ns;
    size_t count;      /* of connections */
    size_t shed_count; /* of these, those that are only told that there are too many */
    nw_group tasks;
    nw_event left; /* set when one has ended */

    struct nw__list spare; /* exchanges */
    size_t spare_count;
    char date[NW__HTTP_DATE_LINE_BYTES + 1]; /* "Date: ...\r\n" */
    int64_t date_until_ns;
    char server_field[80]; /* "Server: ...\r\n", or "" */
    size_t server_field_bytes;
};

struct nw__http_connection {
    struct nw__http_server *server;
    struct nw__link in_stage;
    enum nw__http_stage stage;
    int64_t since_ns; /* when the stage began */
    nw_task *task;
    nw_stream *stream;
    nw_http_exchange *exchange; /* NULL: idle */
    nw_deadline deadline;       /* passes when a stage has lasted too long */
    int64_t requests;
    bool timed_out;
    bool shed;
    bool unread; /* the peer may be sending still: linger */
    nw_address peer;
};

/* -- server.c -- */

/* `options` with the defaults filled in; `listener` stays the caller's. Errors: -EINVAL. */
NW_CHECK int nw__http_server_init(struct nw__http_server *server, const nw_http_server_options *options,
                                  nw_http_handler *handler, void *context);
void nw__http_server_finish(struct nw__http_server *server);
/* Take connections from the listener until the calling task is cancelled. Returns: 0; -EBADF: it was closed.
 */
NW_CHECK int nw__http_server_accept(struct nw__http_server *server, nw_listener *listener);
/* Close the listener (NULL: none), and let the requests that have begun end, for as long as the options say;
 * then none is left. */
void nw__http_server_drain(struct nw__http_server *server, nw_listener *listener);

/* -- server_loops.c -- */

/* Serve on all loops of the run, as nw_http_serve(). `options` with the defaults filled in. */
NW_CHECK int nw__http_serve_on_all(const nw_http_server_options *options, nw_http_handler *handler,
                                   void *context);

/* -- server_connection.c -- */

/* Serve `stream`, which belongs to the connection unless this fails. Errors: -ENOMEM, those of spawning. */
NW_CHECK int nw__http_connection_open(struct nw__http_server *server, nw_stream *stream,
                                      const nw_address *peer, bool shed);
void nw__http_server_tell(const struct nw__http_server *server, int error, const char *what,
                          const nw_address *peer);

/* Flush, within the time that a client has to take what it is sent. */
NW_CHECK int nw__http_connection_flush(struct nw__http_connection *connection);

/* -- server_clock.c -- */

void nw__http_clock_init(struct nw__http_server *server);
void nw__http_clock_finish(struct nw__http_server *server);
/* A connection joins, in the stage IDLE. Errors: -ENOMEM. */
NW_CHECK int nw__http_clock_join(struct nw__http_connection *connection);
void nw__http_clock_leave(struct nw__http_connection *connection);
void nw__http_clock_stage(struct nw__http_connection *connection, enum nw__http_stage stage);
/* "Date: ...\r\n" (RFC 9110, 6.6.1), NW__HTTP_DATE_LINE_BYTES long. */
const char *nw__http_clock_date(struct nw__http_server *server);

/* -- exchange.c -- */

/* Errors: -ENOMEM. */
NW_CHECK int nw__http_exchange_take(struct nw__http_connection *connection, nw_http_exchange **exchange_out);
/* It is kept for the next request of any connection, when this one was read to its end. */
void nw__http_exchange_give(nw_http_exchange *exchange);
void nw__http_exchanges_free(struct nw__http_server *server);
/* Its head was read: take the target apart (RFC 9112, 3.2). Returns: 0, or the status that refuses it. */
int nw__http_exchange_begin(nw_http_exchange *exchange);

/* -- exchange_path.c -- */

/*
 * The path of a target, decoded once and then without "." and ".." (RFC 3986, 5.2.4), into `path_out`, which
 * has room for `path` and a NUL. Errors: -EINVAL: it cannot be decoded, has a NUL, or climbs above "/".
 */
NW_CHECK int nw__http_path_decode(nw_slice path, char *path_out);

/* -- reply.c -- */

/* NULL, or something that may stand in a head. */
bool nw__http_may_be_media_type(const char *media_type);

/* Write the head that switches protocols. */
NW_CHECK int nw__http_reply_switch(nw_http_exchange *exchange);

/* The connection takes no more of the reply: what is in its buffer was not sent. */
void nw__http_reply_lost(nw_http_exchange *exchange);

/* -- reply_end.c -- */

/* The handler has returned `result`: complete its reply, or reply in its place. */
void nw__http_reply_finish(nw_http_exchange *exchange, int result);
/* The server's own answer to what no handler sees. `why`: a word more; NULL: none. */
void nw__http_reply_refuse(nw_http_exchange *exchange, int status, const char *why);

/* -- server_log.c -- */

/* A line of the access log. */
void nw__http_log(const nw_http_exchange *exchange);

#endif
