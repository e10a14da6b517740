/* SPDX-License-Identifier: MIT */
/*
 * What the files of TLS share: a context, and a connection, which is a transport over the stream below.
 *
 * OpenSSL never waits here and never does I/O: what it reads is what lies in the buffer of the stream below,
 * what it writes is appended to `out`. So a call of OpenSSL is never left in the middle: it has either
 * happened or asks for more input. Waiting is done by the tasks around it, each direction for itself.
 */
#ifndef NW_STREAM_TLS_H
#define NW_STREAM_TLS_H

#include <nowait/tls.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/bytes.h"
#include "stream/stream.h"

#define NW__TLS_RECORD_BYTES (16 * 1024) /* RFC 8446, 5.1: plain text of a record, at most */
#define NW__TLS_BATCH_BYTES  (4 * NW__TLS_RECORD_BYTES)
#define NW__TLS_HOST_BYTES   256
#define NW__TLS_WARM_MAX     128 /* connections of a loop that keep buffers: see tls_warm.c */

/* Own certificate, chain and key. */
struct nw__tls_identity {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
};

struct nw_tls_context {
    SSL_CTX *ssl;
    atomic_uint references;
    bool server;
    bool insecure;
    bool resumes;
    int64_t handshake_timeout_ns;
    unsigned char *alpn; /* as on the wire, best first; NULL: none */
    unsigned alpn_bytes;
    pthread_mutex_t mutex;    /* of what follows: all threads use a context */
    struct nw__list named;    /* of a server: certificates for names */
    struct nw__list sessions; /* of a client, newest first */
    unsigned session_count;
};

/* -- a connection: tls.c -- */

struct nw__tls {
    struct nw__transport base;
    nw_stream *below;
    nw_stream *above; /* NULL until the handshake is done */
    nw_tls_context *context;
    SSL *ssl;
    struct nw__bytes out;    /* records that nobody sends yet */
    struct nw__bytes flying; /* those that are being sent: lent to the stream below meanwhile */
    size_t sent_bytes;       /* of `flying` */
    bool sending;            /* a task is in nw__tls_send() */
    bool written;            /* bytes of the stream above are in the records, and not tickets only */
    bool ended;              /* the closing alert is written */
    bool ahead;              /* OpenSSL takes all that lies in the buffer below */
    int failed;              /* for good, with this */
    struct nw__link in_warm; /* in nw__spares.warm of `warm_in`; NULL: it keeps no buffers of OpenSSL's */
    struct nw__spares *warm_in;
    int64_t used_ns; /* the turn in which it was read from last */
    char *peer;      /* see nw_tls_info; made when first asked for */
    char host[NW__TLS_HOST_BYTES];
    char alpn[NW__TLS_HOST_BYTES];
};

/* What nw_tls_inspect() needs to know. NULL: the stream is no TLS. */
struct nw__tls *nw__tls_of(const nw_stream *stream);
/* Over `below`, which stays the caller's. The context is held until nw__tls_free(). */
NW_CHECK int nw__tls_create(nw_tls_context *context, nw_stream *below, struct nw__tls **tls_out);
void nw__tls_free(struct nw__tls *tls);
extern const struct nw__transport_kind nw__tls_kind;

/* Wait until more has come from below. Errors: NW_ETRUNCATED: nothing will; those of the stream below. */
NW_CHECK int nw__tls_receive(struct nw__tls *tls);

/* Has it a part of a record, or one of which not all was read? */
bool nw__tls_is_in_record(const struct nw__tls *tls);

/* -- tls_send.c -- */

/* Are there some that are not with the stream below? */
bool nw__tls_has_records(const struct nw__tls *tls);
/*
 * All records on their way, with the kernel; waits. What was not sent is kept, and sent by the next one.
 * Never two tasks at a time. Errors: those of the stream below; -EBADF: hurried out.
 */
NW_CHECK int nw__tls_send(struct nw__tls *tls);
/* Room for so much more in `out`. Errors: -ENOMEM; -EFBIG: the peer does not read what it makes us say. */
NW_CHECK int nw__tls_reserve(struct nw__tls *tls, size_t size_bytes);
/* As much as goes without waiting. */
void nw__tls_push(struct nw__tls *tls);

/* -- tls_warm.c -- */

/* It is read from: it keeps OpenSSL's buffers, if it is among the last of its loop. */
void nw__tls_keep_warm(struct nw__tls *tls);
/* It ends. */
void nw__tls_leave_warm(struct nw__tls *tls);

/* -- tls_bio.c -- */

/* Where OpenSSL reads and writes. Belongs to the connection's SSL. */
NW_CHECK int nw__tls_attach(struct nw__tls *tls);

/* -- tls_error.c -- */

/* The thread's queue of errors is empty after. It nearly always was: clearing it looks at all its places. */
void nw__tls_clear_errors(void);

/* What a call of OpenSSL that failed means, when it is not about a connection. The queue is empty after. */
int nw__tls_trouble(void);
/*
 * OpenSSL keeps a certificate whose key or extensions it cannot read, also when it was memory that was out:
 * it would verify nobody, or be refused for what it does not have. True: that is what has happened.
 */
bool nw__tls_lacked_memory(X509 *certificate);
/* After a call on a connection returned `result` <= 0: -EAGAIN: more input; 0: the peer has ended; an error,
 * which `failed` is from now on. The queue is empty after. */
int nw__tls_result(struct nw__tls *tls, int result);

/* -- tls_context.c -- */

/* -EINVAL: they make no sense. NULL: the defaults do, for a client. */
NW_CHECK int nw__tls_check_options(const nw_tls_options *options, bool server);

void nw__tls_context_hold(nw_tls_context *context);
/* The one of the process, for clients. Made when first needed. */
NW_CHECK int nw__tls_default(nw_tls_context **context_out);

/* -- tls_pem.c: reads files, and may wait for the disk -- */

/* Who signs: what the options say, else the system's. */
NW_CHECK int nw__tls_load_trust(SSL_CTX *ssl, const nw_tls_options *options, bool server);
/* Errors: those of reading; NW_ECERT; -ENOMEM. */
NW_CHECK int nw__tls_load_identity(const nw_tls_options *options, struct nw__tls_identity *identity_out);
void nw__tls_identity_finish(struct nw__tls_identity *identity);

/* -- tls_names.c: a server's certificates by name, and its protocols -- */

void nw__tls_names_init(nw_tls_context *context);
void nw__tls_names_finish(nw_tls_context *context);

/* -- tls_session.c -- */

void nw__tls_sessions_init(nw_tls_context *context);
void nw__tls_sessions_finish(nw_tls_context *context);
/* One to go on with; NULL: none. The caller's. */
SSL_SESSION *nw__tls_session_take(nw_tls_context *context, const char *host);

#endif
