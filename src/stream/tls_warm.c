/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's two buffers of some 17 KiB. A connection gives them back after each record, so that one that
 * waits has none; taking and giving costs some 5 % of what a short request does. So those of a loop that were
 * read from last keep theirs, a few at most: they are the loop's list. Must not look into records.
 */
#include "stream/tls.h"

#define IN_USE_NS NW_MS(100)

/*
 * What is in use now goes back when it is not. SSL_free_buffers() should see to that, but
 * before 3.0.14, 3.1.6, 3.2.2 and 3.3.1 it took a record away that was still to be read (CVE-2024-4741).
 */
static void cool(struct nw__tls *tls)
{
    SSL_set_mode(tls->ssl, SSL_MODE_RELEASE_BUFFERS);
    if (!nw__tls_is_in_record(tls))
        (void)SSL_free_buffers(tls->ssl);
    nw__tls_leave_warm(tls);
}

/* Whoever is in use keeps its place: more than there is room for would take it from each other all the time.
 */
static bool find_room(const struct nw__spares *spares, int64_t now_ns)
{
    struct nw__tls *oldest;

    if (spares->warm_count < NW__TLS_WARM_MAX)
        return true;
    oldest = nw__container(spares->warm.head.prev, struct nw__tls, in_warm);
    if (now_ns - oldest->used_ns < IN_USE_NS)
        return false;
    cool(oldest);
    return true;
}

void nw__tls_keep_warm(struct nw__tls *tls)
{
    struct nw__spares *spares = tls->below->spares;
    int64_t now_ns = tls->below->loop->turn_began_ns;

    if (!spares || tls->used_ns == now_ns)
        return;
    tls->used_ns = now_ns;
    if (tls->warm_in) {
        nw__list_remove(&tls->in_warm);
    } else {
        if (!find_room(spares, now_ns))
            return;
        SSL_clear_mode(tls->ssl, SSL_MODE_RELEASE_BUFFERS);
        tls->warm_in = spares;
        spares->warm_count++;
    }
    nw__list_push_front(&spares->warm, &tls->in_warm);
}

void nw__tls_leave_warm(struct nw__tls *tls)
{
    if (!tls->warm_in)
        return;
    nw__list_remove(&tls->in_warm);
    tls->warm_in->warm_count--;
    tls->warm_in = NULL;
}
