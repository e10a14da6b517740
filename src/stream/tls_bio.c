/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's input and output: the buffer of the stream below, and the records of the connection. Owns
 * nothing. Never waits: an empty buffer is "try again", and output is always taken as long as there is
 * memory.
 */
#include <openssl/bio.h>
#include <string.h>

#include "stream/tls.h"

static BIO_METHOD *method;

static int read_below(BIO *bio, char *data, int size)
{
    struct nw__tls *tls = BIO_get_data(bio);
    size_t n = nw__stream_available(tls->below);

    BIO_clear_retry_flags(bio);
    if (size <= 0)
        return 0;
    if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (n > (size_t)size)
        n = (size_t)size;
    memcpy(data, tls->below->at, n);
    tls->below->at += n;
    return (int)n;
}

static int write_out(BIO *bio, const char *data, int size)
{
    struct nw__tls *tls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (size <= 0)
        return 0;
    int rc = nw__tls_reserve(tls, (size_t)size);
    if (rc == 0)
        rc = nw__bytes_append(&tls->out, data, (size_t)size);
    if (rc < 0) /* what is missing from the records cannot be made up for */
        tls->failed = rc == -EFBIG ? NW_ETLS : rc;
    return rc < 0 ? -1 : size;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "nowait");
    if (method && BIO_meth_set_read(method, read_below) && BIO_meth_set_write(method, write_out) &&
        BIO_meth_set_ctrl(method, control) && BIO_meth_set_create(method, create))
        return;
    BIO_meth_free(method);
    method = NULL;
}

/* Kept to the end of the process: connections of all threads use it. */
static bool have_method(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&mutex);
    if (!method)
        make_method();
    pthread_mutex_unlock(&mutex);
    return method;
}

int nw__tls_attach(struct nw__tls *tls)
{
    BIO *bio = have_method() ? BIO_new(method) : NULL;

    if (!bio)
        return -ENOMEM;
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    return 0;
}
