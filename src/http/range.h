/* SPDX-License-Identifier: MIT */
/*
 * What a reply with a file depends on: Range (RFC 9110, 14), the conditions (13), Accept-Encoding (12.5.3).
 * Pure.
 */
#ifndef NW_HTTP_RANGE_H
#define NW_HTTP_RANGE_H

#include <nowait/base.h>

#include "http/headers.h"

struct nw__http_range {
    int64_t begin;
    int64_t end; /* behind the last byte */
};

#define NW__HTTP_RANGES 16 /* more than that, or overlapping ones, are answered with the whole */

/*
 * The ranges that `text` ("bytes=0-99,-1") asks for of a body of `size_bytes`, in its order; adjoining ones
 * are joined. Returns: how many; 0: send the whole (no bytes ranges, not understood, too many). Errors:
 * -ERANGE: none lies within the body: 416.
 */
NW_CHECK int nw__http_ranges(const char *text, int64_t size_bytes,
                             struct nw__http_range ranges[NW__HTTP_RANGES]);

/*
 * Content-Range of an answer: "bytes 0-99/1000", the total -1 for "*". A 416 has "*" in place of the range,
 * which is empty then. Errors: -EINVAL.
 */
NW_CHECK int nw__http_content_range(const char *text, struct nw__http_range *range_out, int64_t *total_out);

struct nw__http_validators {
    const char *etag;   /* with its quotes, and W/; NULL: there is none */
    int64_t modified_s; /* INT64_MIN: not known */
    bool unsettled; /* it could change again within that second: the date can say that it is another one, but
                       not that it is the same (8.8.2.2) */
};

/*
 * What the conditions of a GET or HEAD make of it: 200: send it; 304; 412. `use_range_out`: there is a Range,
 * and no If-Range that is against it.
 */
int nw__http_conditions(const nw_http_headers *request, const struct nw__http_validators *validators,
                        bool *use_range_out);

/* May a request that changes what has these validators (NULL: there is nothing yet) do so? Else it is a 412.
 */
bool nw__http_may_change(const nw_http_headers *request, const struct nw__http_validators *validators);

/*
 * How much the client wants this coding, in thousandths; 0: not at all. "identity" is one, too: 1 when
 * nothing is said of it but of others. NULL: only that is wanted.
 */
int nw__http_accepts_coding(const char *accept_encoding, const char *coding);

#endif
