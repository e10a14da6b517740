/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a TLS connection, as client and as server, and what came of it. Owns the connection until
 * it is a stream; the stream below stays the caller's until then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "stream/tls.h"

#define BUFFER_MIN_BYTES ((size_t)16 * 1024)

/* -- whom a client wants -- */

/* "example.org." is "example.org"; a scope ("fe80::1%eth0") is our own affair and in no certificate. */
static int set_host(struct nw__tls *tls, const char *host)
{
    size_t size = strchr(host, ':') ? strcspn(host, "%") : strlen(host);

    if (size > 1 && host[size - 1] == '.')
        size--;
    if (size == 0 || size >= sizeof tls->host || host[0] == '.')
        return -EINVAL;
    memcpy(tls->host, host, size);
    tls->host[size] = '\0';
    return 0;
}

static bool is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* RFC 9110, 4.3.4 and RFC 9525: names of subjectAltName only, never the subject's common name. */
static int expect_host(struct nw__tls *tls)
{
    X509_VERIFY_PARAM *verify = SSL_get0_param(tls->ssl);
    bool address = is_address(tls->host);

    if (!address && SSL_set_tlsext_host_name(tls->ssl, tls->host) != 1)
        return -ENOMEM;
    if (tls->context->insecure)
        return 0;
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    int set = address ? X509_VERIFY_PARAM_set1_ip_asc(verify, tls->host) : SSL_set1_host(tls->ssl, tls->host);
    return set == 1 ? 0 : -ENOMEM;
}

static void go_on_with_session(struct nw__tls *tls)
{
    SSL_SESSION *session = tls->context->resumes ? nw__tls_session_take(tls->context, tls->host) : NULL;

    if (session)
        SSL_set_session(tls->ssl, session);
    SSL_SESSION_free(session);
}

static int begin_client(struct nw__tls *tls, const char *host)
{
    int saved_errno = errno, rc = set_host(tls, host);

    if (rc == 0)
        rc = expect_host(tls);
    if (rc == 0) {
        go_on_with_session(tls);
        SSL_set_connect_state(tls->ssl);
    }
    ERR_clear_error();
    errno = saved_errno;
    return rc;
}

/* -- the handshake -- */

/* -EAGAIN: the peer's turn. */
static int step(struct nw__tls *tls)
{
    int saved_errno = errno, rc;

    ERR_clear_error();
    rc = SSL_do_handshake(tls->ssl);
    if (rc == 1)
        rc = 0;
    else
        rc = nw__tls_result(tls, rc);
    errno = saved_errno;
    return rc;
}

/*
 * After a server's last step in TLS 1.3 only tickets are left: they go with what is written first. Whoever
 * never writes does not send them into a connection that the client may have closed, which would reset it.
 */
static bool may_wait_for_data(const struct nw__tls *tls)
{
    return tls->context->server && SSL_version(tls->ssl) >= TLS1_3_VERSION;
}

static int shake_hands(struct nw__tls *tls)
{
    int rc, sent = 0;

    do {
        rc = step(tls);
        if (rc < 0 && rc != -EAGAIN) {
            nw__tls_push(tls); /* the alert; whether it arrives makes no difference to us */
            return rc;
        }
        if (rc == -EAGAIN || !may_wait_for_data(tls))
            sent = nw__tls_send(tls);
        if (sent < 0)
            return sent;
        if (rc == -EAGAIN) {
            int received = nw__tls_receive(tls);
            if (received < 0)
                return received;
        }
    } while (rc == -EAGAIN);
    return 0;
}

/* What OpenSSL verifies is verified; this is for the case that it was never asked to. */
static int check_peer(const struct nw__tls *tls)
{
    const nw_tls_context *context = tls->context;

    if (context->server || context->insecure)
        return 0;
    return SSL_get0_peer_certificate(tls->ssl) && SSL_get_verify_result(tls->ssl) == X509_V_OK ? 0 : NW_ECERT;
}

static void learn(struct nw__tls *tls)
{
    const char *host = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
    const unsigned char *alpn;
    unsigned alpn_bytes;

    SSL_get0_alpn_selected(tls->ssl, &alpn, &alpn_bytes);
    if (alpn_bytes > 0 && alpn_bytes < sizeof tls->alpn)
        memcpy(tls->alpn, alpn, alpn_bytes);
    if (tls->context->server && host && strlen(host) < sizeof tls->host)
        strcpy(tls->host, host);
}

/* The stream below is this one's from now on, and nobody else's: not the loop's either, when that ends. */
static int rise(struct nw__tls *tls, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true, .writable = true};
    nw_stream *below = tls->below;
    nw_open_options options = {.buffer_bytes = below->buffer_bytes};
    int rc;

    if (options.buffer_bytes < BUFFER_MIN_BYTES)
        options.buffer_bytes = BUFFER_MIN_BYTES;
    rc = nw__stream_create(&tls->base, &mode, &options, &tls->above);
    if (rc < 0)
        return rc;
    nw__list_remove(&below->in_loop);
    *stream_out = tls->above;
    return 0;
}

static int establish(struct nw__tls *tls, nw_stream **stream_out)
{
    nw_deadline deadline;
    int rc;

    nw_deadline_begin(&deadline, tls->context->handshake_timeout_ns);
    rc = shake_hands(tls);
    (void)nw_deadline_end(&deadline);
    if (rc == 0)
        rc = check_peer(tls);
    if (rc < 0)
        return rc;
    learn(tls);
    return rise(tls, stream_out);
}

/* Is it a stream that can carry a connection, and this a call that may wait? */
static int check_below(nw_stream *below)
{
    nw_slice view;

    if (!below || nw__stream_one_position(below))
        return -EINVAL;
    ssize_t n = nw_peek(below, 0, &view);
    if (n >= 0)
        n = below->writable ? 0 : -EBADF;
    return (int)n;
}

/* `host`: of a client; NULL: a server. */
static int secure(nw_tls_context *context, nw_stream *below, const char *host, nw_stream **stream_out)
{
    struct nw__tls *tls;
    int rc = nw__tls_create(context, below, &tls);

    if (rc < 0)
        return rc;
    if (host)
        rc = begin_client(tls, host);
    else
        SSL_set_accept_state(tls->ssl);
    if (rc == 0)
        rc = establish(tls, stream_out);
    if (rc < 0)
        nw__tls_free(tls);
    return rc;
}

/* Contexts count who uses them, which is not what callers mean by changing one. */
static nw_tls_context *context_of(const nw_tls_context *context)
{
    return (nw_tls_context *)(uintptr_t)context;
}

int nw_tls_connect(const nw_tls_context *context, nw_stream *below, const char *host, nw_stream **stream_out)
{
    nw_tls_context *chosen = context_of(context);
    int rc = check_below(below);

    if (rc < 0)
        return rc;
    if (!host || !stream_out || (chosen && chosen->server))
        return -EINVAL;
    if (!chosen)
        rc = nw__tls_default(&chosen);
    return rc < 0 ? rc : secure(chosen, below, host, stream_out);
}

int nw_tls_accept(const nw_tls_context *context, nw_stream *below, nw_stream **stream_out)
{
    int rc = check_below(below);

    if (rc < 0)
        return rc;
    if (!stream_out || !context || !context->server)
        return -EINVAL;
    return secure(context_of(context), below, NULL, stream_out);
}

/* -- what came of it -- */

/* RFC 2253: control characters and what is not ASCII are escaped. */
static int format_subject(const X509 *certificate, char **text_out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text = NULL;
    long size = 0;

    if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
        size = BIO_get_mem_data(bio, &data); /* not terminated */
        text = calloc(1, (size_t)size + 1);
        if (text && size > 0)
            memcpy(text, data, (size_t)size);
    }
    BIO_free(bio);
    if (!text)
        return -ENOMEM;
    *text_out = text;
    return 0;
}

static int learn_peer(struct nw__tls *tls)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    int saved_errno = errno, rc = 0;

    if (!tls->peer && certificate)
        rc = format_subject(certificate, &tls->peer);
    ERR_clear_error();
    errno = saved_errno;
    return rc;
}

int nw_tls_inspect(const nw_stream *stream, nw_tls_info *info_out)
{
    struct nw__tls *tls = nw__tls_of(stream);
    int rc = tls && info_out ? learn_peer(tls) : -EINVAL;

    if (rc < 0)
        return rc;
    *info_out = (nw_tls_info){
        .version = (enum nw_tls_version)SSL_version(tls->ssl),
        .cipher = SSL_get_cipher_name(tls->ssl),
        .alpn = tls->alpn,
        .host = tls->host,
        .peer = tls->peer ? tls->peer : "",
        .resumed = SSL_session_reused(tls->ssl),
    };
    return 0;
}
