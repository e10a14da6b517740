/* SPDX-License-Identifier: MIT */
/** @file
 * URLs as RFC 3986 has them, with what browsers accept and HTTP needs. Pure: never waits, for any thread.
 */
#ifndef NOWAIT_URL_H
#define NOWAIT_URL_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** A URL in parts. The strings are one allocation, to be released with nw_url_finish(). */
typedef struct nw_url {
    const char *scheme;   /**< lower case; "" in a relative reference, as every part that is not there */
    const char *user;     /**< decoded */
    const char *password; /**< decoded */
    const char *host;     /**< lower case, decoded; an IPv6 address without its brackets */
    const char *path;     /**< as it is sent: encoded; "/" at least when there is a host */
    const char *query;    /**< encoded, without the "?" */
    const char *fragment; /**< encoded, without the "#" */
    unsigned port;        /**< that of the scheme when the URL names none; 0: unknown */
    bool has_query;       /**< there is a "?" */
    bool has_authority;   /**< there is a "//" */
    void *memory;         /**< private */
} nw_url;

/**
 * Take a URL apart. What must be encoded and is not (spaces, bytes beyond ASCII) is encoded in `path`,
 * `query` and `fragment`.
 *
 * Errors: -EINVAL: not a URL: control characters, an impossible port or host; -EMSGSIZE: longer than 64 KiB;
 *         -ENOMEM.
 */
NW_API NW_CHECK int nw_url_parse(const char *text, nw_url *url_out);
/** Free the parts and set the struct to zero. Accepts NULL and a zeroed struct. */
NW_API void nw_url_finish(nw_url *url);

/**
 * `reference`, as it stands in a document at `base`, made absolute (RFC 3986, 5.2). Here and below, what
 * comes out is to be released with nw_bytes_finish().
 *
 * Errors: those of nw_url_parse(), of either and of the result; -EINVAL: `base` has no scheme.
 */
NW_API NW_CHECK int nw_url_resolve(const char *base, const char *reference, nw_bytes *url_out);

/** A name and a value: of a query, a form, a header. */
typedef struct nw_pair {
    const char *name;
    const char *value;
} nw_pair;

/** `url` with these pairs added to its query, encoded as forms are. Errors: those of nw_url_parse(). */
NW_API NW_CHECK int nw_url_with_query(const char *url, const nw_pair *pairs, size_t count, nw_bytes *url_out);
/** The pairs as application/x-www-form-urlencoded. Errors: -EINVAL: a NULL among them; -ENOMEM. */
NW_API NW_CHECK int nw_form_encode(const nw_pair *pairs, size_t count, nw_bytes *text_out);

/** A query or a form, taken apart and decoded. */
typedef struct nw_form {
    nw_pair *pairs; /**< in their order */
    size_t count;
    void *memory; /**< private */
} nw_form;

/** Take apart. Errors: -EINVAL: a NUL in it; -E2BIG: more than 10,000 pairs; -ENOMEM. */
NW_API NW_CHECK int nw_form_decode(nw_slice text, nw_form *form_out);
/** The first value of that name; NULL: there is none. */
NW_API const char *nw_form_value(const nw_form *form, const char *name);
/** Free and set to zero. Accepts NULL and a zeroed struct. */
NW_API void nw_form_finish(nw_form *form);

/** Percent-encode what is not unreserved (RFC 3986, 2.3), and not in `also_kept` (NULL: nothing). Errors:
 * -EINVAL, -ENOMEM. */
NW_API NW_CHECK int nw_url_encode(nw_slice text, const char *also_kept, nw_bytes *encoded_out);
/** Percent-decode. Errors: -EINVAL: "%" without two hexadecimal digits; -ENOMEM. */
NW_API NW_CHECK int nw_url_decode(nw_slice text, nw_bytes *decoded_out);

NW_END_DECLS

#endif
