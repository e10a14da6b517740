/* SPDX-License-Identifier: MIT */
/*
 * Certificates and keys from files and text. Plain blocking code, for a worker. Owns nothing for longer than
 * a call; keys that passed through memory here are wiped from it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/tls.h"

#define FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* -- files -- */

static void wipe(struct nw__bytes *bytes)
{
    if (bytes->data)
        OPENSSL_cleanse(bytes->data, bytes->size_bytes);
    nw__bytes_finish(bytes);
}

/* No realloc: it would leave copies of a key behind. */
static int read_fd(int fd, struct nw__bytes *bytes)
{
    struct stat status;
    ssize_t n = 1;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    size_t room = S_ISREG(status.st_mode) ? (size_t)status.st_size + 1 : FILE_MAX_BYTES / 16;
    int rc = nw__bytes_reserve(bytes, room);
    while (rc == 0 && n > 0) {
        n = read(fd, nw__bytes_tail(bytes), nw__bytes_room(bytes));
        if (n > 0)
            nw__bytes_commit(bytes, (size_t)n);
        if (n < 0)
            rc = -errno;
        if (nw__bytes_room(bytes) == 0)
            rc = -EFBIG; /* or it has grown meanwhile */
    }
    return rc;
}

static int read_file(const char *path, struct nw__bytes *bytes)
{
    int rc, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    nw__bytes_init(bytes, FILE_MAX_BYTES);
    if (fd < 0)
        return -errno;
    rc = read_fd(fd, bytes);
    close(fd);
    if (rc < 0)
        wipe(bytes);
    return rc;
}

/* -- PEM -- */

/* A key that needs a pass phrase is refused: there is nobody to ask. */
static int no_phrase(char *buffer, int size, int writes, void *arg)
{
    (void)buffer, (void)size, (void)writes, (void)arg;
    return -1;
}

/* OpenSSL has not said why: because a block holds nothing, or for want of memory. */
#define UNTOLD 1

/* After a read of a block failed. */
static int block_trouble(void)
{
    return ERR_peek_error() ? nw__tls_trouble() : UNTOLD;
}

/* After a read of the next block failed: were there no more? */
static int end_of_blocks(void)
{
    unsigned long error = ERR_peek_last_error();

    if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) {
        ERR_clear_error();
        return 0;
    }
    return block_trouble();
}

static int read_certificates(BIO *text, STACK_OF(X509) * certificates)
{
    X509 *certificate;

    while ((certificate = PEM_read_bio_X509_AUX(text, NULL, no_phrase, NULL)))
        if (nw__tls_lacked_memory(certificate) || !sk_X509_push(certificates, certificate)) {
            X509_free(certificate);
            return -ENOMEM;
        }
    int rc = end_of_blocks();
    return rc == 0 && sk_X509_num(certificates) == 0 ? NW_ECERT : rc;
}

static int try_certificates(const char *text, size_t size_bytes, STACK_OF(X509) * *certificates_out)
{
    STACK_OF(X509) *certificates = sk_X509_new_null();
    BIO *bio = BIO_new_mem_buf(text, (int)size_bytes);
    int rc = certificates && bio ? read_certificates(bio, certificates) : -ENOMEM;

    BIO_free(bio);
    if (rc != 0) {
        sk_X509_pop_free(certificates, X509_free);
        return rc;
    }
    *certificates_out = certificates;
    return 0;
}

/* All certificates of the text. Errors: NW_ECERT: none, or broken. */
static int parse_certificates(const char *text, size_t size_bytes, STACK_OF(X509) * *certificates_out)
{
    int rc = try_certificates(text, size_bytes, certificates_out);

    if (rc == UNTOLD) /* of a text that is broken it is untold again */
        rc = try_certificates(text, size_bytes, certificates_out);
    return rc == UNTOLD ? NW_ECERT : rc;
}

static int try_key(const char *text, size_t size_bytes, EVP_PKEY **key_out)
{
    BIO *bio = BIO_new_mem_buf(text, (int)size_bytes);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL) : NULL;
    int rc = key ? 0 : bio ? block_trouble() : -ENOMEM;

    BIO_free(bio);
    if (key)
        *key_out = key;
    return rc;
}

static int parse_key(const char *text, size_t size_bytes, EVP_PKEY **key_out)
{
    int rc = try_key(text, size_bytes, key_out);

    if (rc == UNTOLD)
        rc = try_key(text, size_bytes, key_out);
    return rc == UNTOLD ? NW_ECERT : rc;
}

/* -- trust -- */

/* A server tells its clients whose certificates it takes. */
static int trust_certificates(SSL_CTX *ssl, const char *text, size_t size_bytes, bool server)
{
    STACK_OF(X509) *certificates = NULL;
    int rc = parse_certificates(text, size_bytes, &certificates);

    for (int i = 0; rc == 0 && i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), certificate) != 1 ||
            (server && SSL_CTX_add_client_CA(ssl, certificate) != 1))
            rc = nw__tls_trouble();
    }
    sk_X509_pop_free(certificates, X509_free);
    return rc;
}

static int trust_file(SSL_CTX *ssl, const char *path, bool server)
{
    struct nw__bytes bytes;
    int rc = read_file(path, &bytes);

    if (rc < 0)
        return rc;
    rc = trust_certificates(ssl, bytes.data, bytes.size_bytes, server);
    nw__bytes_finish(&bytes);
    return rc;
}

static int trust_directory(SSL_CTX *ssl, const char *path)
{
    DIR *directory = opendir(path);

    if (!directory)
        return -errno;
    closedir(directory);
    return SSL_CTX_load_verify_dir(ssl, path) == 1 ? 0 : nw__tls_trouble();
}

/* Where there is no store, nobody is trusted. */
static int trust_system(SSL_CTX *ssl)
{
    int rc = SSL_CTX_set_default_verify_paths(ssl) == 1 ? 0 : nw__tls_trouble();

    ERR_clear_error();
    return rc == -ENOMEM ? rc : 0;
}

int nw__tls_load_trust(SSL_CTX *ssl, const nw_tls_options *options, bool server)
{
    bool own = options->ca_file || options->ca_directory || options->ca_pem.size;
    int rc = 0;

    if (!own)
        return trust_system(ssl);
    if (options->ca_file)
        rc = trust_file(ssl, options->ca_file, server);
    if (rc == 0 && options->ca_directory)
        rc = trust_directory(ssl, options->ca_directory);
    if (rc == 0 && options->ca_pem.size)
        rc = trust_certificates(ssl, options->ca_pem.data, options->ca_pem.size, server);
    return rc;
}

/* -- who we are -- */

void nw__tls_identity_finish(struct nw__tls_identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    sk_X509_pop_free(identity->chain, X509_free);
    *identity = (struct nw__tls_identity){.key = NULL};
}

static int parse_identity(nw_slice certificates, nw_slice key, struct nw__tls_identity *identity_out)
{
    struct nw__tls_identity identity = {.key = NULL};
    int rc = parse_certificates(certificates.data, certificates.size, &identity.chain);

    if (rc == 0)
        identity.certificate = sk_X509_shift(identity.chain);
    if (rc == 0)
        rc = parse_key(key.data, key.size, &identity.key);
    if (rc == 0 && X509_check_private_key(identity.certificate, identity.key) != 1)
        rc = nw__tls_trouble();
    if (rc < 0)
        nw__tls_identity_finish(&identity);
    else
        *identity_out = identity;
    return rc;
}

int nw__tls_load_identity(const nw_tls_options *options, struct nw__tls_identity *identity_out)
{
    struct nw__bytes certificates = {.data = NULL}, key = {.data = NULL};
    nw_slice first = options->certificate_pem, second = options->certificate_pem;
    int rc = 0;

    if (options->certificate_file) {
        rc = read_file(options->certificate_file, &certificates);
        if (rc == 0 && options->key_file)
            rc = read_file(options->key_file, &key);
        first = (nw_slice){certificates.data, certificates.size_bytes};
        second = options->key_file ? (nw_slice){key.data, key.size_bytes} : first;
    }
    if (rc == 0)
        rc = parse_identity(first, second, identity_out);
    wipe(&certificates);
    wipe(&key);
    return rc;
}
