/* SPDX-License-Identifier: MIT */
/*
 * llhttp by itself, bodies and trailers included: the library gives it heads only.
 */
#include <llhttp.h>

#include "oracle.h"

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    transcript_add(&((struct seen *)parser->data)->target, at, size);
    return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t size)
{
    seen_name(parser->data, at, size);
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    seen_value(parser->data, at, size);
    return 0;
}

static int on_value_complete(llhttp_t *parser)
{
    seen_value(parser->data, "", 0); /* it is not told of empty ones otherwise */
    return 0;
}

static int on_head(llhttp_t *parser)
{
    return seen_head(parser->data, parser->http_major, parser->http_minor, parser->status_code);
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    transcript_add(&((struct seen *)parser->data)->content, at, size);
    return 0;
}

static int on_done(llhttp_t *parser)
{
    ((struct seen *)parser->data)->done = true;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_done,
};

/* Methods: it knows a list of them. Of these, PRI begins HTTP/2 only, and those behind it belong to RTSP. */
static bool is_unknown_method(const llhttp_t *parser, llhttp_errno_t error)
{
    return error == HPE_INVALID_METHOD || (parser->method >= HTTP_PRI && parser->method <= HTTP_FLUSH);
}

/*
 * It wants Content-Length and Transfer-Encoding in trailers to be good, which are dropped here; it wants the
 * extensions of chunks without white space, and takes no other behind one with a value. `before`: the byte
 * before the one that it refuses.
 */
static bool is_no_difference(const struct seen *seen, const llhttp_t *parser, llhttp_errno_t error,
                             char before)
{
    if (is_unknown_method(parser, error))
        return true;
    if (!seen->head_done || seen->done || !parser->reason)
        return false;
    if (parser->flags & F_TRAILING)
        return error == HPE_UNEXPECTED_CONTENT_LENGTH || error == HPE_INVALID_TRANSFER_ENCODING;
    return strstr(parser->reason, "chunk extension") ||
           (strstr(parser->reason, "chunk size") && before == ';');
}

int oracle_llhttp(enum message_kind kind, const char *data, size_t size, bool at_end,
                  struct transcript *transcript)
{
    struct seen seen = {.kind = kind, .transcript = transcript};
    llhttp_t parser;
    int result = 0;

    llhttp_init(&parser, kind == MESSAGE_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    parser.data = &seen;
    /* A byte at a time: then it is known with which one the message is over. */
    for (size_t i = 0; i < size && result == 0; i++) {
        llhttp_errno_t error = seen.done ? HPE_USER : llhttp_execute(&parser, data + i, 1);
        if (is_no_difference(&seen, &parser, error, i ? data[i - 1] : '\0'))
            result = -2;
        else if (error != HPE_OK && error != HPE_PAUSED_UPGRADE)
            result = -1;
    }
    if (result == 0 && at_end && llhttp_finish(&parser) != HPE_OK)
        result = -1;
    if (seen.misread)
        result = -2;
    return seen_finish(&seen, result < 0 ? result : seen.done);
}
