/* SPDX-License-Identifier: MIT */
/*
 * Heads and trailers: through the guard, and then through llhttp, which takes them apart into the parser's
 * memory. Methods never reach llhttp: it knows a list of them, HTTP knows any token (RFC 9110, 9.1).
 */
#include "http/parser.h"

#include <assert.h>
#include <string.h>

#define EMPTY_LINES_MAX 4u /* before a request (RFC 9112, 2.2) */

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

static int no_memory(struct nw__http_parser *parser, int error)
{
    return nw__http_parser_fail(parser, error, NW__HTTP_BAD, "out of memory");
}

/* -- what llhttp calls -- */

static struct nw__http_parser *parser_of(const llhttp_t *llhttp)
{
    return llhttp->data;
}

/* Everything that llhttp sees lies in the text of the fields. */
static uint32_t offset_of(const struct nw__http_parser *parser, const char *at)
{
    return (uint32_t)(at - parser->fields->text.data);
}

/* Spans may come in pieces, which follow each other. */
static int on_first(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    if (parser->first_bytes == 0)
        parser->first_at = offset_of(parser, at);
    parser->first_bytes += (uint32_t)size;
    return 0;
}

static int on_name(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    if (parser->field.name_bytes == 0)
        parser->field.name = offset_of(parser, at);
    parser->field.name_bytes += (uint32_t)size;
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t size)
{
    struct nw__http_parser *parser = parser_of(llhttp);

    if (parser->field.value_bytes == 0)
        parser->field.value = offset_of(parser, at);
    parser->field.value_bytes += (uint32_t)size;
    return 0;
}

/* llhttp says nothing of a value without bytes, and leaves the white space at a value's end. */
static void trim(const char *text, struct nw__http_field *field)
{
    if (field->value_bytes == 0)
        field->value = field->name + field->name_bytes + 1;
    while (field->value_bytes > 0 && (text[field->value + field->value_bytes - 1] == ' ' ||
                                      text[field->value + field->value_bytes - 1] == '\t'))
        field->value_bytes--;
}

/* NULs in place of what followed its name and its value. */
static void end_field(char *text, const struct nw__http_field *field)
{
    text[field->name + field->name_bytes] = text[field->value + field->value_bytes] = '\0';
}

void nw__http_parser_end_fields(nw_http_headers *headers)
{
    for (uint32_t i = 0; i < headers->count; i++)
        end_field(headers->text.data, &headers->fields[i]);
}

/* At once, since the head may be refused behind it, and is looked at all the same: the log tells who it was.
 * llhttp has passed the line's end. */
static int on_field(llhttp_t *llhttp)
{
    struct nw__http_parser *parser = parser_of(llhttp);
    int rc;

    trim(parser->fields->text.data, &parser->field);
    end_field(parser->fields->text.data, &parser->field);
    rc = nw__http_headers_push(parser->fields, &parser->field);
    parser->field.name_bytes = parser->field.value_bytes = 0;
    if (rc == 0)
        return 0;
    if (rc == -EMSGSIZE)
        nw__http_parser_fail(parser, rc, NW__HTTP_HEAD_TOO_LARGE, "too many fields");
    else
        no_memory(parser, rc);
    return HPE_USER;
}

/* llhttp has done its part: it never sees a body. */
static int stop(llhttp_t *llhttp)
{
    parser_of(llhttp)->fields_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
    .on_url = on_first,
    .on_status = on_first,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_field,
    .on_headers_complete = stop,
};

static const llhttp_settings_t trailer_settings = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_field,
    .on_headers_complete = stop,
};

static void begin_llhttp(struct nw__http_parser *parser, llhttp_type_t type,
                         const llhttp_settings_t *settings)
{
    llhttp_init(&parser->llhttp, type, settings);
    parser->llhttp.data = parser;
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
    nw__http_parser_next(parser, NW__HTTP_ANSWER);
}

void nw__http_parser_finish(struct nw__http_parser *parser)
{
    nw__http_headers_finish(&parser->headers);
    nw__http_headers_finish(&parser->trailers);
}

/* All but the memory, the side and the limits is as it was at the beginning. */
void nw__http_parser_next(struct nw__http_parser *parser, enum nw__http_answer answer)
{
    bool requests = parser->side == NW__HTTP_REQUESTS;

    nw__http_headers_clear(&parser->headers);
    nw__http_headers_clear(&parser->trailers);
    parser->method = parser->target = parser->resource = parser->host = parser->reason = NW__LITERAL("");
    parser->form = NW__HTTP_ORIGIN_FORM;
    parser->status = parser->minor_version = 0;
    parser->length = 0;
    parser->announced = -1;
    parser->chunked = parser->encoded = parser->until_close = parser->keep_alive = false;
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
    parser->method_done = parser->after_cr = parser->fields_done = false;
    parser->field.name_bytes = parser->field.value_bytes = 0;
    parser->empty_lines = parser->digits = 0;
    parser->first_bytes = 0;
}

void nw__http_parser_begin_trailers(struct nw__http_parser *parser)
{
    static const char begin[] = "GET / HTTP/1.1\r\n";

    parser->fields = &parser->trailers;
    parser->head_bytes = 0;
    parser->fields_done = false;
    parser->field.name_bytes = parser->field.value_bytes = 0;
    nw__http_guard_begin(&parser->guard, NW__GUARD_LINE);
    begin_llhttp(parser, HTTP_REQUEST, &trailer_settings);
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
    struct nw__bytes *text = &parser->fields->text;
    size_t limit = parser->limits.head_bytes, before = text->size_bytes;
    size_t room = limit > parser->head_bytes ? limit - parser->head_bytes : 0;
    size_t good = nw__http_guard_pass(&parser->guard, data, size_bytes < room ? size_bytes : room);
    bool done = parser->guard.state == NW__GUARD_DONE;
    int rc = nw__bytes_append(text, data, good);

    if (rc < 0)
        return no_memory(parser, rc);
    rc = good ? feed_llhttp(parser, text->data + before, good) : 0;
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
    const char *method = parser->headers.text.data;

    if (parser->method_bytes == 0)
        return bad(parser, "no method");
    if (parser->method_bytes == 7 && memcmp(method, connect, 7) == 0)
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
    bool ends;
    int rc;

    while (n < size_bytes && nw__http_token_bytes[(unsigned char)data[n]])
        n++;
    parser->method_bytes += n;
    parser->head_bytes += n;
    if (parser->method_bytes > NW__HTTP_METHOD_MAX)
        return bad(parser, "a method that is too long");
    ends = n < size_bytes && data[n] == ' ';
    rc = nw__bytes_append(&parser->headers.text, data, n + ends);
    if (rc < 0)
        return no_memory(parser, rc);
    if (n == size_bytes)
        return (ssize_t)n;
    if (!ends)
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

static void end_head(struct nw__http_parser *parser)
{
    parser->head_done = true;
    nw__http_parser_begin_body(parser);
}

/*
 * A head that is plain, and means something. Returns: bytes taken; 0: it goes the ordinary way, as does a
 * request in chunks: llhttp is stricter about their names (RFC 9112, 11.2).
 */
static ssize_t take_plain(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    ssize_t taken = nw__http_parser_plain(parser, data, size_bytes);

    if (taken > 0 && nw__http_parser_settle(parser) == 0 &&
        !(parser->side == NW__HTTP_REQUESTS && parser->chunked)) {
        parser->begun = true;
        end_head(parser);
        return taken;
    }
    nw__http_parser_next(parser, parser->answer);
    return 0;
}

ssize_t nw__http_parser_head(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    ssize_t before = 0, taken;
    int rc;

    if (parser->error || parser->head_done || size_bytes == 0)
        return parser->error;
    if (!parser->begun && !parser->after_cr && !parser->empty_lines) {
        taken = take_plain(parser, data, size_bytes);
        if (taken > 0)
            return taken;
        begin_llhttp(parser, parser->side == NW__HTTP_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE,
                     &head_settings);
    }
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
        end_head(parser);
    }
    return before + taken;
}
