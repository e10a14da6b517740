/* SPDX-License-Identifier: MIT */
/*
 * What the files of the HTTP client share: the client with its pool of connections, a call on its way through
 * redirects and repetitions, and the response that comes out of it.
 *
 * A call (struct nw__http_call) lies on the stack of the task in nw_http_request(). A connection belongs to
 * the pool while it is idle, and to a call or a response while it is used. All of it is one loop's.
 */
#ifndef NW_HTTP_CLIENT_H
#define NW_HTTP_CLIENT_H

#include <nowait/http_client.h>
#include <nowait/net.h>
#include <nowait/sync.h>

#include "base/bytes.h"
#include "base/list.h"
#include "http/body.h"
#include "http/cookie.h"
#include "http/wire.h"
#include "stream/stream.h"
#include "task/task.h"

#define NW__HTTP_HOST_BUCKETS 64
#define NW__HTTP_FIELDS_MAX   1000
#define NW__HTTP_SPARE_MAX    64 /* responses that are kept for the next ones */
#define NW__HTTP_INTERIM_MAX  16 /* answers 1xx before the final one */
/* A body up to that goes out with its head, in one piece. */
#define NW__HTTP_TOGETHER_BYTES (32 * 1024)

/* -- client_proxy.c -- */

struct nw__http_proxy {
    char *host;          /* NULL: there is none */
    char *authorization; /* "Basic ...", or NULL */
    unsigned port;
    bool unsupported; /* its scheme is not http: requests that would use it fail */
};

/* Which proxy for whom. From the options there is one for all; else the environment says. */
struct nw__http_proxies {
    struct nw__http_proxy http;
    struct nw__http_proxy https;
    char *exceptions; /* no_proxy, or NULL */
};

/* `option`: as in nw_http_client_options. Errors: -EINVAL: the option makes no sense; -ENOMEM. */
NW_CHECK int nw__http_proxies_init(struct nw__http_proxies *proxies, const char *option);
void nw__http_proxies_finish(struct nw__http_proxies *proxies);
/* NULL: none. */
const struct nw__http_proxy *nw__http_proxy_for(const struct nw__http_proxies *proxies, bool tls,
                                                const char *host, unsigned port);
/* Does no_proxy's list name this host? */
bool nw__http_proxy_excepted(const char *exceptions, const char *host, unsigned port);

/* -- client_pool.c -- */

/* Where connections lead. Two that are equal may use the same connections. */
struct nw__http_origin {
    const char *host;
    const struct nw__http_proxy *proxy; /* NULL: directly */
    unsigned port;
    bool tls;
    uint32_t hash; /* of the rest */
};

/* All connections to one origin, and who waits for one. There as long as there are any of them. */
struct nw__http_host {
    struct nw__link in_bucket;
    struct nw__link in_hungry; /* there are waiters, and only the limit in all keeps them from connecting */
    struct nw__list idle;      /* the one used last is the first */
    struct nw__list waiters;
    struct nw__http_origin origin; /* its host is in `name` */
    unsigned connections;          /* being made, used, idle */
    struct nw__bytes usual; /* the fields of a request that brings none, as they are sent; made when needed */
    size_t usual_bytes;     /* of these, those before Accept-Encoding */
    char name[];
};

/* One to a server or a proxy. The server's own are in connection.h. */
struct nw__http_client_connection {
    struct nw__link in_host;   /* while it is idle */
    struct nw__link in_client; /* while it is idle: the one that is idle longest is the first */
    struct nw__http_host *host;
    nw_http_client *client;
    nw_stream *stream; /* NULL: not connected yet */
    struct nw__http_wire wire;
    struct nw__bytes head; /* of the request: its buffer is used again */
    int64_t idle_since_ns;
    bool wired;  /* `wire` was initialised */
    bool reused; /* a request was answered on it before this one */
};

struct nw__http_pool {
    struct nw__list buckets[NW__HTTP_HOST_BUCKETS];
    struct nw__list idle;   /* all idle connections */
    struct nw__list hungry; /* hosts, see there */
    unsigned connections;
    uint64_t tickets; /* waiters, counted */
    nw_task *janitor; /* closes what was idle for too long; there while anything is idle */
};

uint32_t nw__http_hash_origin(const struct nw__http_origin *origin);
void nw__http_pool_init(struct nw__http_pool *pool);
/* Close all that is idle. Nothing may be in use. */
void nw__http_pool_finish(nw_http_client *client);
/* Which connection will do. */
enum nw__http_reuse {
    NW__HTTP_REUSE,      /* any: should the server have closed it just now, the request can be sent again */
    NW__HTTP_REUSE_OPEN, /* one that was not closed, as far as the kernel knows */
    NW__HTTP_FRESH,      /* only one that has yet to be made */
};
/*
 * A connection to `origin`: one that was idle, is alive and is connected; or one without a stream, that the
 * caller has to connect. Waits for its turn where there are too many.
 */
NW_CHECK int nw__http_pool_take(nw_http_client *client, const struct nw__http_origin *origin,
                                enum nw__http_reuse reuse,
                                struct nw__http_client_connection **connection_out);
/* Give it back: `keep` it for others, or close it. Works in cancelled tasks. */
void nw__http_pool_give(struct nw__http_client_connection *connection, bool keep);
/* It has no stream any more: whoever reads from that is told -EBADF. It has still to be given back. */
void nw__http_pool_cut(struct nw__http_client_connection *connection);
/* Close one that is idle, if there is one, to have its descriptor. */
bool nw__http_pool_sacrifice(nw_http_client *client);

/* -- client.c -- */

struct nw_http_client {
    nw_http_client_options options; /* numbers only: defaults filled in, strings NULL */
    nw_loop *loop;
    struct nw__http_pool pool;
    struct nw__http_proxies proxies;
    struct nw__cookie_jar *jar; /* NULL: no cookies */
    nw_http_headers headers;    /* of each request */
    char *user_agent;           /* "": none */
    nw_tls_context *tls;        /* made when it was needed, unless it is the caller's */
    nw_mutex making_tls;        /* one makes it, others wait */
    struct nw__list spare;      /* responses, by `link` */
    unsigned spare_count;
    struct nw__http_target *last_target; /* that was asked for as it is written; NULL: none was */
};

/* The caller's, or the loop's own. Errors: -EINVAL: of another loop; NW_ENOTASK, -ECANCELED, -ETIMEDOUT. */
NW_CHECK int nw__http_client_find(nw_http_client *client, nw_http_client **client_out);

/* -- client_target.c: what a request is for -- */

struct nw__http_target {
    unsigned users;
    nw_url url;
    struct nw__http_origin origin; /* its host is in `url` */
    nw_slice path;                 /* in `text`, with the query: the origin form (RFC 9112, 3.2.1) */
    char text[];                   /* of the URL, as it may be shown: without credentials */
};

/*
 * For the URL `text`; released when it is not needed any more. Errors: -EINVAL: it is no URL, or not one of
 * HTTP, then `why_out` may say more; -EMSGSIZE, -ENOMEM.
 */
NW_CHECK int nw__http_target_find(nw_http_client *client, const char *text, const char **why_out,
                                  struct nw__http_target **target_out);
void nw__http_target_free(struct nw__http_target *target);
static inline void nw__http_target_release(struct nw__http_target *target) /* accepts NULL */
{
    if (target && --target->users == 0)
        nw__http_target_free(target);
}
static inline struct nw__http_target *nw__http_target_share(struct nw__http_target *target)
{
    target->users++;
    return target;
}
/* "HOST" or "HOST:PORT"; port 0: without. */
NW_CHECK int nw__http_format_host(const char *host, unsigned port, struct nw__bytes *out);
/* The same for a peer, as Host, CONNECT and targets have it: without an address's zone. */
NW_CHECK int nw__http_format_sent_host(const char *host, unsigned port, struct nw__bytes *out);

/* -- client_payload.c: the body that is sent -- */

enum nw__http_payload_kind {
    NW__HTTP_NOTHING = 0,
    NW__HTTP_BYTES,
    NW__HTTP_PARTS,
    NW__HTTP_STREAM,
};

struct nw__http_payload {
    const nw_http_request_options *request;
    enum nw__http_payload_kind kind;
    nw_slice bytes;
    nw_bytes owned;         /* what `bytes` shows, when it was made here */
    int64_t size_bytes;     /* -1: in chunks */
    int64_t begin;          /* of the stream: where to set it back to; -1: cannot be */
    bool begun;             /* something of the stream may have been read */
    bool dropped;           /* a redirect has made it a request without a body */
    const char *media_type; /* NULL: nothing is said */
    char boundary[NW__HTTP_BOUNDARY_BYTES];
    char media_type_text[128];
};

/* Errors: -EINVAL: two bodies, a size without a stream; those of making it. */
NW_CHECK int nw__http_payload_init(struct nw__http_payload *payload, const nw_http_request_options *request);
void nw__http_payload_finish(struct nw__http_payload *payload);
/* It is to be sent (again): from the beginning. Errors: -ESPIPE: it cannot be. */
NW_CHECK int nw__http_payload_rewind(struct nw__http_payload *payload);
/* No body any more: a redirect has made it a GET. */
void nw__http_payload_drop(struct nw__http_payload *payload);
/* Write all of it to `to`. Errors: -EPIPE: the stream was shorter than announced. */
NW_CHECK int nw__http_payload_write(struct nw__http_payload *payload, nw_stream *to);

/* -- a call -- */

struct nw__http_times {
    int64_t connect_ns;
    int64_t first_byte_ns;
    int64_t read_ns;
    int64_t whole_at_ns; /* absolute; NW_FOREVER */
};

struct nw__http_call {
    nw_http_client *client;
    const nw_http_request_options *request;
    nw_http_response *response;
    struct nw__http_client_connection *connection;
    const char *method;             /* now, after redirects */
    struct nw__http_target *first;  /* what the caller asked for: the credentials in it are for its origin */
    struct nw__http_target *target; /* now; both NULL: none was found */
    struct nw__http_times times;
    enum nw_http_phase phase;
    const char *why; /* more than the error says; NULL: nothing */
    bool away;       /* a redirect led to another origin: no credentials any more */
    bool decodes;    /* Accept-Encoding was sent */
    bool body_sent;  /* all of it; else the connection cannot be kept */
    bool answered;   /* a byte of an answer came */
    /* From here on it is not zeroed: it lies on the stack of each request. */
    char why_text[96]; /* room for `why` */
    struct nw__http_payload payload;
};

/* client_request.c: what the caller gave can be sent, as it is. Errors: -EINVAL. */
NW_CHECK int nw__http_check_request(const nw_http_request_options *request);
NW_CHECK int nw__http_check_fields(const nw_pair *fields, size_t count);
/* client_request.c: the request's head, into `out`. */
NW_CHECK int nw__http_format_request(struct nw__http_call *call, struct nw__bytes *out);

/* Neither the request nor the client has fields of its own: what goes to an origin is always the same. */
static inline bool nw__http_is_usual(const struct nw__http_call *call)
{
    return call->request->header_count == 0 && call->client->headers.count == 0;
}

/* Methods, most of which differ in their first letters. */
static inline bool nw__http_is_method(const char *method, const char *name)
{
    return method[0] == name[0] && strcmp(method, name) == 0;
}

/* Seconds since 1970. */
int64_t nw__http_now_s(void);

/* client_authorization.c: "Basic ...". Errors: -EINVAL: a colon in the user's name, control characters. */
NW_CHECK int nw__http_basic(const char *user, const char *password, struct nw__bytes *out);
bool nw__http_is_basic(const char *user, const char *password);
bool nw__http_is_bearer(const char *token);

/* client_connect.c: connect call->connection. */
NW_CHECK int nw__http_connect(struct nw__http_call *call);

/* client_send.c: send the request on call->connection and wait for the head of its final answer. */
NW_CHECK int nw__http_exchange(struct nw__http_call *call);

/* client_redirect.c: is the answer one that leads elsewhere? Then `location_out` is where, in the answer. */
bool nw__http_leads_elsewhere(const struct nw__http_call *call, const char **location_out);
/* client_redirect.c: make the call one for `location`. Errors: NW_EREDIRECT, -ENOMEM. */
NW_CHECK int nw__http_redirect(struct nw__http_call *call, const char *location);

/* client_failure.c */
/* The call has failed: into the request's failure_out, and into what nw_http_last_failure() tells. */
void nw__http_tell_failure(const struct nw__http_call *call, int error);
/* What nw__http_tell_failure() says, when only the text of the URL is there still. */
void nw__http_explain_at(nw_http_failure *failure, const struct nw__http_call *call, const char *url,
                         int error);

/* -- client_response.c -- */

struct nw_http_response {
    struct nw__link link; /* in client->spare */
    nw_http_client *client;
    struct nw__http_client_connection *connection; /* NULL: it was given back */
    nw_http_headers headers;
    nw_http_headers trailers;
    struct nw__http_target *target; /* NULL: there is no answer yet */
    struct nw__http_times times;
    int64_t length;
    int status;
    int error;  /* the body has failed for good, with this */
    bool ended; /* the body was read to its end */
    bool keep;  /* the connection may be kept, once that was so */
    bool upgraded;
    bool decode; /* the body is coded */
    bool has_trailers;
    bool has_failure;
    bool busy;               /* a task reads, or saves, all of it */
    bool whole;              /* past the streams */
    bool closing;            /* another one closes it, and */
    struct nw__wait *closer; /* waits until that task has left */
    nw_stream *raw;          /* over `transport`; NULL until it is asked for */
    nw_stream *body;         /* `raw`, or what decodes it */
    struct nw__transport transport;
    char method[16];
    nw_http_failure failure; /* valid when has_failure */
};

/* A response for the call, empty. */
NW_CHECK int nw__http_response_create(nw_http_client *client, nw_http_response **response_out);
/* The answer's head is there: take it and, when there is a body, the connection. Errors: -ENOMEM. */
NW_CHECK int nw__http_response_take(struct nw__http_call *call);
/* Done with the answer, not with the response: the connection goes back. */
void nw__http_response_leave(nw_http_response *response);
/*
 * Bytes of the body that were read past its streams, and could not be used, are read again by the next call.
 * Without memory for that it fails: what is left is never taken for all of it.
 */
void nw__http_response_give_back(nw_http_response *response, const char *data, size_t size_bytes);
/* A call that wants all of the body begins, and ends. Errors: -EBUSY: there is one; -EBADF: it is closed. */
NW_CHECK int nw__http_response_enter(nw_http_response *response);
void nw__http_response_exit(nw_http_response *response);
/* nw_http_response_read(), within such a call. */
NW_CHECK int nw__http_response_read_all(nw_http_response *response, size_t limit_bytes, nw_bytes *body_out);
/* Is it of the loop that runs? */
bool nw__http_response_is_here(const nw_http_response *response);
/* Free it; it must have been left. */
void nw__http_response_destroy(nw_http_response *response);

#endif
