/* SPDX-License-Identifier: MIT */
/*
 * TLS as a transport: what is read is decrypted from the buffer of the stream below, what is written is
 * encrypted into records, which tls_send.c sends. Owns the stream below, the SSL and the records.
 *
 * The two directions are used by two tasks at a time. They meet in the SSL only, in which nobody ever waits.
 * A task that reads may cause records (an alert) but never waits until they are sent: the peer may not be
 * reading before it is read from. A record that was made is sent once: it is kept if its sender must go.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "stream/tls.h"

#define RECORD_EXTRA_BYTES 256  /* header, tag, padding, initialization vector: at most */
#define AHEAD_BYTES        4096 /* that are there: short records, which OpenSSL may take all at once */
#define OUT_LIMIT_BYTES    (1024 * 1024) /* only a peer that makes us answer and does not read gets there */

static struct nw__tls *tls_of(const struct nw__transport *transport)
{
    return (struct nw__tls *)(uintptr_t)transport;
}

static bool is_unsent(const struct nw__tls *tls)
{
    return nw__tls_has_records(tls) || nw__stream_pending(tls->below) > 0;
}

/* Tickets alone are nobody's loss. */
static bool is_written_unsent(const struct nw__tls *tls)
{
    return tls->written && is_unsent(tls);
}

/* -- records come in -- */

int nw__tls_receive(struct nw__tls *tls)
{
    nw_slice view;
    ssize_t n;

    if (tls->above && tls->above->closing)
        return -EBADF; /* hurried out, while a record was not complete */
    n = nw_peek(tls->below, 1, &view);
    if (n == 0)
        return NW_ETRUNCATED;
    return n < 0 ? (int)n : 0;
}

/* What reading could make something of. Without it OpenSSL says the same, but takes its time. */
static bool has_input(const struct nw__tls *tls)
{
    return nw__stream_available(tls->below) > 0 || SSL_has_pending(tls->ssl) ||
           (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN);
}

/*
 * A short record is taken from below at once, and not its header first. Of long ones OpenSSL would move to
 * the beginning of its buffer what it has taken of the next.
 */
static void choose_ahead(struct nw__tls *tls)
{
    bool ahead = nw__stream_available(tls->below) <= AHEAD_BYTES;

    if (ahead != tls->ahead)
        SSL_set_read_ahead(tls->ssl, ahead);
    tls->ahead = ahead;
}

/* From what lies in the buffer below; `dry`: all of it. -EAGAIN: more must come. */
static ssize_t decrypt(struct nw__tls *tls, char *data, size_t size_bytes)
{
    int saved_errno = errno;
    size_t done = 0, part, held = tls->out.size_bytes;
    bool more = has_input(tls);
    int rc = -EAGAIN;

    tls->base.dry = false;
    if (tls->failed)
        return tls->failed;
    nw__tls_clear_errors();
    if (more) {
        choose_ahead(tls);
        nw__tls_keep_warm(tls);
    }
    while (done < size_bytes && more) {
        rc = SSL_read_ex(tls->ssl, data + done, size_bytes - done, &part);
        if (rc != 1) {
            rc = nw__tls_result(tls, rc);
            more = false; /* if that is -EAGAIN, what it has is no whole record */
            break;
        }
        done += part;
        rc = -EAGAIN;
        more = has_input(tls);
    }
    tls->base.dry = rc == -EAGAIN && !more;
    if (tls->out.size_bytes > held)
        nw__tls_push(tls); /* an alert */
    errno = saved_errno;
    return done ? (ssize_t)done : rc;
}

/* Records without data can follow each other without an end. Who waits for input is told why to go. */
static bool must_go(const struct nw__tls *tls)
{
    return nw_interrupted() || (tls->above && tls->above->closing);
}

/* "RH": to read a header is what OpenSSL does next. */
bool nw__tls_is_in_record(const struct nw__tls *tls)
{
    return SSL_has_pending(tls->ssl) || strcmp(SSL_rstate_string(tls->ssl), "RH") != 0;
}

static bool is_in_part(const struct nw__transport *transport)
{
    return nw__tls_is_in_record(tls_of(transport));
}

static ssize_t try_read(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct nw__tls *tls = tls_of(transport);
    ssize_t n;

    (void)offset;
    do
        n = decrypt(tls, data, size_bytes);
    while (n == -EAGAIN && !must_go(tls) && nw__stream_fill_now(tls->below) > 0);
    return n;
}

/* What came may be less than a record: then it is waited for again. */
static int await_input(struct nw__transport *transport)
{
    int rc = nw__tls_receive(tls_of(transport));

    if (rc == 0)
        transport->dry = false;
    return rc;
}

/* -- writing -- */

/* May it be written at all? */
static int check_writable(const struct nw__tls *tls)
{
    if (tls->failed)
        return tls->failed;
    return tls->ended ? -EPIPE : 0;
}

/* What so much becomes, at most. */
static size_t records_bytes(size_t size_bytes)
{
    return size_bytes + (size_bytes / NW__TLS_RECORD_BYTES + 2) * RECORD_EXTRA_BYTES;
}

/*
 * Into records, for which there is room. Returns: bytes; an error: nothing was taken, and never will be
 * again. Never -EAGAIN: each failure is for good, whatever was in OpenSSL's queue before, so that need not
 * be empty.
 */
static ssize_t encrypt(struct nw__tls *tls, const char *data, size_t size_bytes)
{
    int saved_errno = errno, rc = 0;
    size_t done = 0, part;

    while (done < size_bytes) {
        size_t left = size_bytes - done;
        rc = SSL_write_ex(tls->ssl, data + done, left < NW__TLS_RECORD_BYTES ? left : NW__TLS_RECORD_BYTES,
                          &part);
        if (rc != 1) {
            rc = nw__tls_result(tls, rc);
            break;
        }
        done += part;
        tls->written = true;
    }
    errno = saved_errno;
    return done ? (ssize_t)done : rc == 0 || rc == -EAGAIN ? NW_ETLS : rc;
}

static ssize_t take(struct nw__tls *tls, const char *data, size_t size_bytes, size_t limit_bytes)
{
    size_t taken = size_bytes < limit_bytes ? size_bytes : limit_bytes;
    int rc = nw__tls_reserve(tls, records_bytes(taken));

    return rc < 0 ? rc : encrypt(tls, data, taken);
}

/* May it be written, and is nothing on its way still, which must not grow without an end? */
static int begin_writing(struct nw__tls *tls)
{
    int rc = check_writable(tls);

    return rc == 0 && tls->sent_bytes < tls->flying.size_bytes ? nw__tls_send(tls) : rc;
}

/* What was taken is taken: if it cannot be sent now, the next call tries, and nw_flush() tells. */
static ssize_t write_some(struct nw__transport *transport, const void *data, size_t size_bytes,
                          int64_t offset)
{
    struct nw__tls *tls = tls_of(transport);
    ssize_t n = begin_writing(tls);

    (void)offset;
    if (n < 0)
        return n;
    n = take(tls, data, size_bytes, NW__TLS_BATCH_BYTES);
    if (n > 0 && !transport->more)
        (void)!nw__tls_send(tls);
    return n;
}

/* -- files -- */

/*
 * What the page cache has is read to where the records will end, and is gone, record by record, when they get
 * there: one piece of memory, which is in the processor's caches. -EAGAIN: only by waiting, in which others
 * may add records.
 */
static ssize_t take_cached(struct nw__tls *tls, int fd, int64_t offset, size_t size_bytes)
{
    size_t room = records_bytes(size_bytes);
    ssize_t n = nw__tls_reserve(tls, room);

    if (n < 0)
        return n;
    char *data = nw__bytes_tail(&tls->out) + room - size_bytes;
    n = nw__try_read(fd, data, size_bytes, offset);
    return n > 0 ? encrypt(tls, data, (size_t)n) : n;
}

static ssize_t take_waiting(struct nw__tls *tls, int fd, int64_t offset, size_t size_bytes)
{
    char *data = malloc(size_bytes);
    ssize_t n = data ? nw_fd_pread(fd, data, size_bytes, offset) : -ENOMEM;

    if (n > 0)
        n = take(tls, data, (size_t)n, size_bytes);
    free(data);
    return n;
}

static ssize_t send_file(struct nw__transport *transport, int fd, int64_t offset, size_t size_bytes)
{
    struct nw__tls *tls = tls_of(transport);
    ssize_t n = begin_writing(tls);

    if (n < 0)
        return n;
    if (size_bytes > NW__TLS_BATCH_BYTES)
        size_bytes = NW__TLS_BATCH_BYTES;
    n = take_cached(tls, fd, offset, size_bytes);
    if (n == -EAGAIN)
        n = take_waiting(tls, fd, offset, size_bytes);
    if (n > 0)
        (void)!nw__tls_send(tls);
    return n;
}

static ssize_t try_write(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset)
{
    struct nw__tls *tls = tls_of(transport);
    ssize_t n = check_writable(tls);

    (void)offset;
    if (n < 0)
        return n;
    nw__tls_push(tls);
    if (nw__tls_has_records(tls))
        return -EAGAIN;
    n = take(tls, data, size_bytes, NW__TLS_RECORD_BYTES);
    nw__tls_push(tls);
    return n;
}

/* What OpenSSL has made of it may have found no room in the socket. */
static bool push(struct nw__transport *transport)
{
    struct nw__tls *tls = tls_of(transport);

    nw__tls_push(tls);
    return !is_written_unsent(tls);
}

static int flush(struct nw__transport *transport)
{
    struct nw__tls *tls = tls_of(transport);

    return is_written_unsent(tls) && !transport->more ? nw__tls_send(tls) : 0;
}

/* -- the end -- */

/* Our closing alert, as a record. */
static void end(struct nw__tls *tls)
{
    int saved_errno = errno;

    if (tls->ended || tls->failed)
        return;
    tls->ended = true;
    nw__tls_clear_errors();
    if (SSL_shutdown(tls->ssl) < 0)
        ERR_clear_error();
    errno = saved_errno;
}

static int shut_down(struct nw__transport *transport)
{
    struct nw__tls *tls = tls_of(transport);

    if (tls->failed)
        return tls->failed;
    end(tls);
    return nw__tls_send(tls);
}

/* As far as waiting is allowed. */
static int send_last(struct nw__tls *tls)
{
    int rc = nw_interrupted();

    if (rc == 0)
        rc = nw__tls_send(tls);
    if (rc < 0)
        nw__tls_push(tls);
    return is_unsent(tls) ? rc : 0;
}

/*
 * The peer hears of the end unless something is missing before it. Whether it still listens to that, when
 * it has got all that was written, is its own affair.
 */
static int close_tls(struct nw__transport *transport)
{
    struct nw__tls *tls = tls_of(transport);
    int rc = is_written_unsent(tls) ? send_last(tls) : 0;

    if (!transport->torn && rc == 0) {
        end(tls);
        (void)send_last(tls);
    }
    (void)nw_close(tls->below);
    nw__tls_free(tls);
    return rc;
}

static nw_stream *below_of(const struct nw__transport *transport)
{
    return tls_of(transport)->below;
}

static int fd_of(const struct nw__transport *transport)
{
    return nw_stream_fd(tls_of(transport)->below);
}

const struct nw__transport_kind nw__tls_kind = {
    .name = "tls",
    .try_read = try_read,
    .await_input = await_input,
    .write = write_some,
    .try_write = try_write,
    .send_file = send_file,
    .push = push,
    .flush = flush,
    .shutdown = shut_down,
    .below = below_of,
    .is_in_part = is_in_part,
    .fd = fd_of,
    .close = close_tls,
};

struct nw__tls *nw__tls_of(const nw_stream *stream)
{
    return stream && stream->transport->kind == &nw__tls_kind ? tls_of(stream->transport) : NULL;
}

int nw__tls_create(nw_tls_context *context, nw_stream *below, struct nw__tls **tls_out)
{
    struct nw__tls *tls = calloc(1, sizeof *tls);
    int saved_errno = errno, rc = -ENOMEM;

    if (!tls)
        return rc;
    tls->base.kind = &nw__tls_kind;
    nw__link_init(&tls->in_warm);
    tls->below = below;
    nw__bytes_init(&tls->out, OUT_LIMIT_BYTES);
    nw__bytes_init(&tls->flying, OUT_LIMIT_BYTES);
    tls->context = context;
    nw__tls_context_hold(context);
    tls->ssl = SSL_new(context->ssl);
    if (tls->ssl && SSL_set_app_data(tls->ssl, tls) == 1)
        rc = nw__tls_attach(tls);
    ERR_clear_error();
    errno = saved_errno;
    if (rc < 0) {
        nw__tls_free(tls);
        return rc;
    }
    *tls_out = tls;
    return 0;
}

void nw__tls_free(struct nw__tls *tls)
{
    int saved_errno = errno;

    nw__tls_leave_warm(tls);
    SSL_free(tls->ssl);
    ERR_clear_error();
    nw_tls_destroy(tls->context);
    nw__bytes_finish(&tls->out);
    nw__bytes_finish(&tls->flying);
    free(tls->peer);
    free(tls);
    errno = saved_errno;
}
