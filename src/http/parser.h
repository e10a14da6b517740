/* SPDX-License-Identifier: MIT */
/*
 * From bytes to messages (RFC 9112): llhttp, strict, with what it leaves to its users: limits, exactly one
 * Host, one meaning of where a message ends. Pure: is fed bytes, does no I/O, and allocates only for the
 * head.
 */
#ifndef NW_HTTP_PARSER_H
#define NW_HTTP_PARSER_H

#include <llhttp.h>

#include "http/headers.h"

enum nw__http_side {
    NW__HTTP_REQUESTS,  /* parse what a server gets */
    NW__HTTP_RESPONSES, /* parse what a client gets */
};

struct nw__http_limits {
    size_t head_bytes; /* request or status line and fields; of trailers as well */
    unsigned fields;
};

/* Why a request is refused: which status fits it. */
enum nw__http_refusal {
    NW__HTTP_BAD = 400,
    NW__HTTP_TARGET_TOO_LONG = 414,
    NW__HTTP_EXPECTATION = 417,
    NW__HTTP_HEAD_TOO_LARGE = 431,
    NW__HTTP_CODING_UNKNOWN = 501, /* Transfer-Encoding other than chunked */
    NW__HTTP_VERSION = 505,
};

struct nw__http_parser {
    /* Of the message whose head is done; valid until nw__http_parser_next(). */
    nw_http_headers headers;
    nw_http_headers trailers; /* filled when the message is done */
    nw_slice method;
    nw_slice target;
    nw_slice reason;
    int status;
    int minor_version; /* of HTTP/1 */
    int64_t length;    /* of the body; 0: none; -1: in chunks, or up to the connection's end */
    bool chunked;
    bool until_close;
    bool keep_alive;
    bool upgrade;         /* a request for it, or 101 */
    bool expect_continue; /* 100-continue */
    bool begun;           /* a byte of this message has come */
    bool head_done;
    bool message_done;
    int refusal;     /* after an error: enum nw__http_refusal */
    const char *why; /* after an error, in words: "two Content-Length fields" */

    /* Private. */
    llhttp_t llhttp;
    struct nw__bytes line; /* method, target, reason */
    struct nw__http_limits limits;
    enum nw__http_side side;
    bool no_body; /* the answer to a HEAD */
    int error;
};

void nw__http_parser_init(struct nw__http_parser *parser, enum nw__http_side side,
                          const struct nw__http_limits *limits);
void nw__http_parser_finish(struct nw__http_parser *parser);
/* Begin the next message of the connection. `to_head`: it answers a HEAD request. */
void nw__http_parser_next(struct nw__http_parser *parser, bool to_head);

/*
 * Feed the head; stops behind its end, then head_done. Returns: bytes taken.
 * Errors: NW_EPROTOCOL, -EMSGSIZE, -ENOMEM; see `refusal` and `why`.
 */
NW_CHECK ssize_t nw__http_parser_head(struct nw__http_parser *parser, const char *data, size_t size_bytes);
/*
 * Feed the body: takes framing and at most one run of content, which `content_out` then shows where it lies
 * in `data`; stops behind the message's end, then message_done. Returns: bytes taken, content included.
 */
NW_CHECK ssize_t nw__http_parser_body(struct nw__http_parser *parser, const char *data, size_t size_bytes,
                                      nw_slice *content_out);
/* How many bytes of content come next without framing in between; 0: not known. These may be read past the
 * parser, */
int64_t nw__http_parser_run(const struct nw__http_parser *parser);
/* and are then told to it here. */
void nw__http_parser_passed(struct nw__http_parser *parser, int64_t bytes);
/* The connection has ended. Returns: 0: that was the message's end; NW_ETRUNCATED. */
NW_CHECK int nw__http_parser_end(struct nw__http_parser *parser);

#endif
