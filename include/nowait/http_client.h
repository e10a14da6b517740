/* SPDX-License-Identifier: MIT */
/** @file
 * The HTTP client: connections that are kept and shared, bodies that are streams.
 *
 * A client belongs to the loop on which it was made, and so do its responses and their bodies; any number of
 * that loop's tasks may use it at once. On other loops, calls that wait return -EINVAL, and destroy and close
 * do nothing: each loop has a client of its own, and they may share one `tls`. Calls suspend the calling task
 * only. They return >= 0 or a negative error code: -EINVAL, NW_ENOTASK, -ECANCELED, -ETIMEDOUT, -ENOMEM,
 * those of nw_connect() and nw_tls_connect(), and
 *   NW_EPROTOCOL   what came is not HTTP, or breaks its rules
 *   NW_ETRUNCATED  the connection ended before the message did
 *   NW_EREDIRECT   too many redirects, or one that leads nowhere
 *   NW_EPROXY      the proxy refused (407 too, but for one that comes through a tunnel), or speaks no HTTP
 *   -EMSGSIZE      headers beyond the limit; -EFBIG: a decoded body beyond it
 * nw_http_failure, when asked for (failure_out, nw_http_last_failure()), says in words what, where and in
 * which phase. A status such as 404 or 500 is no error.
 */
#ifndef NOWAIT_HTTP_CLIENT_H
#define NOWAIT_HTTP_CLIENT_H

#include <nowait/base.h>
#include <nowait/http_message.h>
#include <nowait/stream.h>
#include <nowait/tls.h>

NW_BEGIN_DECLS

/** Connections, cookies, and how requests are sent. */
typedef struct nw_http_client nw_http_client;
/** An answer, and its body while it comes in. */
typedef struct nw_http_response nw_http_response;

/** Cookies: who sends them back. */
enum nw_http_cookies {
    NW_HTTP_COOKIES_OFF = 0, /**< none are kept */
    NW_HTTP_COOKIES_ON,      /**< kept in the client's memory, by the rules of RFC 6265bis */
};

/** How a client works. All zero means the defaults. Strings are borrowed until the client is made. */
typedef struct nw_http_client_options {
    unsigned connections;          /**< in all, idle ones too; 0: 256 */
    unsigned connections_per_host; /**< per scheme, host and port; 0: 16; more requests wait their turn */
    int64_t idle_ns;               /**< how long an idle connection is kept; 0: 60 s; negative: not at all */
    int64_t connect_timeout_ns; /**< names, TCP, proxy and TLS; 0: 30 s; here and below, NW_FOREVER: never */
    int64_t first_byte_timeout_ns; /**< from the request's end to the end of the answer's fields; 0: 60 s */
    int64_t read_timeout_ns;       /**< between two pieces of the body, and of what is sent; 0: 60 s */
    int64_t whole_timeout_ns;      /**< all of a request up to the end of its body; 0: none */
    unsigned redirects;            /**< followed at most; 0: 10 */
    bool no_redirects;             /**< a redirect is an answer like others */
    bool no_decoding;              /**< no Accept-Encoding is sent, and bodies stay as they come */
    enum nw_http_cookies cookies;
    uint64_t decoded_limit_bytes; /**< of a body that is decoded; 0: 1 GiB */
    unsigned decoded_ratio_limit; /**< decoded bytes for one that came, past the first MiB; 0: 1,000 */
    size_t header_limit_bytes;    /**< of an answer; 0: 64 KiB */
    const char *proxy;            /**< "http://[USER:PASSWORD@]HOST:PORT"; NULL: as the environment says
                                       (http_proxy, https_proxy, all_proxy, no_proxy); "": none */
    const char *user_agent;       /**< NULL: "nowait/VERSION"; "": none */
    const nw_pair *headers;       /**< sent with each request that does not set them itself */
    size_t header_count;
    const nw_tls_context *tls; /**< NULL: the defaults; else it must stay until the client is destroyed */
    const nw_tls_options *tls_options; /**< instead of `tls`: for a context of the client's own, which is made
                                          when a request first needs one (it takes milliseconds); borrowed
                                          until the client is destroyed */
    uint64_t reserved[7];              /**< zero; anything else is -EINVAL */
} nw_http_client_options;

/** Make a client; waits for nothing. NULL options mean the defaults. Errors: -EINVAL, NW_ENOTASK, -ENOMEM. */
NW_API NW_CHECK int nw_http_client_create(const nw_http_client_options *options, nw_http_client **client_out);
/** Close all connections and free it. All responses must have been closed before. Accepts NULL. */
NW_API void nw_http_client_destroy(nw_http_client *client);

/** Where a request was when it failed. */
enum nw_http_phase {
    NW_HTTP_PHASE_URL = 0,  /**< the URL or an option makes no sense */
    NW_HTTP_PHASE_WAIT,     /**< it waited for a connection to become free */
    NW_HTTP_PHASE_RESOLVE,  /**< looking up the host */
    NW_HTTP_PHASE_CONNECT,  /**< TCP, or the proxy */
    NW_HTTP_PHASE_TLS,      /**< the handshake */
    NW_HTTP_PHASE_SEND,     /**< sending the request */
    NW_HTTP_PHASE_HEADERS,  /**< waiting for the answer, and reading its headers */
    NW_HTTP_PHASE_BODY,     /**< reading the body */
    NW_HTTP_PHASE_REDIRECT, /**< following a redirect */
};
/** A phase in a word: "connect", "headers", ... */
NW_API const char *nw_http_phase_name(enum nw_http_phase phase);

/** Why a request has failed, in the caller's memory. */
typedef struct nw_http_failure {
    int error; /**< what the call returned */
    enum nw_http_phase phase;
    char url[1024]; /**< where it was, after redirects; without a password; cut off when longer */
    char text[256]; /**< "GET http://a.example/x: connect: Connection refused" in one line, cut off too */
} nw_http_failure;

/** A part of a multipart/form-data body. */
typedef struct nw_http_part {
    const char *name;       /**< of the field */
    nw_slice data;          /**< what it holds, unless `stream` or `path` */
    nw_stream *stream;      /**< read to its end; stays the caller's */
    const char *path;       /**< a file, opened when its turn comes */
    const char *file_name;  /**< NULL: the last name of `path`, or no file */
    const char *media_type; /**< NULL: by the file's name; of `data` without one, none */
} nw_http_part;

/** A request. All zero but for `url` means GET. Everything is borrowed until the call returns. */
typedef struct nw_http_request_options {
    const char *method;   /**< NULL: GET, or POST when there is a body */
    const char *url;      /**< "http://..." or "https://..."; what must be encoded is */
    const nw_pair *query; /**< added to the URL's */
    size_t query_count;
    const nw_pair *headers; /**< -EINVAL for those that are the client's to say: Content-Length, Expect, TE,
                                 Keep-Alive, Trailer, Transfer-Encoding, Upgrade; Connection but "close" */
    size_t header_count;

    /* The body: at most one of these. */
    nw_slice body;       /**< bytes, when `data` is not NULL */
    const char *json;    /**< text, sent as application/json */
    const nw_pair *form; /**< sent as application/x-www-form-urlencoded */
    size_t form_count;
    const nw_http_part *parts; /**< sent as multipart/form-data */
    size_t part_count;
    nw_stream *stream;    /**< read up to its end, or for `stream_bytes`; stays the caller's. A request
                               with one is repeated (redirects, stale connections) only where nothing of it
                               was read yet, or the stream could be set back */
    int64_t stream_bytes; /**< its length, sent as Content-Length; 0: of a regular file what is left of it, so
                             that one that becomes shorter meanwhile is -EPIPE; of others unknown: sent in
                             chunks */
    const char *media_type;  /**< of `body` and `stream`; NULL: application/octet-stream */
    const nw_pair *trailers; /**< sent after a body in chunks; -EINVAL with any other */
    size_t trailer_count;

    const char *user; /**< basic authorization, with `password`; the URL may have them, too */
    const char *password;
    const char *bearer;   /**< a bearer token */
    bool expect_continue; /**< wait up to a second for "100 Continue" before the body is sent */
    const char *upgrade;  /**< ask for this protocol; see nw_http_response_upgraded() */

    int64_t connect_timeout_ns; /**< these four: 0: as the client */
    int64_t first_byte_timeout_ns;
    int64_t read_timeout_ns;
    int64_t whole_timeout_ns;
    bool no_redirects; /**< these two add to the client's */
    bool no_decoding;
    const nw_progress *progress;  /**< of the body that is sent; NULL: nobody */
    nw_http_failure *failure_out; /**< filled in when the call fails; NULL: not asked for. Errors of the body
                                       are told by nw_http_response_failure() */
    uint64_t reserved[8];         /**< zero; anything else is -EINVAL */
} nw_http_request_options;

/**
 * Send a request, follow redirects, and wait for the headers of the answer; the body has yet to be read.
 *
 * `client` NULL: one that the loop keeps, with the defaults. A connection that is reused and turns out to
 * have been closed is replaced once, for methods that are idempotent and as long as no byte of an answer
 * came. The response must be closed.
 */
NW_API NW_CHECK int nw_http_request(nw_http_client *client, const nw_http_request_options *request,
                                    nw_http_response **response_out);
/** GET `url`, as nw_http_request(). */
NW_API NW_CHECK int nw_http_get(nw_http_client *client, const char *url, nw_http_response **response_out);
/** POST `body`; `media_type` NULL: application/octet-stream. */
NW_API NW_CHECK int nw_http_post(nw_http_client *client, const char *url, const char *media_type,
                                 nw_slice body, nw_http_response **response_out);

/**
 * Why the calling task's last request that failed did so: for nw_http_get() and nw_http_post(), which have no
 * place for it. It is kept until another one of the task fails, or the task ends.
 *
 * Errors: NW_ENOTASK; -ENOENT: none has failed, or there was no memory to note it.
 */
NW_API NW_CHECK int nw_http_last_failure(nw_http_failure *failure_out);

/* -- the answer -- */

/** The status: 200, 404, ... */
NW_API int nw_http_response_status(const nw_http_response *response);
/** The first value of a field; NULL: there is none. */
NW_API const char *nw_http_response_header(const nw_http_response *response, const char *name);
/** All fields. */
NW_API const nw_http_headers *nw_http_response_headers(const nw_http_response *response);
/** The fields after a body in chunks, once it was read to its end; before, NULL. */
NW_API const nw_http_headers *nw_http_response_trailers(const nw_http_response *response);
/** Where it came from, after redirects. */
NW_API const char *nw_http_response_url(const nw_http_response *response);
/** The body's length as it was announced, before decoding; -1: unknown. */
NW_API int64_t nw_http_response_length(const nw_http_response *response);
/**
 * The body: read it with nw_read(), nw_read_line(), nw_copy() and the like. It belongs to the response.
 *
 * Reading fails with the errors above: a body that was cut off is NW_ETRUNCATED, never a short one.
 */
NW_API nw_stream *nw_http_response_body(nw_http_response *response);
/**
 * The whole body. Errors: also -EFBIG: more than `limit_bytes` (0: no limit).
 *
 * When it fails, nothing of what came is lost: it can still be read, after a timeout up to the end. Here and
 * in nw_http_response_save(), -EBUSY: another task is in one of them; -EBADF: another one closes the
 * response.
 */
NW_API NW_CHECK int nw_http_response_read(nw_http_response *response, size_t limit_bytes, nw_bytes *body_out);
/**
 * Save the body to a file: written beside it as PATH.part, renamed when it is whole.
 *
 * `progress` may be NULL. Returns: bytes written. When it fails, what is left of the body is never taken for
 * the whole: it can be saved again where nothing of it was written yet, else it is NW_ETRUNCATED.
 */
NW_API NW_CHECK int64_t nw_http_response_save(nw_http_response *response, const char *path,
                                              const nw_progress *progress);
/** After an error of the body: what it was. Errors: -ENOENT: there was none. */
NW_API NW_CHECK int nw_http_response_failure(const nw_http_response *response, nw_http_failure *failure_out);
/** After status 101: the connection, which is the caller's from now on; the response has still to be closed.
 *  Errors: -EINVAL: it was not upgraded. */
NW_API NW_CHECK int nw_http_response_upgraded(nw_http_response *response, nw_stream **stream_out);
/**
 * Done with it. The connection goes back with the last byte of the body; when little is left that has come
 * already, it is kept for others now; else it is closed. Never waits for the peer. Accepts NULL.
 */
NW_API void nw_http_response_close(nw_http_response *response);

NW_END_DECLS

#endif
