/* SPDX-License-Identifier: MIT */
/*
 * Contexts: from options to an SSL_CTX. Owns what connections share, until the last of them has let go. Reads
 * files: in a task, all of it is done by a worker.
 */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "stream/tls.h"

#define HANDSHAKE_NS NW_SEC(30)

/* TLS 1.2: forward secrecy, no SHA-1, nobody anonymous. */
#define CIPHERS                                                                                              \
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!"      \
    "AESCCM"

static const nw_tls_options no_options;

/* -- options -- */

static int check_protocols(const nw_tls_options *options)
{
    size_t sum = 0;

    if (options->alpn_count && !options->alpn)
        return -EINVAL;
    for (size_t i = 0; i < options->alpn_count; i++) {
        size_t size = options->alpn[i] ? strlen(options->alpn[i]) : 0;
        sum += size + 1;
        if (size == 0 || size > UINT8_MAX || sum > UINT16_MAX)
            return -EINVAL;
    }
    return 0;
}

static bool is_text(nw_slice text)
{
    return text.size <= INT_MAX && (text.data || text.size == 0);
}

int nw__tls_check_options(const nw_tls_options *options, bool server)
{
    if (!options)
        return server ? -EINVAL : 0;
    bool file = options->certificate_file, pem = options->certificate_pem.size > 0;
    if ((file && pem) || (options->key_file && !file) || (server && !file && !pem))
        return -EINVAL;
    if (!is_text(options->ca_pem) || !is_text(options->certificate_pem) || options->handshake_timeout_ns < 0)
        return -EINVAL;
    if ((options->least != NW_TLS_DEFAULT && options->least != NW_TLS_1_2 && options->least != NW_TLS_1_3) ||
        (unsigned)options->clients > NW_TLS_CLIENTS_REQUIRED)
        return -EINVAL;
    return nw__reserved_unused(options) ? check_protocols(options) : -EINVAL;
}

/* -- the parts of a context -- */

static int set_protocols(nw_tls_context *context, const nw_tls_options *options)
{
    size_t size = 0;

    for (size_t i = 0; i < options->alpn_count; i++)
        size += strlen(options->alpn[i]) + 1;
    if (size == 0)
        return 0;
    context->alpn = malloc(size);
    if (!context->alpn)
        return -ENOMEM;
    context->alpn_bytes = (unsigned)size;
    unsigned char *at = context->alpn;
    for (size_t i = 0; i < options->alpn_count; i++) {
        size = strlen(options->alpn[i]);
        *at++ = (unsigned char)size;
        memcpy(at, options->alpn[i], size);
        at += size;
    }
    return SSL_CTX_set_alpn_protos(context->ssl, context->alpn, context->alpn_bytes) == 0 ? 0 : -ENOMEM;
}

static int set_identity(nw_tls_context *context, const nw_tls_options *options)
{
    struct nw__tls_identity identity;
    int rc;

    if (!options->certificate_file && !options->certificate_pem.size)
        return 0;
    rc = nw__tls_load_identity(options, &identity);
    if (rc < 0)
        return rc;
    if (SSL_CTX_use_cert_and_key(context->ssl, identity.certificate, identity.key, identity.chain, 1) != 1)
        rc = nw__tls_trouble();
    nw__tls_identity_finish(&identity);
    return rc;
}

static int set_verification(nw_tls_context *context, const nw_tls_options *options)
{
    static const int server_modes[] = {
        [NW_TLS_CLIENTS_ANYBODY] = SSL_VERIFY_NONE,
        [NW_TLS_CLIENTS_ASKED] = SSL_VERIFY_PEER,
        [NW_TLS_CLIENTS_REQUIRED] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
    };
    int mode = context->server     ? server_modes[options->clients]
               : context->insecure ? SSL_VERIFY_NONE
                                   : SSL_VERIFY_PEER;

    SSL_CTX_set_verify(context->ssl, mode, NULL);
    return mode == SSL_VERIFY_NONE ? 0 : nw__tls_load_trust(context->ssl, options, context->server);
}

/*
 * Buffers are given back while a connection waits. Nothing is read ahead here: what the stream below has
 * buffered is. No compression (CRIME), no renegotiation.
 */
static int set_protocol(nw_tls_context *context, const nw_tls_options *options)
{
    static const unsigned char session_owner[] = "nowait";
    SSL_CTX *ssl = context->ssl;
    uint64_t set = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                   SSL_OP_PRIORITIZE_CHACHA;

    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    if (!context->resumes) {
        set |= SSL_OP_NO_TICKET;
        SSL_CTX_set_num_tickets(ssl, 0);
    }
    SSL_CTX_set_options(ssl, set);
    if (SSL_CTX_set_min_proto_version(ssl, options->least ? (int)options->least : TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(ssl, session_owner, sizeof session_owner - 1) != 1)
        return nw__tls_trouble();
    if (SSL_CTX_set_cipher_list(ssl, options->ciphers ? options->ciphers : CIPHERS) == 1)
        return 0;
    int rc = nw__tls_trouble();
    return rc == -ENOMEM ? rc : -EINVAL;
}

/* -- life -- */

static void free_context(nw_tls_context *context)
{
    int saved_errno = errno;

    if (context->ssl) {
        nw__tls_names_finish(context);
        nw__tls_sessions_finish(context);
        SSL_CTX_free(context->ssl);
    }
    free(context->alpn);
    pthread_mutex_destroy(&context->mutex);
    free(context);
    errno = saved_errno;
}

static int fill_context(nw_tls_context *context, const nw_tls_options *options)
{
    int rc;

    context->ssl = SSL_CTX_new(context->server ? TLS_server_method() : TLS_client_method());
    if (!context->ssl)
        return -ENOMEM;
    nw__tls_names_init(context);
    nw__tls_sessions_init(context);
    rc = set_protocol(context, options);
    if (rc == 0)
        rc = set_protocols(context, options);
    if (rc == 0)
        rc = set_verification(context, options);
    return rc == 0 ? set_identity(context, options) : rc;
}

struct making {
    const nw_tls_options *options;
    bool server;
    nw_tls_context *context;
};

static int make(void *arg)
{
    struct making *making = arg;
    const nw_tls_options *options = making->options;
    nw_tls_context *context = calloc(1, sizeof *context);
    int saved_errno = errno, rc;

    if (!context)
        return -ENOMEM;
    atomic_init(&context->references, 1);
    pthread_mutex_init(&context->mutex, NULL);
    context->server = making->server;
    context->insecure = options->insecure && !making->server;
    context->resumes = !options->no_resumption;
    context->handshake_timeout_ns =
        options->handshake_timeout_ns ? options->handshake_timeout_ns : HANDSHAKE_NS;
    rc = fill_context(context, options);
    ERR_clear_error();
    errno = saved_errno;
    if (rc < 0)
        free_context(context);
    else
        making->context = context;
    return rc;
}

static int create(const nw_tls_options *options, bool server, nw_tls_context **context_out)
{
    struct making making = {.options = options ? options : &no_options, .server = server};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (self && rc < 0)
        return rc;
    if (!context_out)
        return -EINVAL;
    rc = nw__tls_check_options(options, server);
    if (rc == 0)
        rc = self ? nw__work_await("tls", make, &making) : make(&making);
    if (rc == 0)
        *context_out = making.context;
    return rc;
}

int nw_tls_client_create(const nw_tls_options *options, nw_tls_context **context_out)
{
    return create(options, false, context_out);
}

int nw_tls_server_create(const nw_tls_options *options, nw_tls_context **context_out)
{
    return create(options, true, context_out);
}

void nw__tls_context_hold(nw_tls_context *context)
{
    atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
}

void nw_tls_destroy(nw_tls_context *context)
{
    if (context && atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) == 1)
        free_context(context);
}

/* Tasks that need it at the same time each make one; the first that is done wins. */
int nw__tls_default(nw_tls_context **context_out)
{
    static _Atomic(nw_tls_context *) shared;
    nw_tls_context *context = atomic_load_explicit(&shared, memory_order_acquire), *other = NULL;
    int rc;

    if (!context) {
        rc = nw_tls_client_create(NULL, &context);
        if (rc < 0)
            return rc;
        if (!atomic_compare_exchange_strong(&shared, &other, context)) {
            nw_tls_destroy(context);
            context = other;
        }
    }
    *context_out = context;
    return 0;
}
