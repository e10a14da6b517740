/* SPDX-License-Identifier: MIT */
/*
 * Bodies in forms of their own: decoded content codings, multipart. Each reads from a stream and is one, or
 * is written to one. What is pure bytes (cookies, ranges, dates, multipart's lines) is in headers beside this
 * one.
 */
#ifndef NW_HTTP_BODY_H
#define NW_HTTP_BODY_H

#include <nowait/http_client.h>
#include <nowait/http_server.h>

/* -- coding.c -- */

/* What Accept-Encoding says: "gzip, deflate, br, zstd", less what was not compiled in. */
const char *nw__http_codings(void);

struct nw__http_decode_limits {
    uint64_t bytes; /* decoded; 0: none; -EFBIG beyond */
    unsigned ratio; /* decoded bytes for one that came, past the first MiB; 0: none; -EFBIG beyond */
};

/*
 * A stream that reads `below`, which stays the caller's, and decodes it: `coding` is the value of
 * Content-Encoding, a list perhaps ("gzip, br": at most 4 of them, the last is undone first). An end in the
 * middle is NW_ETRUNCATED, bytes that cannot be decoded, or come behind the end, are NW_EPROTOCOL; an error
 * of `below` is passed on as it is, and reading may be tried again. Nothing at all is nothing decoded, too.
 * Errors: -ENOTSUP: a coding that is not known, or none ("identity"), or too many; -ENOMEM.
 */
NW_CHECK int nw__http_decoder(nw_stream *below, const char *coding,
                              const struct nw__http_decode_limits *limits, nw_stream **stream_out);

/* What a stream of nw__http_decoder() has found wrong with the coding, for good; 0: nothing. */
int nw__http_decoder_error(const nw_stream *stream);

/* -- multipart.c (RFC 7578) -- */

#define NW__HTTP_BOUNDARY_BYTES 48 /* with its NUL */
/* A boundary that nobody can guess. */
NW_CHECK int nw__http_boundary(char boundary[NW__HTTP_BOUNDARY_BYTES]);
/* How long the body will be; -1: a part is a stream, or no regular file. `path`s are looked at. Errors:
 * -EINVAL: a part that makes no sense; those of nw_stat(). */
NW_CHECK int64_t nw__http_multipart_size(const nw_http_part *parts, size_t count, const char *boundary);
/* Write the body to `to`. */
NW_CHECK int nw__http_multipart_write(nw_stream *to, const nw_http_part *parts, size_t count,
                                      const char *boundary);

/* Reading: parts that come one after the other. */
struct nw__http_multipart;
/* `media_type`: of the request, with its boundary. Errors: -EINVAL: it is none; -ENOMEM. */
NW_CHECK int nw__http_multipart_open(nw_stream *body, const char *media_type,
                                     struct nw__http_multipart **multipart_out);
/*
 * As nw_http_next_part(); what is in the part is good until the next call. Names are as they were said.
 * Errors: NW_ETRUNCATED: the body ends before its last boundary; -EMSGSIZE: more than 64 KiB of fields;
 * -E2BIG: more than 1,000 parts. A cancelled call goes on with the next one.
 */
NW_CHECK int nw__http_multipart_next(struct nw__http_multipart *multipart, nw_http_form_part *part_out);
void nw__http_multipart_close(struct nw__http_multipart *multipart); /* accepts NULL */

#endif
