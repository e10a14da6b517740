/* SPDX-License-Identifier: MIT */
/** @file
 * TLS 1.2 and 1.3 on any stream, by OpenSSL. The peer of a client is verified unless that is turned off; an
 * end that the peer has not announced is an error (NW_ETRUNCATED), not the end.
 *
 * A context holds keys, trusted authorities and sessions. It may be used by all loops and threads; making one
 * reads files and may wait (in a task: on a worker).
 */
#ifndef NOWAIT_TLS_H
#define NOWAIT_TLS_H

#include <nowait/base.h>
#include <nowait/stream.h>

NW_BEGIN_DECLS

/** Keys, trusted authorities, sessions: what connections have in common. */
typedef struct nw_tls_context nw_tls_context;

/** Versions of the protocol. */
enum nw_tls_version {
    NW_TLS_DEFAULT = 0, /**< at least 1.2 */
    NW_TLS_1_2 = 0x0303,
    NW_TLS_1_3 = 0x0304,
};

/** Of a server: what it wants to know of its clients. */
enum nw_tls_clients {
    NW_TLS_CLIENTS_ANYBODY = 0, /**< no certificate is asked for */
    NW_TLS_CLIENTS_ASKED,       /**< it is verified when there is one */
    NW_TLS_CLIENTS_REQUIRED,    /**< no connection without one */
};

/** How to do TLS. All zero means the defaults. Strings are borrowed until the context is made. */
typedef struct nw_tls_options {
    const char *ca_file;          /**< PEM file of trusted authorities, instead of the system's */
    const char *ca_directory;     /**< as c_rehash(1) makes it, instead of the system's */
    nw_slice ca_pem;              /**< the same as text, beside `ca_file` */
    const char *certificate_file; /**< PEM, our own first, then the chain; a server must have it */
    const char *key_file;         /**< PEM; NULL: in `certificate_file`, too */
    nw_slice certificate_pem;     /**< certificate, chain and key as text, instead of the files */
    const char *const *alpn;      /**< protocols, best first ("http/1.1"); a server takes its own first choice
                                       that the client has, and refuses a client that has none of them */
    size_t alpn_count;
    enum nw_tls_version least;    /**< the oldest version that is spoken */
    enum nw_tls_clients clients;  /**< server */
    const char *ciphers;          /**< OpenSSL's list for TLS 1.2; NULL: forward secrecy, no SHA-1 */
    int64_t handshake_timeout_ns; /**< 0: 30 s */
    bool insecure;                /**< client: believe everybody. For tests */
    bool no_resumption;           /**< no sessions and no tickets */
    uint64_t reserved[6];         /**< zero; anything else is -EINVAL */
} nw_tls_options;

/**
 * A context for clients. NULL options mean the defaults.
 *
 * Errors: -EINVAL, -ENOMEM; those of reading the files; NW_ECERT: what is in them is no certificate or key,
 *         or they do not belong together.
 */
NW_API NW_CHECK int nw_tls_client_create(const nw_tls_options *options, nw_tls_context **context_out);
/** A context for servers: needs a certificate. Errors: as nw_tls_client_create(). */
NW_API NW_CHECK int nw_tls_server_create(const nw_tls_options *options, nw_tls_context **context_out);
/**
 * Server: another certificate, for clients that ask for `host` ("www.example.org", "*.example.org"). Of the
 * options only the certificate and its key count. From any thread, also while the context is in use: it holds
 * for handshakes that begin afterwards, and replaces an earlier one for the same host.
 *
 * Errors: -EINVAL: also for a context of clients; else as nw_tls_client_create().
 */
NW_API NW_CHECK int nw_tls_server_add(nw_tls_context *context, const char *host,
                                      const nw_tls_options *options);
/**
 * Let go of it: it is freed with the last connection that uses it. Servers and clients of HTTP that have it
 * among their options must have ended before: they make connections with it. Accepts NULL.
 */
NW_API void nw_tls_destroy(nw_tls_context *context);

/**
 * Shake hands as a client over `below`, for both directions; `host` is whom the certificate must name, and is
 * sent (SNI) unless it is an address. `context` NULL: the default one of the process.
 *
 * The new stream owns `below` and closes it; when this fails, `below` stays the caller's and is good for
 * nothing but nw_close(). Sessions are resumed where host and context are the same.
 * Errors: NW_ECERTUNTRUSTED, NW_ECERTEXPIRED, NW_ECERTHOST, NW_ECERT: the peer is not who it should be;
 *         NW_ETLS: the handshake has failed otherwise; NW_ETRUNCATED; -ETIMEDOUT; those of `below`.
 */
NW_API NW_CHECK int nw_tls_connect(const nw_tls_context *context, nw_stream *below, const char *host,
                                   nw_stream **stream_out);
/** Shake hands as a server over `below`. Ownership and errors: as nw_tls_connect(). */
NW_API NW_CHECK int nw_tls_accept(const nw_tls_context *context, nw_stream *below, nw_stream **stream_out);

/** What a handshake has agreed on. Strings live as long as the stream. */
typedef struct nw_tls_info {
    enum nw_tls_version version;
    const char *cipher; /**< OpenSSL's name of it */
    const char *alpn;   /**< the protocol; "" when there is none */
    const char *host;   /**< whom the client has asked for (SNI); "" when it has not said */
    const char *peer;   /**< subject of the peer's certificate, as RFC 2253 writes it; "" without one */
    bool resumed;       /**< a session went on: nothing was verified anew */
    uint64_t reserved[4];
} nw_tls_info;

/** What the handshake of a stream of nw_tls_connect() or nw_tls_accept() has agreed on. Never waits. Errors:
 * -EINVAL: no such stream. */
NW_API NW_CHECK int nw_tls_inspect(const nw_stream *stream, nw_tls_info *info_out);

NW_END_DECLS

#endif
