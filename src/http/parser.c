/* SPDX-License-Identifier: MIT */
/*
 * Heads and trailers: through the guard, and then through llhttp, which takes them apart into the parser's
 * memory. Methods never reach llhttp: it knows a list of them, HTTP knows any token (RFC 9110, 9.1).
 */
#include "http/parser.h"

#include <assert.h>
#include <string.h>

#define EMPTY_LINES_MAX 4u /* before a request (RFC 9112, 2.2) */
#define METHOD_MAX      64u

int nw__http_parser_fail(struct nw__http_parser *parser, int error, int refusal, const char *why)
{
    if (!parser->error) {
        parser->error = error;
        parser->refusal = refusal;
        parser->why = why;
    }
    return parser->error;
}

static int bad(struct nw__http_parser *parser, const char *why)
{
    return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_BAD, why);
}

/* -- what llhttp calls -- */

static struct nw__http_parser *parser_of(const llhttp_t *llhttp)
{
    return llhttp->data;
}

/* To llhttp: 0, or that it should stop. */
static int keep(struct nw__http_parser *parser, int rc)
{
    if (rc == -EMSGSIZE)
        nw__http_parser_fail(parser, rc, NW__HTTP_HEAD_TOO_LARGE, "too many fields");
    else if (rc < 0)
        nw__http_parser_fail(parser, rc, NW__HTTP_BAD, "out of memory");
    return rc < 0 ? HPE_USER : 0;
}

static int keep_line(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    return keep(parser, nw__bytes_append(&parser->line, at, size));
}

static int keep_name(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    return keep(parser, nw__http_headers_name_piece(parser->fields, at, size));
}

static int keep_name_end(llhttp_t *llhttp)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    return keep(parser, nw__http_headers_name_end(parser->fields));
}

static int keep_value(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    return keep(parser, nw__http_headers_value_piece(parser->fields, at, size));
}

static int keep_value_end(llhttp_t *llhttp)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    return keep(parser, nw__http_headers_value_end(parser->fields));
}

/* llhttp has done its part: it never sees a body. */
static int stop(llhttp_t *llhttp)
{
    parser_of(llhttp)->fields_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = keep_line,
    .on_status = keep_line,
    .on_header_field = keep_name,
    .on_header_field_complete = keep_name_end,
    .on_header_value = keep_value,
    .on_header_value_complete = keep_value_end,
    .on_headers_complete = stop,
};

static void begin_llhttp(struct nw__http_parser *parser, llhttp_type_t type)
{
    llhttp_init(&parser->llhttp, type, &settings);
    parser->llhttp.data = parser;
    parser->fields_done = false;
}

static int feed_llhttp(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, data, size_bytes);

    if (error == HPE_OK || (error == HPE_PAUSED && parser->fields_done))
        return 0;
    if (error == HPE_INVALID_VERSION)
        return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_VERSION,
                                    "a version other than 1.0 and 1.1");
    return bad(parser, llhttp_get_error_reason(&parser->llhttp)); /* unless a callback has said why */
}

/* -- life -- */

void nw__http_parser_init(struct nw__http_parser *parser, enum nw__http_side side,
                          const struct nw__http_limits *limits)
{
    *parser = (struct nw__http_parser){.side = side, .limits = *limits};
    nw__http_headers_init(&parser->headers, UINT32_MAX, limits->fields);
    nw__http_headers_init(&parser->trailers, UINT32_MAX, limits->fields);
    nw__bytes_init(&parser->line, SIZE_MAX);
    nw__http_parser_next(parser, NW__HTTP_ANSWER);
}

void nw__http_parser_finish(struct nw__http_parser *parser)
{
    nw__http_headers_finish(&parser->headers);
    nw__http_headers_finish(&parser->trailers);
    nw__bytes_finish(&parser->line);
}

/* All but the memory, the side and the limits is as it was at the beginning. */
void nw__http_parser_next(struct nw__http_parser *parser, enum nw__http_answer answer)
{
    bool requests = parser->side == NW__HTTP_REQUESTS;

    nw__http_headers_clear(&parser->headers);
    nw__http_headers_clear(&parser->trailers);
    nw__bytes_clear(&parser->line);
    parser->method = parser->target = parser->resource = parser->host = parser->reason = NW__LITERAL("");
    parser->form = NW__HTTP_ORIGIN_FORM;
    parser->status = parser->minor_version = 0;
    parser->length = 0;
    parser->announced = -1;
    parser->chunked = parser->until_close = parser->keep_alive = false;
    parser->upgrade = parser->expect_continue = false;
    parser->begun = parser->head_done = parser->message_done = false;
    parser->refusal = parser->error = 0;
    parser->why = NULL;
    nw__http_guard_begin(&parser->guard, requests ? NW__GUARD_REQUEST_LINE : NW__GUARD_STATUS_LINE);
    parser->answer = answer;
    parser->fields = &parser->headers;
    parser->head_bytes = parser->method_bytes = parser->extension_bytes = 0;
    parser->left = 0;
    parser->stage = 0;
    parser->method_done = parser->after_cr = false;
    parser->empty_lines = parser->digits = 0;
    begin_llhttp(parser, requests ? HTTP_REQUEST : HTTP_RESPONSE);
}

void nw__http_parser_begin_trailers(struct nw__http_parser *parser)
{
    static const char begin[] = "GET / HTTP/1.1\r\n";

    parser->fields = &parser->trailers;
    parser->head_bytes = 0;
    nw__http_guard_begin(&parser->guard, NW__GUARD_LINE);
    begin_llhttp(parser, HTTP_REQUEST);
    /* Here these mean nothing, and are dropped. */
    llhttp_set_lenient_chunked_length(&parser->llhttp, 1);
    llhttp_set_lenient_transfer_encoding(&parser->llhttp, 1);
    (void)feed_llhttp(parser, begin, sizeof begin - 1); /* the line only: it has no fields, nothing fails */
}

/* -- heads -- */

static int too_large(struct nw__http_parser *parser)
{
    if (nw__http_guard_in_first_line(&parser->guard))
        return nw__http_parser_fail(parser, -EMSGSIZE, NW__HTTP_TARGET_TOO_LONG,
                                    "the first line is too long");
    return nw__http_parser_fail(parser, -EMSGSIZE, NW__HTTP_HEAD_TOO_LARGE, "the fields are too long");
}

ssize_t nw__http_parser_feed(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    size_t limit = parser->limits.head_bytes;
    size_t room = limit > parser->head_bytes ? limit - parser->head_bytes : 0;
    size_t good = nw__http_guard_pass(&parser->guard, data, size_bytes < room ? size_bytes : room);
    bool done = parser->guard.state == NW__GUARD_DONE;
    int rc = feed_llhttp(parser, data, good);

    if (rc < 0)
        return rc;
    parser->head_bytes += good;
    if (parser->guard.refused)
        return nw__http_parser_fail(parser, NW_EPROTOCOL, parser->guard.refusal, parser->guard.refused);
    if (done != parser->fields_done)
        return bad(parser, "it is not clear where the fields end"); /* the guard and llhttp do not agree */
    if (!done && good < size_bytes)
        return too_large(parser);
    return (ssize_t)good;
}

/* llhttp gets a method that it knows; what follows is the same for all but CONNECT. */
static int end_method(struct nw__http_parser *parser)
{
    static const char connect[] = "CONNECT ", other[] = "GET ";
    nw_slice method = {parser->line.data, parser->method_bytes};
    int rc;

    if (parser->method_bytes == 0)
        return bad(parser, "no method");
    rc = nw__bytes_append(&parser->line, "", 1);
    if (rc < 0)
        return nw__http_parser_fail(parser, rc, NW__HTTP_BAD, "out of memory");
    if (method.size == 7 && memcmp(method.data, connect, 7) == 0)
        return feed_llhttp(parser, connect, sizeof connect - 1);
    return feed_llhttp(parser, other, sizeof other - 1);
}

/* Some clients send an empty line behind a body. Returns: bytes taken. */
static ssize_t skip_empty_lines(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    size_t i;

    for (i = 0; i < size_bytes && !parser->begun; i++) {
        if (parser->after_cr && data[i] != '\n')
            return bad(parser, "a CR without LF");
        if (!parser->after_cr && data[i] != '\r') {
            parser->begun = true;
            break;
        }
        parser->after_cr = !parser->after_cr;
        if (!parser->after_cr && ++parser->empty_lines > EMPTY_LINES_MAX)
            return bad(parser, "too many empty lines");
    }
    return (ssize_t)i;
}

/* The method, and the space behind it. Returns: bytes taken. */
static ssize_t take_method(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    size_t n = 0;
    int rc;

    while (n < size_bytes && nw__http_token_bytes[(unsigned char)data[n]])
        n++;
    parser->method_bytes += n;
    parser->head_bytes += n;
    if (parser->method_bytes > METHOD_MAX)
        return bad(parser, "a method that is too long");
    rc = nw__bytes_append(&parser->line, data, n);
    if (rc < 0)
        return nw__http_parser_fail(parser, rc, NW__HTTP_BAD, "out of memory");
    if (n == size_bytes)
        return (ssize_t)n;
    if (data[n] != ' ')
        return bad(parser, "a method that is no token");
    parser->method_done = true;
    parser->head_bytes++;
    rc = end_method(parser);
    return rc < 0 ? rc : (ssize_t)n + 1;
}

static ssize_t begin_request(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    ssize_t skipped = parser->begun ? 0 : skip_empty_lines(parser, data, size_bytes);
    ssize_t taken;

    if (skipped < 0 || (size_t)skipped == size_bytes)
        return skipped;
    taken = take_method(parser, data + skipped, size_bytes - (size_t)skipped);
    return taken < 0 ? taken : skipped + taken;
}

ssize_t nw__http_parser_head(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    ssize_t before = 0, taken;
    int rc;

    if (parser->error || parser->head_done || size_bytes == 0)
        return parser->error;
    if (parser->side == NW__HTTP_REQUESTS && !parser->method_done) {
        before = begin_request(parser, data, size_bytes);
        if (before < 0 || !parser->method_done)
            return before;
    }
    parser->begun = true;
    taken = nw__http_parser_feed(parser, data + before, size_bytes - (size_t)before);
    if (taken < 0)
        return taken;
    if (parser->fields_done) {
        rc = nw__http_parser_settle(parser);
        if (rc < 0)
            return rc;
        parser->head_done = true;
        nw__http_parser_begin_body(parser);
    }
    return before + taken;
}
