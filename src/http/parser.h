/* SPDX-License-Identifier: MIT */
/*
 * From bytes to messages (RFC 9112). llhttp takes heads and trailers apart; a guard in front of it refuses
 * what it is lenient about (guard.h); what a head means is decided here: where the body ends, whether the
 * connection goes on, which host is meant. Bodies are framed here, too. Pure: is fed bytes, does no I/O, and
 * allocates only for heads; memory is kept for the next message.
 */
#ifndef NW_HTTP_PARSER_H
#define NW_HTTP_PARSER_H

#include <llhttp.h>

#include "http/guard.h"
#include "http/headers.h"

#define NW__HTTP_METHOD_MAX 64 /* bytes */

enum nw__http_side {
    NW__HTTP_REQUESTS,  /* parse what a server gets */
    NW__HTTP_RESPONSES, /* parse what a client gets */
};

struct nw__http_limits {
    size_t head_bytes; /* request or status line and fields; of trailers as well, and of chunks' extensions */
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

/* What a response answers: where its body ends depends on it (RFC 9112, 6.3). */
enum nw__http_answer {
    NW__HTTP_ANSWER = 0,
    NW__HTTP_ANSWER_TO_HEAD = 1, /* has no body */
    NW__HTTP_ANSWER_TO_CONNECT,  /* with 2xx: what follows is the tunnel */
};

/* RFC 9112, 3.2 */
enum nw__http_target_form {
    NW__HTTP_ORIGIN_FORM,    /* "/a?b" */
    NW__HTTP_ABSOLUTE_FORM,  /* "http://host/a?b" */
    NW__HTTP_AUTHORITY_FORM, /* "host:443", of CONNECT */
    NW__HTTP_ASTERISK_FORM,  /* "*", of OPTIONS */
};

struct nw__http_parser {
    /* Of the message whose head is done; valid until nw__http_parser_next(). Slices have a NUL behind them,
     * but for `host`. */
    nw_http_headers headers;
    nw_http_headers trailers; /* filled when the message is done */
    nw_slice method;          /* any token */
    nw_slice target;          /* as it came */
    nw_slice resource;        /* of the target, from its path on: "/a?b"; "*"; "" in authority form */
    nw_slice host;            /* "host" or "host:port": the target's, or else the field's; "": none */
    nw_slice reason;
    enum nw__http_target_form form;
    int status;
    int minor_version; /* of HTTP/1 */
    int64_t length;    /* of the body; 0: none; -1: in chunks, or up to the connection's end */
    int64_t announced; /* Content-Length, also where there is no body; -1: none */
    bool chunked;
    bool encoded; /* there is a Content-Encoding */
    bool until_close;
    bool keep_alive;
    bool upgrade;         /* a request for it, or 101 */
    bool expect_continue; /* 100-continue */
    bool begun;           /* a byte of this message has come; empty lines before a request are none */
    bool head_done;
    bool message_done;
    int refusal;     /* after an error: enum nw__http_refusal */
    const char *why; /* after an error, in words: "two Content-Length fields" */

    /* Private. */
    llhttp_t llhttp;
    struct nw__http_guard guard;
    struct nw__http_limits limits;
    enum nw__http_side side;
    enum nw__http_answer answer;
    nw_http_headers *fields;     /* what is filled; its text gets all bytes, llhttp says what is where */
    struct nw__http_field field; /* the one that has begun */
    uint32_t first_at;           /* of the target, or the reason, in the text */
    uint32_t first_bytes;
    size_t head_bytes; /* so far, of the head or of the trailers */
    size_t method_bytes;
    size_t extension_bytes; /* of all chunks */
    int64_t left;           /* of the run of content, or of the chunk's size so far */
    int stage;              /* of the body: enum stage of chunks.c */
    unsigned empty_lines;   /* before a request */
    unsigned digits;        /* of the chunk's size */
    bool after_cr;          /* of an empty line */
    bool method_done;
    bool fields_done; /* llhttp has seen their end */
    int error;
};

void nw__http_parser_init(struct nw__http_parser *parser, enum nw__http_side side,
                          const struct nw__http_limits *limits);
void nw__http_parser_finish(struct nw__http_parser *parser);
/* Begin the next message of the connection, or the first of another one. */
void nw__http_parser_next(struct nw__http_parser *parser, enum nw__http_answer answer);

/*
 * Feed the head; stops behind its end, then head_done. Returns: bytes taken.
 * Errors: NW_EPROTOCOL, -EMSGSIZE, -ENOMEM; see `refusal` and `why`. They are for good.
 */
NW_CHECK ssize_t nw__http_parser_head(struct nw__http_parser *parser, const char *data, size_t size_bytes);
/*
 * Feed the body: takes framing and at most one run of content, which `content_out` then shows where it lies
 * in `data`; stops behind the message's end, then message_done. `content_out` NULL: framing only.
 * Returns: bytes taken, content included. Errors: as of the head.
 */
NW_CHECK ssize_t nw__http_parser_body(struct nw__http_parser *parser, const char *data, size_t size_bytes,
                                      nw_slice *content_out);
/*
 * The head is done, its target in absolute form: the target's host takes the place of what the field says, so
 * that who reads the fields finds the host that is meant (RFC 9112, 3.2.2). Errors: -ENOMEM, -EMSGSIZE.
 */
NW_CHECK int nw__http_parser_replace_host(struct nw__http_parser *parser);
/* How many bytes of content come next without framing in between; 0: framing comes, or nothing. These may be
 * read past the parser, */
int64_t nw__http_parser_run(const struct nw__http_parser *parser);
/* and are then told to it here. */
void nw__http_parser_passed(struct nw__http_parser *parser, int64_t bytes);
/* The connection has ended. Returns: 0: that was the message's end; NW_ETRUNCATED. */
NW_CHECK int nw__http_parser_end(struct nw__http_parser *parser);

/* -- between the parser's own files -- */

/* Returns: `error`, which it is from now on. */
int nw__http_parser_fail(struct nw__http_parser *parser, int error, int refusal, const char *why);
/* parser.c: through the guard to llhttp, up to the end of the fields. Returns: bytes taken. */
NW_CHECK ssize_t nw__http_parser_feed(struct nw__http_parser *parser, const char *data, size_t size_bytes);
/* parser.c: NULs behind names and values, in place of what is there. llhttp's fields have them already. */
void nw__http_parser_end_fields(nw_http_headers *headers);
/*
 * plain_head.c: a head, when all of it is there and is nothing special. Returns: bytes taken,
 * and the fields are done; 0: the ordinary way then, after nw__http_parser_next().
 */
ssize_t nw__http_parser_plain(struct nw__http_parser *parser, const char *data, size_t size_bytes);
/* The trailers' fields begin. */
void nw__http_parser_begin_trailers(struct nw__http_parser *parser);
/* head.c: what the head says that is complete. Errors: NW_EPROTOCOL. */
NW_CHECK int nw__http_parser_settle(struct nw__http_parser *parser);
/* target.c: the target's form, the resource, the host. Errors: NW_EPROTOCOL. */
NW_CHECK int nw__http_parser_settle_target(struct nw__http_parser *parser, nw_slice host_field);
/* chunks.c: the head is done, and says where the body ends. */
void nw__http_parser_begin_body(struct nw__http_parser *parser);

#endif
