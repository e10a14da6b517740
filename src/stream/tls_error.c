/* SPDX-License-Identifier: MIT */
/*
 * From OpenSSL's queue of errors to one code. Leaves that queue empty: it belongs to the thread, and the next
 * task would find in it what it has not done.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "stream/tls.h"

/* Why a certificate was refused: whose fault it is tells a user more than the forty codes. */
static int refusal(long verified)
{
    switch (verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return NW_ECERTEXPIRED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return NW_ECERTHOST;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return NW_ECERTUNTRUSTED;
    case X509_V_ERR_OUT_OF_MEM:
        return -ENOMEM;
    default:
        return NW_ECERT;
    }
}

void nw__tls_clear_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

/* The first of the queue is where it began; memory that is out can be anywhere in it. */
static int empty_queue(int *reason_out)
{
    int rc = 0, reason = 0;
    unsigned long error;

    while ((error = ERR_get_error())) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            rc = -ENOMEM;
        if (!reason && ERR_GET_LIB(error) == ERR_LIB_SSL)
            reason = ERR_GET_REASON(error);
    }
    *reason_out = reason;
    return rc;
}

/* Only a want of memory is not always told. */
int nw__tls_trouble(void)
{
    bool told = ERR_peek_error() != 0;
    int reason, rc = empty_queue(&reason);

    return rc < 0 ? rc : told ? NW_ECERT : -ENOMEM;
}

static bool is_misread(X509 *certificate)
{
    return !X509_get0_pubkey(certificate) || (X509_get_extension_flags(certificate) & EXFLAG_INVALID);
}

/* Then it reads it better now. */
bool nw__tls_lacked_memory(X509 *certificate)
{
    X509 *copy;
    bool lacked;

    if (!is_misread(certificate))
        return false;
    copy = X509_dup(certificate);
    lacked = !copy || !is_misread(copy);
    X509_free(copy);
    ERR_clear_error();
    return lacked;
}

static bool peer_lacked_memory(const struct nw__tls *tls)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(tls->ssl);

    for (int i = 0; i < sk_X509_num(chain); i++)
        if (nw__tls_lacked_memory(sk_X509_value(chain, i)))
            return true;
    return false;
}

static int failure(const struct nw__tls *tls)
{
    int reason, rc = empty_queue(&reason);

    if (rc < 0)
        return rc;
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return peer_lacked_memory(tls) ? -ENOMEM : refusal(SSL_get_verify_result(tls->ssl));
    return reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE ? NW_ECERT : NW_ETLS;
}

int nw__tls_result(struct nw__tls *tls, int result)
{
    int rc;

    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        rc = -EAGAIN;
        nw__tls_clear_errors();
        break;
    case SSL_ERROR_ZERO_RETURN:
        rc = 0;
        nw__tls_clear_errors();
        break;
    default:
        rc = failure(tls);
        if (!tls->failed)
            tls->failed = rc;
        rc = tls->failed;
    }
    return rc;
}
