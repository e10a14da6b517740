/* SPDX-License-Identifier: MIT */
/*
 * What a server decides by what the client has said first: the certificate for the host that it wants, the
 * protocol that both have. Owns the certificates for names.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stream/tls.h"

struct named {
    struct nw__link link;
    struct nw__tls_identity identity;
    char host[];
};

static struct named *named_of(struct nw__link *link)
{
    return nw__container(link, struct named, link);
}

static void free_named(struct named *named)
{
    nw__tls_identity_finish(&named->identity);
    free(named);
}

/* RFC 9525, 6.3: "*.example.org" stands for exactly one more label. */
static bool matches(const char *pattern, const char *host)
{
    const char *dot = strchr(host, '.');

    if (pattern[0] == '*' && pattern[1] == '.')
        return dot && dot != host && strcasecmp(pattern + 1, dot) == 0;
    return strcasecmp(pattern, host) == 0;
}

/* A name that is told out goes before a wildcard. */
static struct named *find(nw_tls_context *context, const char *host)
{
    struct named *found = NULL;

    nw__list_each (link, &context->named) {
        struct named *named = named_of(link);
        if (matches(named->host, host) && (!found || found->host[0] == '*'))
            found = named;
    }
    return found;
}

static int identify(SSL *ssl, const struct nw__tls_identity *identity)
{
    SSL_certs_clear(ssl); /* else the other kind of key of the default one could win */
    return SSL_use_cert_and_key(ssl, identity->certificate, identity->key, identity->chain, 1);
}

static int choose_certificate(SSL *ssl, void *arg)
{
    nw_tls_context *context = arg;
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    struct named *named;
    int rc = 1;

    if (!host)
        return rc;
    pthread_mutex_lock(&context->mutex);
    named = find(context, host);
    if (named)
        rc = identify(ssl, &named->identity);
    pthread_mutex_unlock(&context->mutex);
    return rc;
}

/* That the name was understood: else a session would not remember it. */
static int accept_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

/* RFC 7301, 3.2: our first choice that the client has; none in common ends the connection. */
static int choose_protocol(SSL *ssl, const unsigned char **protocol_out, unsigned char *size_out,
                           const unsigned char *offered, unsigned offered_bytes, void *arg)
{
    const nw_tls_context *context = arg;
    unsigned char *chosen;

    (void)ssl;
    if (!context->alpn)
        return SSL_TLSEXT_ERR_NOACK;
    if (SSL_select_next_proto(&chosen, size_out, context->alpn, context->alpn_bytes, offered,
                              offered_bytes) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *protocol_out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void nw__tls_names_init(nw_tls_context *context)
{
    nw__list_init(&context->named);
    if (!context->server)
        return;
    SSL_CTX_set_cert_cb(context->ssl, choose_certificate, context);
    SSL_CTX_set_tlsext_servername_callback(context->ssl, accept_name);
    SSL_CTX_set_alpn_select_cb(context->ssl, choose_protocol, context);
}

void nw__tls_names_finish(nw_tls_context *context)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(&context->named)))
        free_named(named_of(link));
}

/* -- nw_tls_server_add() -- */

struct adding {
    nw_tls_context *context;
    const char *host;
    const nw_tls_options *options;
};

/* That OpenSSL takes it (a key may be too weak) shows now, and not when the first client comes. */
static int try_identity(const nw_tls_context *context, const struct nw__tls_identity *identity)
{
    SSL *ssl = SSL_new(context->ssl);
    int rc = !ssl ? -ENOMEM : identify(ssl, identity) == 1 ? 0 : nw__tls_trouble();

    SSL_free(ssl);
    return rc;
}

/* The newest one of a name replaces the others. */
static void put(nw_tls_context *context, struct named *named)
{
    pthread_mutex_lock(&context->mutex);
    nw__list_each_safe (link, &context->named)
        if (strcasecmp(named_of(link)->host, named->host) == 0) {
            nw__list_remove(link);
            free_named(named_of(link));
        }
    nw__list_push_back(&context->named, &named->link);
    pthread_mutex_unlock(&context->mutex);
}

static int add(void *arg)
{
    struct adding *adding = arg;
    size_t size = strlen(adding->host) + 1;
    struct named *named = calloc(1, sizeof *named + size);
    int saved_errno = errno, rc = -ENOMEM;

    if (named)
        rc = nw__tls_load_identity(adding->options, &named->identity);
    if (rc == 0)
        rc = try_identity(adding->context, &named->identity);
    ERR_clear_error();
    errno = saved_errno;
    if (rc < 0) {
        if (named)
            free_named(named);
        return rc;
    }
    memcpy(named->host, adding->host, size);
    put(adding->context, named);
    return 0;
}

int nw_tls_server_add(nw_tls_context *context, const char *host, const nw_tls_options *options)
{
    struct adding adding = {context, host, options};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (self && rc < 0)
        return rc;
    if (!context || !context->server || !host || !*host || strlen(host) >= NW__TLS_HOST_BYTES)
        return -EINVAL;
    rc = nw__tls_check_options(options, true);
    if (rc < 0)
        return rc;
    return self ? nw__work_await("tls", add, &adding) : add(&adding);
}
