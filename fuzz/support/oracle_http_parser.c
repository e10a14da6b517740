/* SPDX-License-Identifier: MIT */
/*
 * http-parser, where it is installed. It stopped being developed before RFC 9112: see the cases of -2.
 */
#include "oracle.h"

#ifdef HAVE_HTTP_PARSER

#include <http_parser.h>
#include <strings.h>

static int on_url(http_parser *parser, const char *at, size_t size)
{
    transcript_add(&((struct seen *)parser->data)->target, at, size);
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t size)
{
    seen_name(parser->data, at, size);
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t size)
{
    seen_value(parser->data, at, size);
    return 0;
}

static int on_head(http_parser *parser)
{
    return seen_head(parser->data, parser->http_major, parser->http_minor, (int)parser->status_code);
}

static int on_body(http_parser *parser, const char *at, size_t size)
{
    transcript_add(&((struct seen *)parser->data)->content, at, size);
    return 0;
}

static int on_done(http_parser *parser)
{
    ((struct seen *)parser->data)->done = true;
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_done,
};

/*
 * It notes a Transfer-Encoding when the last letter of that name has come, and does not take it back when the
 * name goes on ("Transfer-Encodingt").
 */
static bool is_misread(const char *field, size_t size)
{
    static const char name[] = "transfer-encoding";
    size_t n = sizeof name - 1;

    return size > n && strncasecmp(field, name, n) == 0 && field[n] != ':';
}

static bool any_is_misread(const struct transcript *fields)
{
    size_t begin = 0;

    for (size_t i = 0; i < fields->size; i++) {
        if (fields->text[i] != '\n')
            continue;
        if (is_misread(fields->text + begin, i - begin))
            return true;
        begin = i + 1;
    }
    return fields->size > begin && is_misread(fields->text + begin, fields->size - begin);
}

/* It knows a list of methods, and wants Content-Length in trailers to be good, which is dropped here. */
static bool is_no_difference(const http_parser *parser)
{
    enum http_errno error = HTTP_PARSER_ERRNO(parser);

    return error == HPE_INVALID_METHOD ||
           ((parser->flags & F_TRAILING) &&
            (error == HPE_INVALID_CONTENT_LENGTH || error == HPE_UNEXPECTED_CONTENT_LENGTH));
}

int oracle_http_parser(enum message_kind kind, const char *data, size_t size, bool at_end,
                       struct transcript *transcript)
{
    struct seen seen = {.kind = kind, .transcript = transcript};
    http_parser parser;
    int result = 0;

    http_parser_init(&parser, kind == MESSAGE_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE);
    parser.data = &seen;
    for (size_t i = 0; i < size && result == 0; i++) {
        if (!seen.done)
            (void)http_parser_execute(&parser, &settings, data + i, 1);
        if (is_no_difference(&parser))
            result = -2;
        else if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || (seen.done && i + 1 < size))
            result = -1;
    }
    if (result == 0 && at_end)
        (void)http_parser_execute(&parser, &settings, NULL, 0);
    if (seen.misread || any_is_misread(&seen.fields))
        result = -2;
    return seen_finish(&seen, result < 0 ? result : seen.done);
}

#else

int oracle_http_parser(enum message_kind kind, const char *data, size_t size, bool at_end,
                       struct transcript *transcript)
{
    (void)kind, (void)data, (void)size, (void)at_end, (void)transcript;
    return -2;
}

#endif
