/* SPDX-License-Identifier: MIT */
/*
 * Sessions of a client, by host: what a server gave to go on with. Bounded; safe between threads. A context's
 * sessions are its own, so that what an insecure one has believed helps nobody else.
 *
 * RFC 8446, C.4: a ticket of TLS 1.3 is used once, so that nobody can tell that two connections are one
 * client's. A session of TLS 1.2 is used again, as a copy.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "stream/tls.h"

#define SESSIONS_MAX 256 /* of a context */
#define HOST_MAX     8   /* of them, of one host: as many connections at once go on */

struct session {
    struct nw__link link;
    SSL_SESSION *ssl;
    char host[];
};

static struct session *session_of(struct nw__link *link)
{
    return nw__container(link, struct session, link);
}

static void drop(nw_tls_context *context, struct session *session)
{
    nw__list_remove(&session->link);
    context->session_count--;
    SSL_SESSION_free(session->ssl);
    free(session);
}

/* The oldest ones, of this host and of all. */
static void make_room(nw_tls_context *context, const char *host)
{
    struct session *last = NULL;
    unsigned count = 0;

    nw__list_each (link, &context->sessions) {
        if (strcasecmp(session_of(link)->host, host) != 0)
            continue;
        last = session_of(link);
        count++;
    }
    if (count >= HOST_MAX)
        drop(context, last);
    else if (context->session_count >= SESSIONS_MAX)
        drop(context, session_of(context->sessions.head.prev));
}

/* Returns: the session is kept. */
static bool keep(nw_tls_context *context, const char *host, SSL_SESSION *ssl)
{
    size_t size = strlen(host) + 1;
    struct session *session = malloc(sizeof *session + size);

    if (!session)
        return false;
    session->ssl = ssl;
    memcpy(session->host, host, size);
    pthread_mutex_lock(&context->mutex);
    make_room(context, host);
    nw__list_push_front(&context->sessions, &session->link);
    context->session_count++;
    pthread_mutex_unlock(&context->mutex);
    return true;
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct nw__tls *tls = SSL_get_app_data(ssl);

    return tls && keep(tls->context, tls->host, session);
}

static bool is_good(const SSL_SESSION *ssl)
{
    return SSL_SESSION_is_resumable(ssl) &&
           SSL_SESSION_get_time(ssl) + SSL_SESSION_get_timeout(ssl) > (long)time(NULL);
}

/* The caller holds the mutex. NULL: it was good for nothing any more, and is gone. */
static SSL_SESSION *use(nw_tls_context *context, struct session *session)
{
    SSL_SESSION *ssl = NULL;

    if (is_good(session->ssl)) {
        if (SSL_SESSION_get_protocol_version(session->ssl) != TLS1_3_VERSION)
            return SSL_SESSION_dup(session->ssl);
        ssl = session->ssl;
        session->ssl = NULL;
    }
    drop(context, session);
    return ssl;
}

SSL_SESSION *nw__tls_session_take(nw_tls_context *context, const char *host)
{
    SSL_SESSION *found = NULL;

    pthread_mutex_lock(&context->mutex);
    nw__list_each_safe (link, &context->sessions) {
        if (strcasecmp(session_of(link)->host, host) == 0)
            found = use(context, session_of(link));
        if (found)
            break;
    }
    pthread_mutex_unlock(&context->mutex);
    return found;
}

void nw__tls_sessions_init(nw_tls_context *context)
{
    nw__list_init(&context->sessions);
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
    if (context->server || !context->resumes)
        return;
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context->ssl, on_session);
}

void nw__tls_sessions_finish(nw_tls_context *context)
{
    struct nw__link *link;

    while ((link = nw__list_front(&context->sessions)))
        drop(context, session_of(link));
}
