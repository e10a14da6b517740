/* SPDX-License-Identifier: MIT */
/** @file
 * The HTTP server: a task per connection, which calls the handler for each request.
 *
 * A handler reads the request from its exchange, replies, and returns; it may wait, spawn, read files.
 * Strings that the calls give live until it returns. A handler that returns without a reply sends an empty
 * 204, or, when it returns an error, a 500 (-ENOENT: 404, -EACCES: 403, -ETIMEDOUT: 503, -EMSGSIZE, -EFBIG:
 * 413). What it has not read of the request's body is skipped, or the connection closed when it is long.
 */
#ifndef NOWAIT_HTTP_SERVER_H
#define NOWAIT_HTTP_SERVER_H

#include <nowait/base.h>
#include <nowait/http_message.h>
#include <nowait/log.h>
#include <nowait/net.h>
#include <nowait/stream.h>
#include <nowait/tls.h>

NW_BEGIN_DECLS

/** A request and its reply. */
typedef struct nw_http_exchange nw_http_exchange;

/** Called in a task for each request. With several loops, on each of them at the same time. */
typedef int nw_http_handler(nw_http_exchange *exchange, void *context);

/** How to serve. All zero but for `where` or `listener` means the defaults. All of it is borrowed until
 *  nw_http_serve() returns. */
typedef struct nw_http_server_options {
    const char *where;         /**< as nw_listen() */
    nw_listener *listener;     /**< instead: one that was made before; stays the caller's */
    const nw_tls_context *tls; /**< serve HTTPS; made by nw_tls_server_create() */
    bool all_loops;            /**< serve on every loop of this nw_run; needs `where` */
    unsigned connections;      /**< of each loop; more get a 503 (not over TLS) and are closed; 0: 10,240 */
    size_t header_limit_bytes; /**< request line and fields; 0: 16 KiB; more is a 431, or a 414 */
    unsigned header_limit;     /**< fields; 0: 100 */
    int64_t body_limit_bytes;  /**< 0: 1 GiB; more is a 413; -1: no limit. A handler can set its own */
    int64_t header_timeout_ns; /**< from the first byte of a request to the end of its fields; 0: 10 s: 408 */
    int64_t body_timeout_ns;   /**< between two pieces of a body, either way; 0: 30 s; of a request: 408 */
    int64_t idle_timeout_ns;   /**< between two requests of a connection; 0: 60 s */
    int64_t requests_per_connection; /**< 0: no limit */
    int64_t drain_ns;        /**< once cancelled: how long requests may take to end; 0: 10 s; -1: no time */
    nw_logger *access_log;   /**< a line a request, in the combined format, and then how many seconds it took.
                                  A line has its time: open it with an empty time_format; NULL: none */
    const char *server_name; /**< of the Server field; NULL: "nowait"; "": none */
    void (*on_listen)(const nw_listener *listener, void *arg); /**< called once, when connections are taken */
    /** Called for what goes wrong in accepting ("accept", no peer) and in a connection ("tls", "handler",
     *  "request", "reply", "send"), on its loop; NULL: nobody. Must not wait. */
    void (*on_error)(int error, const char *what, const nw_address *peer, void *arg);
    void *arg;               /**< handed to both */
    int64_t body_rate_bytes; /**< of a request's body, a second: what has come must be as much as that, on the
                                  average, but for `body_timeout_ns`; else a 408; 0: 500; -1: any rate. Only
                                the time that is spent waiting for the client counts */
    int64_t reply_rate_bytes; /**< the same of a reply: what the client has taken of it; else it is reset */
    uint64_t reserved[6];     /**< zero; anything else is -EINVAL */
} nw_http_server_options;

/**
 * Serve until the calling task is cancelled, or runs into a deadline: then stop listening, let the
 * requests that have begun end (with "Connection: close"), close the idle connections, and return.
 *
 * Returns: 0 once cancelled. Errors: those of nw_listen_with(); accepting goes on in spite of errors.
 */
NW_API NW_CHECK int nw_http_serve(const nw_http_server_options *options, nw_http_handler *handler,
                                  void *context);

/* -- the request -- */

/** "GET". */
NW_API const char *nw_http_method(const nw_http_exchange *exchange);
/** As it came: "/a%20b?c=d". */
NW_API const char *nw_http_target(const nw_http_exchange *exchange);
/**
 * The path, decoded once, and then without "." and "..": "/a b". One that cannot be is a 400 before the
 * handler. Bytes are bytes: "%2F" reads "/", and what is no UTF-8 comes through. "OPTIONS *" gets no handler.
 */
NW_API const char *nw_http_path(const nw_http_exchange *exchange);
/** The first value of that name in the query, decoded; NULL: there is none. */
NW_API const char *nw_http_query(nw_http_exchange *exchange, const char *name);
/** The query as it came, without the "?"; "" when there is none. */
NW_API const char *nw_http_query_text(const nw_http_exchange *exchange);
/**
 * The first value of a field; NULL: there is none. "Host" is the host that is meant: of "GET http://a/ ..."
 * it is "a", whatever the field said (RFC 9112, 3.2.2).
 */
NW_API const char *nw_http_header(const nw_http_exchange *exchange, const char *name);
/** All fields, as nw_http_header() gives them. */
NW_API const nw_http_headers *nw_http_headers_of(const nw_http_exchange *exchange);
/** What a route's "{name}" stands for, decoded; NULL: there is none. */
NW_API const char *nw_http_param(const nw_http_exchange *exchange, const char *name);
/** The value of a cookie; NULL: there is none. */
NW_API const char *nw_http_cookie(nw_http_exchange *exchange, const char *name);
/** Who asks. */
NW_API const nw_address *nw_http_peer(const nw_http_exchange *exchange);
/** The connection's TLS. Errors: -EINVAL: there is none. */
NW_API NW_CHECK int nw_http_tls(const nw_http_exchange *exchange, nw_tls_info *info_out);
/** The body's length; 0: there is none; -1: it comes in chunks. */
NW_API int64_t nw_http_length(const nw_http_exchange *exchange);
/** From now on, the limit of this request's body; -1: none. */
NW_API void nw_http_limit_body(nw_http_exchange *exchange, int64_t limit_bytes);
/** The body, to be read; sends "100 Continue" when the client waits for it. Belongs to the exchange. NULL: no
 *  memory, or after nw_http_upgrade(); nw_read() then says -EINVAL. */
NW_API nw_stream *nw_http_body(nw_http_exchange *exchange);
/** The whole body. Errors: -EFBIG: more than `limit_bytes` (0: no limit but the body's); NW_ETRUNCATED;
 *  -ETIMEDOUT; those of nw_read(). */
NW_API NW_CHECK int nw_http_read(nw_http_exchange *exchange, size_t limit_bytes, nw_bytes *body_out);
/** The fields after a body in chunks, once it was read; before, NULL. */
NW_API const nw_http_headers *nw_http_trailers(const nw_http_exchange *exchange);

/** A part of a multipart/form-data body. All of it is good until the next call, and the exchange's. */
typedef struct nw_http_form_part {
    const char *name;       /**< of the field, as the client says it */
    const char *file_name;  /**< as the client says it: not safe as a path; NULL: no file */
    const char *media_type; /**< NULL: not said */
    nw_stream *body;        /**< up to the part's end */
} nw_http_form_part;

/**
 * The next part of a multipart/form-data body; what was not read of the one before is skipped.
 *
 * Returns: 1; 0: there are no more. Errors: -EINVAL: no such body; NW_EPROTOCOL: a malformed one; -EMSGSIZE:
 * a part with more than 64 KiB of fields; -E2BIG: more than 1,000 parts; those of nw_http_read().
 */
NW_API NW_CHECK int nw_http_next_part(nw_http_exchange *exchange, nw_http_form_part *part_out);

/* -- the reply: once an exchange, then -EALREADY -- */

/**
 * Add a field to the reply; before it is sent. Of "Connection" only "close".
 * Errors: -EINVAL: also for Content-Length and Transfer-Encoding, which follow from the content; -ENOMEM,
 *         -EALREADY.
 */
NW_API NW_CHECK int nw_http_reply_header(nw_http_exchange *exchange, const char *name, const char *value);
/**
 * Reply with these bytes. `status`: 200 to 599. `media_type` NULL: none is said.
 * Errors, of all that reply: -EINVAL, -EALREADY, -ENOMEM, those of nw_write().
 */
NW_API NW_CHECK int nw_http_reply(nw_http_exchange *exchange, int status, const char *media_type,
                                  nw_slice body);
/** Reply with text, formatted as by printf(3), as "text/plain; charset=utf-8". */
NW_API NW_CHECK int nw_http_reply_text(nw_http_exchange *exchange, int status, const char *format, ...)
    NW_PRINTF(3, 4);
/** Reply with JSON, which is text that is sent as it is. */
NW_API NW_CHECK int nw_http_reply_json(nw_http_exchange *exchange, int status, const char *json);
/** Reply with a redirect to `location`: 303, or another 3xx but 304. */
NW_API NW_CHECK int nw_http_reply_redirect(nw_http_exchange *exchange, int status, const char *location);
/**
 * Begin a reply whose body is written to a stream: `size_bytes` of it, or in chunks when -1. The stream
 * belongs to the exchange; the body ends when the handler returns. One that is too short, or a handler that
 * fails meanwhile, closes the connection, so that the client sees it.
 */
NW_API NW_CHECK int nw_http_reply_stream(nw_http_exchange *exchange, int status, const char *media_type,
                                         int64_t size_bytes, nw_stream **stream_out);
/** A field after a body in chunks; before the handler returns. Errors: -EINVAL: also for what must not be
 *  there (RFC 9110, 6.5.1); -EALREADY: the reply has ended; -ENOMEM. */
NW_API NW_CHECK int nw_http_reply_trailer(nw_http_exchange *exchange, const char *name, const char *value);
/**
 * Switch protocols: sends 101; the connection is the caller's until the handler returns. Then the server
 * closes it. Errors: -EINVAL: the client has not asked for it; -EALREADY; those of writing.
 */
NW_API NW_CHECK int nw_http_upgrade(nw_http_exchange *exchange, const char *protocol, nw_stream **stream_out);
/** Has a reply begun? */
NW_API bool nw_http_replied(const nw_http_exchange *exchange);

/* -- routes -- */

/** Which handler for which method and path. */
typedef struct nw_http_router nw_http_router;

/** Errors: -ENOMEM. */
NW_API NW_CHECK int nw_http_router_create(nw_http_router **router_out);
/** Nobody may be serving with it. Accepts NULL. */
NW_API void nw_http_router_destroy(nw_http_router *router);
/**
 * Add a route. `method` NULL: any; GET serves HEAD, too. `pattern`: "/users/{id}/posts" (a part of the path),
 * "/files/{rest...}" (all that is left, at the end only). What is written out goes before what is a
 * parameter, and that before a rest, whatever the order in which they were added.
 * Errors: -EINVAL, -EEXIST, -ENOMEM.
 */
NW_API NW_CHECK int nw_http_router_add(nw_http_router *router, const char *method, const char *pattern,
                                       nw_http_handler *handler, void *context);
/** A handler whose context is a router: no such path is a 404, no such method a 405 with Allow. */
NW_API int nw_http_route(nw_http_exchange *exchange, void *router);

NW_END_DECLS

#endif
