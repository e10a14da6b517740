/* SPDX-License-Identifier: MIT */
/*
 * Bodies: by length, in chunks (RFC 9112, 7.1), or up to the connection's end. Content is never copied, and
 * llhttp sees none of it. What is refused here is in the grammar of chunks nowhere, or without a bound.
 */
#include <assert.h>
#include <string.h>

#include "http/parser.h"
#include "http/url_parts.h"

#define DIGITS_MAX 16u /* of a chunk's size */

enum stage {
    STAGE_NONE = 0, /* the message is done */
    STAGE_LENGTH,
    STAGE_UNTIL_CLOSE,
    STAGE_SIZE,
    STAGE_EXTENSION,
    STAGE_SIZE_LF,
    STAGE_CONTENT,
    STAGE_CONTENT_CR,
    STAGE_CONTENT_LF,
    STAGE_TRAILERS,
};

static int bad(struct nw__http_parser *parser, const char *why)
{
    return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_BAD, why);
}

static void message_done(struct nw__http_parser *parser)
{
    parser->stage = STAGE_NONE;
    parser->message_done = true;
}

void nw__http_parser_begin_body(struct nw__http_parser *parser)
{
    parser->left = 0;
    parser->digits = 0;
    if (parser->chunked) {
        parser->stage = STAGE_SIZE;
    } else if (parser->until_close) {
        parser->stage = STAGE_UNTIL_CLOSE;
    } else if (parser->length > 0) {
        parser->stage = STAGE_LENGTH;
        parser->left = parser->length;
    } else {
        message_done(parser);
    }
}

/* -- content -- */

int64_t nw__http_parser_run(const struct nw__http_parser *parser)
{
    switch (parser->error ? STAGE_NONE : (enum stage)parser->stage) {
    case STAGE_LENGTH:
    case STAGE_CONTENT:
        return parser->left;
    case STAGE_UNTIL_CLOSE:
        return INT64_MAX;
    default:
        return 0;
    }
}

void nw__http_parser_passed(struct nw__http_parser *parser, int64_t bytes)
{
    assert(bytes <= nw__http_parser_run(parser));
    if (parser->stage == STAGE_UNTIL_CLOSE)
        return;
    parser->left -= bytes;
    if (parser->left > 0)
        return;
    if (parser->stage == STAGE_LENGTH)
        message_done(parser);
    else
        parser->stage = STAGE_CONTENT_CR;
}

int nw__http_parser_end(struct nw__http_parser *parser)
{
    if (parser->error)
        return parser->error;
    if (parser->stage == STAGE_UNTIL_CLOSE)
        message_done(parser);
    if (parser->message_done || !parser->begun)
        return 0;
    return nw__http_parser_fail(parser, NW_ETRUNCATED, NW__HTTP_BAD, "the end in the middle of a message");
}

/* -- framing -- */

/* chunk-size = 1*HEXDIG. White space behind it is not let pass: nobody needs it but those who smuggle. */
static int size_byte(struct nw__http_parser *parser, char c)
{
    int digit = nw__url_hex(c);

    if (digit >= 0) {
        if (++parser->digits > DIGITS_MAX || parser->left > (INT64_MAX >> 4))
            return bad(parser, "a chunk's size that is too large");
        parser->left = parser->left << 4 | digit;
        return 0;
    }
    if (parser->digits == 0 || (c != '\r' && c != ';'))
        return bad(parser, "a chunk's size that is no number");
    parser->stage = c == ';' ? STAGE_EXTENSION : STAGE_SIZE_LF;
    return 0;
}

/* chunk-ext: nothing is made of them, so they are only bounded, over all chunks of a message. */
static int extension_byte(struct nw__http_parser *parser, char c)
{
    if (c == '\r') {
        parser->stage = STAGE_SIZE_LF;
        return 0;
    }
    if ((unsigned char)c < ' ' && c != '\t')
        return bad(parser, c == '\n' ? "a LF without CR" : "a control byte");
    if (c == 0x7f)
        return bad(parser, "a control byte");
    if (++parser->extension_bytes > parser->limits.head_bytes)
        return nw__http_parser_fail(parser, -EMSGSIZE, NW__HTTP_BAD, "chunk extensions that are too long");
    return 0;
}

static int size_end(struct nw__http_parser *parser, char c)
{
    if (c != '\n')
        return bad(parser, "a CR without LF");
    parser->digits = 0;
    parser->stage = parser->left > 0 ? STAGE_CONTENT : STAGE_TRAILERS;
    if (parser->stage == STAGE_TRAILERS)
        nw__http_parser_begin_trailers(parser);
    return 0;
}

static int framing_byte(struct nw__http_parser *parser, char c)
{
    switch ((enum stage)parser->stage) {
    case STAGE_SIZE:
        return size_byte(parser, c);
    case STAGE_EXTENSION:
        return extension_byte(parser, c);
    case STAGE_SIZE_LF:
        return size_end(parser, c);
    case STAGE_CONTENT_CR:
        parser->stage = STAGE_CONTENT_LF;
        return c == '\r' ? 0 : bad(parser, "a chunk that does not end where its size says");
    case STAGE_CONTENT_LF:
        parser->stage = STAGE_SIZE;
        return c == '\n' ? 0 : bad(parser, "a CR without LF");
    default:
        return bad(parser, "no framing");
    }
}

/* -- trailers -- */

/*
 * What must not come after the content: framing, routing, credentials, conditions, the content's form
 * (RFC 9110, 6.5.1). It is dropped, not merged.
 */
static bool is_forbidden(nw_slice name)
{
    static const nw_slice names[] = {
        NW__LITERAL("Age"),
        NW__LITERAL("Authorization"),
        NW__LITERAL("Cache-Control"),
        NW__LITERAL("Connection"),
        NW__LITERAL("Content-Encoding"),
        NW__LITERAL("Content-Length"),
        NW__LITERAL("Content-Range"),
        NW__LITERAL("Content-Type"),
        NW__LITERAL("Cookie"),
        NW__LITERAL("Date"),
        NW__LITERAL("Expect"),
        NW__LITERAL("Expires"),
        NW__LITERAL("Host"),
        NW__LITERAL("If-Match"),
        NW__LITERAL("If-Modified-Since"),
        NW__LITERAL("If-None-Match"),
        NW__LITERAL("If-Range"),
        NW__LITERAL("If-Unmodified-Since"),
        NW__LITERAL("Keep-Alive"),
        NW__LITERAL("Location"),
        NW__LITERAL("Max-Forwards"),
        NW__LITERAL("Pragma"),
        NW__LITERAL("Proxy-Authenticate"),
        NW__LITERAL("Proxy-Authorization"),
        NW__LITERAL("Proxy-Connection"),
        NW__LITERAL("Range"),
        NW__LITERAL("Retry-After"),
        NW__LITERAL("Set-Cookie"),
        NW__LITERAL("TE"),
        NW__LITERAL("Trailer"),
        NW__LITERAL("Transfer-Encoding"),
        NW__LITERAL("Upgrade"),
        NW__LITERAL("Vary"),
        NW__LITERAL("Warning"),
        NW__LITERAL("WWW-Authenticate"),
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (nw__http_same(name, names[i]))
            return true;
    return false;
}

static void drop_forbidden(nw_http_headers *trailers)
{
    for (uint32_t i = 0; i < trailers->count;) {
        nw_slice name = nw__http_headers_name(trailers, i);
        if (is_forbidden(name))
            nw__http_headers_drop(trailers, i);
        else
            i++;
    }
}

static ssize_t feed_trailers(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    ssize_t taken = nw__http_parser_feed(parser, data, size_bytes);

    if (taken >= 0 && parser->fields_done) {
        drop_forbidden(&parser->trailers);
        message_done(parser);
    }
    return taken;
}

/* -- all of it -- */

static size_t take_content(struct nw__http_parser *parser, const char *data, size_t size_bytes,
                           nw_slice *content_out)
{
    int64_t run = nw__http_parser_run(parser);
    size_t size = (uint64_t)run < size_bytes ? (size_t)run : size_bytes;

    *content_out = (nw_slice){data, size};
    nw__http_parser_passed(parser, (int64_t)size);
    return size;
}

ssize_t nw__http_parser_body(struct nw__http_parser *parser, const char *data, size_t size_bytes,
                             nw_slice *content_out)
{
    bool had_content = !content_out;
    size_t at = 0;
    ssize_t n;

    if (content_out)
        *content_out = (nw_slice){data, 0};
    if (parser->error)
        return parser->error;
    while (at < size_bytes && parser->stage != STAGE_NONE) {
        if (nw__http_parser_run(parser) > 0) {
            if (had_content)
                break;
            had_content = true;
            n = (ssize_t)take_content(parser, data + at, size_bytes - at, content_out);
        } else if (parser->stage == STAGE_TRAILERS) {
            n = feed_trailers(parser, data + at, size_bytes - at);
        } else {
            n = framing_byte(parser, data[at]) < 0 ? parser->error : 1;
        }
        if (n < 0)
            return n;
        at += (size_t)n;
    }
    return (ssize_t)at;
}
