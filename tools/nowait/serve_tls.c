/* SPDX-License-Identifier: MIT */
/*
 * TLS for `nowait serve`: the user's certificate, or one that is made here, in memory, for this machine's
 * names and addresses. Owns nothing after a call returns: the key lives in the context only.
 */
#include "serve.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAYS 30L

int tls_from_files(struct serve *serve)
{
    const nw_tls_options options = {.certificate_file = serve->certificate, .key_file = serve->key};
    return nw_tls_server_create(&options, &serve->tls);
}

/* -- a certificate of our own -- */

/* "DNS:localhost,DNS:name,IP:127.0.0.1,..." */
static void append_names(struct output *names)
{
    char text[INET6_ADDRSTRLEN];
    char host[256] = "";
    struct ifaddrs *list = NULL;
    output_text(names, "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (gethostname(host, sizeof host - 1) == 0 && host[0] &&
        strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == strlen(host))
        output_printf(names, ",DNS:%s", host);
    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *each = list; each; each = each->ifa_next) {
        const void *address = NULL;
        if (!each->ifa_addr || (each->ifa_flags & IFF_LOOPBACK))
            continue;
        if (each->ifa_addr->sa_family == AF_INET)
            address = &((const struct sockaddr_in *)(const void *)each->ifa_addr)->sin_addr;
        else if (each->ifa_addr->sa_family == AF_INET6)
            address = &((const struct sockaddr_in6 *)(const void *)each->ifa_addr)->sin6_addr;
        if (address && inet_ntop(each->ifa_addr->sa_family, address, text, sizeof text))
            output_printf(names, ",IP:%s", text);
    }
    freeifaddrs(list);
}

static bool add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool good = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return good;
}

static bool fill_in(X509 *certificate, EVP_PKEY *key)
{
    struct output names = {.fd = -1};
    uint64_t serial;
    X509_NAME *name = X509_get_subject_name(certificate);
    append_names(&names);
    output_append(&names, "", 1);
    bool good = !names.error && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
                ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) &&
                X509_set_version(certificate, X509_VERSION_3) &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS * 86400) &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"nowait serve",
                                           -1, -1, 0) &&
                X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
                add_extension(certificate, NID_subject_alt_name, names.data) &&
                add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
                X509_sign(certificate, key, EVP_sha256()) > 0;
    free(names.data);
    return good;
}

static void tell_fingerprint(const X509 *certificate, char text[96])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    text[0] = '\0';
    if (!X509_digest(certificate, EVP_sha256(), digest, &size))
        return;
    for (unsigned i = 0; i < size && i < 32; i++)
        snprintf(text + 2 * i + i / 4, 96 - 2 * i - i / 4, "%02x%s", digest[i],
                 i % 4 == 3 && i < 31 ? " " : "");
}

static int create_context(struct serve *serve, BIO *pem)
{
    char *text;
    long size = BIO_get_mem_data(pem, &text);
    if (size <= 0)
        return -ENOMEM;
    const nw_tls_options options = {.certificate_pem = {text, (size_t)size}};
    return nw_tls_server_create(&options, &serve->tls);
}

int tls_self_signed(struct serve *serve)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *pem = BIO_new(BIO_s_mem());
    int rc = -ENOMEM;
    if (key && certificate && pem && fill_in(certificate, key) && PEM_write_bio_X509(pem, certificate) &&
        PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL)) {
        tell_fingerprint(certificate, serve->fingerprint);
        rc = create_context(serve, pem);
    }
    BIO_free(pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return rc;
}
