/* SPDX-License-Identifier: MIT */
/*
 * What a complete head says: where the body ends (RFC 9112, 6.3), whether the connection goes on (9.3), what
 * is asked of the connection. A head that could be read in two ways is refused.
 */
#include <string.h>

#include "http/parser.h"

/* What the fields say, together. */
struct said {
    unsigned hosts;
    unsigned lengths;
    unsigned coded;    /* Transfer-Encoding fields */
    unsigned codings;  /* in them */
    unsigned chunkeds; /* of these */
    unsigned nothings; /* between the commas: there are readers who lose the chunked beside one */
    bool chunked_last;
    bool close;
    bool keep_alive;
    bool upgrade;       /* "Connection: upgrade" */
    bool upgrade_field; /* "Upgrade: ..." */
    bool encoded;       /* Content-Encoding */
    bool expects;       /* anything */
    bool expects_continue;
    nw_slice host;
    nw_slice length;
};

static int bad(struct nw__http_parser *parser, const char *why)
{
    return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_BAD, why);
}

/* -- collecting -- */

static void connection_field(struct said *said, nw_slice value)
{
    nw_slice item;

    if (nw__http_same(value, NW__LITERAL("keep-alive"))) { /* as most servers say, and no list */
        said->keep_alive = true;
        return;
    }
    while (nw__http_list_next(&value, &item)) {
        if (nw__http_same(item, NW__LITERAL("close")))
            said->close = true;
        else if (nw__http_same(item, NW__LITERAL("keep-alive")))
            said->keep_alive = true;
        else if (nw__http_same(item, NW__LITERAL("upgrade")))
            said->upgrade = true;
    }
}

static unsigned count_elements(nw_slice list)
{
    unsigned count = 1;

    for (size_t i = 0; i < list.size; i++)
        count += list.data[i] == ',';
    return count;
}

static void coding_field(struct said *said, nw_slice value)
{
    nw_slice item;

    said->coded++;
    said->nothings += count_elements(value);
    while (nw__http_list_next(&value, &item)) {
        said->nothings--;
        said->codings++;
        said->chunked_last = nw__http_same(item, NW__LITERAL("chunked"));
        said->chunkeds += said->chunked_last;
    }
}

/* By size first: most fields are none of these. In the case in which nearly everybody writes them. */
static void field(struct said *said, nw_slice name, nw_slice value)
{
    switch (name.size) {
    case 4:
        if (nw__http_same(name, NW__LITERAL("Host"))) {
            said->hosts++;
            said->host = value;
        }
        break;
    case 6:
        if (nw__http_same(name, NW__LITERAL("Expect"))) {
            said->expects_continue = nw__http_same(value, NW__LITERAL("100-continue")) &&
                                     (!said->expects || said->expects_continue);
            said->expects = true;
        }
        break;
    case 7:
        said->upgrade_field |= nw__http_same(name, NW__LITERAL("Upgrade"));
        break;
    case 10:
        if (nw__http_same(name, NW__LITERAL("Connection")))
            connection_field(said, value);
        break;
    case 14:
        if (nw__http_same(name, NW__LITERAL("Content-Length"))) {
            said->lengths++;
            said->length = value;
        }
        break;
    case 16:
        said->encoded |= nw__http_same(name, NW__LITERAL("Content-Encoding"));
        break;
    case 17:
        if (nw__http_same(name, NW__LITERAL("Transfer-Encoding")))
            coding_field(said, value);
        break;
    default:
        break;
    }
}

/* -- the body (RFC 9112, 6) -- */

/* 1*DIGIT, nothing else; a list of equal ones is refused, too (RFC 9110, 8.6 allows that). */
static int settle_length(struct nw__http_parser *parser, const struct said *said)
{
    int64_t length = 0;

    if (said->lengths == 0)
        return 0;
    if (said->lengths > 1)
        return bad(parser, "several Content-Length fields");
    if (said->length.size == 0)
        return bad(parser, "an empty Content-Length");
    for (size_t i = 0; i < said->length.size; i++) {
        int digit = said->length.data[i] - '0';
        if (digit < 0 || digit > 9)
            return bad(parser, "a Content-Length that is no number");
        if (__builtin_mul_overflow(length, 10, &length) || __builtin_add_overflow(length, digit, &length))
            return bad(parser, "a Content-Length that is too large");
    }
    parser->announced = length;
    return 0;
}

static int settle_coding(struct nw__http_parser *parser, const struct said *said)
{
    if (said->coded == 0)
        return 0;
    if (said->lengths > 0)
        return bad(parser, "both Content-Length and Transfer-Encoding");
    if (parser->minor_version == 0)
        return bad(parser, "Transfer-Encoding in HTTP/1.0");
    if (said->nothings > 0)
        return bad(parser, "a Transfer-Encoding with an empty element");
    if (!said->chunked_last || said->chunkeds > 1)
        return bad(parser, "a Transfer-Encoding that does not end in one chunked");
    if (said->codings > 1)
        return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_CODING_UNKNOWN,
                                    "an unknown transfer coding");
    parser->chunked = true;
    return 0;
}

/* RFC 9112, 6.3, items 1 and 2. */
static bool has_no_body(const struct nw__http_parser *parser)
{
    int status = parser->status;

    if (parser->side == NW__HTTP_REQUESTS)
        return parser->form == NW__HTTP_AUTHORITY_FORM;
    return status < 200 || status == 204 || status == 304 || parser->answer == NW__HTTP_ANSWER_TO_HEAD ||
           (parser->answer == NW__HTTP_ANSWER_TO_CONNECT && status < 300);
}

static int settle_body(struct nw__http_parser *parser, const struct said *said)
{
    int rc = settle_length(parser, said);

    if (rc == 0)
        rc = settle_coding(parser, said);
    if (rc < 0)
        return rc;
    if (has_no_body(parser)) {
        if (parser->side == NW__HTTP_REQUESTS && (parser->chunked || parser->announced > 0))
            return bad(parser, "a CONNECT with a body");
        parser->chunked = false;
        parser->length = 0;
        return 0;
    }
    parser->until_close = parser->side == NW__HTTP_RESPONSES && !parser->chunked && parser->announced < 0;
    parser->length = parser->chunked || parser->until_close ? -1
                     : parser->announced < 0                ? 0
                                                            : parser->announced;
    return 0;
}

/* -- the connection -- */

/* RFC 9112, 9.3. */
static bool goes_on(const struct nw__http_parser *parser, const struct said *said)
{
    if (parser->until_close || said->close)
        return false;
    return parser->minor_version > 0 || said->keep_alive;
}

/* RFC 9110, 10.1.1. */
static int settle_expectation(struct nw__http_parser *parser, const struct said *said)
{
    if (!said->expects || parser->side != NW__HTTP_REQUESTS || parser->minor_version == 0)
        return 0;
    if (!said->expects_continue)
        return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_EXPECTATION, "an unknown expectation");
    parser->expect_continue = parser->length != 0;
    return 0;
}

static int settle_version(struct nw__http_parser *parser)
{
    if (parser->llhttp.http_major != 1 || parser->llhttp.http_minor > 1)
        return nw__http_parser_fail(parser, NW_EPROTOCOL, NW__HTTP_VERSION,
                                    "a version other than 1.0 and 1.1");
    parser->minor_version = parser->llhttp.http_minor;
    return 0;
}

/* The target, or the reason, with a NUL behind it. */
static nw_slice first_text(struct nw__http_parser *parser)
{
    char *text = parser->headers.text.data + parser->first_at;

    if (parser->first_bytes == 0)
        return NW__LITERAL("");
    text[parser->first_bytes] = '\0';
    return (nw_slice){text, parser->first_bytes};
}

/* The request line, and the one Host (RFC 9112, 3.2). */
static int settle_request(struct nw__http_parser *parser, const struct said *said)
{
    char *text = parser->headers.text.data;

    text[parser->method_bytes] = '\0';
    parser->method = (nw_slice){text, parser->method_bytes};
    parser->target = first_text(parser);
    if (said->hosts > 1)
        return bad(parser, "several Host fields");
    if (said->hosts == 0 && parser->minor_version > 0)
        return bad(parser, "no Host field");
    return nw__http_parser_settle_target(parser, said->host);
}

static int settle_response(struct nw__http_parser *parser)
{
    parser->reason = first_text(parser);
    parser->status = parser->llhttp.status_code;
    if (parser->status < 100 || parser->status > 999)
        return bad(parser, "a status out of range");
    return 0;
}

int nw__http_parser_settle(struct nw__http_parser *parser)
{
    bool requests = parser->side == NW__HTTP_REQUESTS;
    struct said said = {.host = NW__LITERAL("")};
    int rc = settle_version(parser);

    for (uint32_t i = 0; i < parser->headers.count; i++)
        field(&said, nw__http_headers_name(&parser->headers, i), nw__http_headers_value(&parser->headers, i));
    if (rc == 0)
        rc = requests ? settle_request(parser, &said) : settle_response(parser);
    if (rc == 0)
        rc = settle_body(parser, &said);
    if (rc == 0)
        rc = settle_expectation(parser, &said);
    if (rc < 0)
        return rc;
    parser->keep_alive = goes_on(parser, &said);
    parser->encoded = said.encoded;
    /* RFC 9110, 7.8: not in HTTP/1.0, and only with its token in Connection. */
    parser->upgrade =
        requests ? parser->minor_version > 0 && said.upgrade && said.upgrade_field : parser->status == 101;
    return 0;
}
