/* SPDX-License-Identifier: MIT */
/*
 * Records on their way to the stream below, and their memory. Owns neither: they are the connection's, and
 * the memory of those that are sent is the loop's, for the next connection that has something to send. Must
 * not look into them.
 */
#include "stream/tls.h"

#define KEPT_BYTES ((size_t)256 * 1024) /* of records' memory that a loop keeps */

bool nw__tls_has_records(const struct nw__tls *tls)
{
    return tls->sent_bytes < tls->flying.size_bytes || tls->out.size_bytes > 0;
}

/* Is there something to be sent? While it is, new records gather in `out`. */
static bool next_flight(struct nw__tls *tls)
{
    if (tls->sent_bytes == tls->flying.size_bytes) {
        struct nw__bytes empty = tls->flying;
        nw__bytes_clear(&empty);
        tls->flying = tls->out;
        tls->out = empty;
        tls->sent_bytes = 0;
    }
    return tls->flying.size_bytes > 0;
}

/* -- the records' memory: the loop's, and a connection's only as long as it holds some that are unsent -- */

int nw__tls_reserve(struct nw__tls *tls, size_t size_bytes)
{
    struct nw__spares *spares = tls->below->spares;

    if (!tls->out.data && spares && spares->records.data) {
        tls->out.data = spares->records.data;
        tls->out.capacity_bytes = spares->records.capacity_bytes;
        spares->records.data = NULL;
    }
    return nw__bytes_reserve(&tls->out, size_bytes);
}

static void give_back(struct nw__tls *tls, struct nw__bytes *bytes)
{
    struct nw__spares *spares = tls->below->spares;

    if (bytes->data && spares && !spares->records.data && bytes->capacity_bytes <= KEPT_BYTES) {
        spares->records = *bytes;
        bytes->data = NULL;
    }
    nw__bytes_finish(bytes);
}

static void give_memory_back(struct nw__tls *tls)
{
    if (nw__tls_has_records(tls))
        return;
    give_back(tls, &tls->flying);
    give_back(tls, &tls->out);
    tls->sent_bytes = 0;
}

/* -- on their way -- */

/* Who is in the stream above, and is to leave it, must not begin another wait. */
static bool hurried(const struct nw__tls *tls)
{
    return tls->above && tls->above->hurried;
}

/* Most records go at once, and past the buffer below. */
static ssize_t send_some(struct nw__tls *tls)
{
    const char *data = tls->flying.data + tls->sent_bytes;
    size_t size_bytes = tls->flying.size_bytes - tls->sent_bytes;
    ssize_t n = nw_interrupted();

    if (n == 0)
        n = nw__stream_try_write(tls->below, data, size_bytes);
    if (n == -EAGAIN)
        return nw_write(tls->below, data, size_bytes);
    if (n > 0)
        nw__task_spend(nw__task_self(), (size_t)n);
    return n;
}

static int flush_below(struct nw__tls *tls)
{
    if (nw__stream_pending(tls->below) == 0 && !tls->below->transport->kind->flush)
        return 0;
    return nw_flush(tls->below);
}

static int send_records(struct nw__tls *tls)
{
    while (next_flight(tls)) {
        if (hurried(tls))
            return -EBADF;
        ssize_t n = send_some(tls);
        if (n < 0)
            return (int)n;
        tls->sent_bytes += (size_t)n;
    }
    return hurried(tls) ? -EBADF : flush_below(tls);
}

int nw__tls_send(struct nw__tls *tls)
{
    int rc;

    tls->sending = true;
    do
        rc = send_records(tls);
    while (rc == 0 && nw__tls_has_records(tls));
    tls->sending = false;
    give_memory_back(tls);
    return rc;
}

void nw__tls_push(struct nw__tls *tls)
{
    if (tls->sending)
        return;
    while (next_flight(tls)) {
        ssize_t n = nw__stream_try_write(tls->below, tls->flying.data + tls->sent_bytes,
                                         tls->flying.size_bytes - tls->sent_bytes);
        if (n <= 0)
            return;
        tls->sent_bytes += (size_t)n;
    }
    give_memory_back(tls);
}
