/* SPDX-License-Identifier: MIT */
/*
 * Heads as nearly all are: all of it has come, and each line is just what RFC 9112 (3, 4, 5) says, with no
 * tabs and nothing folded. Such a head has one reading only, so it is taken apart here in one pass, without
 * the guard and llhttp, who say the same of it (the tests and fuzz programs feed every message both ways).
 * Everything else is left to them, also to say what is wrong. Pure.
 */
#include "http/parser.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ascii.h"

#define VERSION_BYTES     8u  /* "HTTP/1.1" */
#define VERSION_END_BYTES 11u /* " HTTP/1.1" CR LF */
#define STATUS_LINE_BYTES 15u /* "HTTP/1.1 200 " CR LF */

/* CR LF at `at`? */
static bool is_line_end(const char *at, const char *end)
{
    return end - at >= 2 && memcmp(at, "\r\n", 2) == 0;
}

/* RFC 3986, 3.3 and 3.4: a path and a query consist of these. Of what tokens have beside, "#" is refused when
 * the head is settled; the rest llhttp takes as well. */
static bool is_path_byte(char c)
{
    static const char others[256] = {
        ['/'] = 1, ['?'] = 1, [':'] = 1, ['@'] = 1, ['('] = 1, [')'] = 1, [','] = 1, [';'] = 1, ['='] = 1};

    return nw__http_token_bytes[(unsigned char)c] || others[(unsigned char)c];
}

/* method SP origin-form SP HTTP-version CR LF. Returns: where the fields begin; NULL: it is not plain. */
static const char *request_line(struct nw__http_parser *parser, const char *data, const char *end)
{
    const char *at = data, *target;

    while (at < end && nw__http_token_bytes[(unsigned char)*at])
        at++;
    if (at == data || at - data > NW__HTTP_METHOD_MAX || end - at < 2 || at[0] != ' ' || at[1] != '/')
        return NULL;
    parser->method_bytes = (size_t)(at - data);
    for (target = ++at; at < end && is_path_byte(*at);)
        at++;
    if (end - at < (ptrdiff_t)VERSION_END_BYTES || memcmp(at, " HTTP/1.", VERSION_BYTES) != 0 ||
        (at[8] != '0' && at[8] != '1') || !is_line_end(at + 9, end))
        return NULL;
    parser->method_done = true;
    parser->llhttp.http_major = 1;
    parser->llhttp.http_minor = (uint8_t)(at[8] - '0');
    parser->first_at = (uint32_t)(target - data);
    parser->first_bytes = (uint32_t)(at - target);
    return at + VERSION_END_BYTES;
}

/* HTTP-version SP 3DIGIT SP [reason] CR LF. Returns: where the fields begin; NULL: it is not plain. */
static const char *status_line(struct nw__http_parser *parser, const char *at, const char *end)
{
    const char *reason = at + STATUS_LINE_BYTES - 2, *line_end;

    if (end - at < (ptrdiff_t)STATUS_LINE_BYTES || memcmp(at, "HTTP/1.", VERSION_BYTES - 1) != 0)
        return NULL;
    if ((at[7] != '0' && at[7] != '1') || at[8] != ' ' || at[12] != ' ' || !nw__is_digit(at[9]) ||
        !nw__is_digit(at[10]) || !nw__is_digit(at[11]))
        return NULL;
    line_end = nw__http_find_control(reason, end);
    if (!is_line_end(line_end, end))
        return NULL;
    parser->llhttp.http_major = 1;
    parser->llhttp.http_minor = (uint8_t)(at[7] - '0');
    parser->llhttp.status_code = (uint16_t)((at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0'));
    parser->first_at = (uint32_t)(reason - at);
    parser->first_bytes = (uint32_t)(line_end - reason);
    return line_end + 2;
}

/* Letters and "-", of which nearly all names consist, sixteen at a time, as far as there are so many. */
static const char *skip_letters(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i a = _mm_set1_epi8('a'), count = _mm_set1_epi8('z' - 'a'), dash = _mm_set1_epi8('-');

    for (; end - at >= (ptrdiff_t)sizeof a; at += sizeof a) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i letters = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), a);
        letters = _mm_cmpeq_epi8(_mm_min_epu8(letters, count), letters);
        unsigned others = ~(unsigned)_mm_movemask_epi8(_mm_or_si128(letters, _mm_cmpeq_epi8(bytes, dash)));
        if (others & 0xffff)
            return at + __builtin_ctz(others);
    }
#else
    (void)end;
#endif
    return at;
}

/* field-name ":" OWS field-value OWS. Returns: the line's end; NULL: it is not plain. */
static const char *field_line(const char *data, const char *at, const char *end, struct nw__http_field *field)
{
    const char *begin = at, *value;

    for (at = skip_letters(at, end); at < end && *at != ':'; at++)
        if (!nw__http_token_bytes[(unsigned char)*at])
            return NULL;
    if (at == begin || at == end)
        return NULL;
    field->name = (uint32_t)(begin - data);
    field->name_bytes = (uint32_t)(at - begin);
    do
        at++;
    while (at < end && *at == ' ');
    value = at;
    at = end = nw__http_find_control(at, end);
    while (end > value && end[-1] == ' ')
        end--;
    field->value = (uint32_t)(value - data);
    field->value_bytes = (uint32_t)(end - value);
    return at;
}

/* Up to the empty line and behind it. */
static const char *fields(struct nw__http_parser *parser, const char *data, const char *at, const char *end)
{
    struct nw__http_field field;

    while (at < end && *at != '\r') {
        at = field_line(data, at, end, &field);
        if (!at || !is_line_end(at, end) || nw__http_headers_push(&parser->headers, &field) < 0)
            return NULL;
        at += 2;
    }
    return is_line_end(at, end) ? at + 2 : NULL;
}

ssize_t nw__http_parser_plain(struct nw__http_parser *parser, const char *data, size_t size_bytes)
{
    size_t limit = parser->limits.head_bytes;
    const char *end = data + (size_bytes < limit ? size_bytes : limit), *at;

    at = parser->side == NW__HTTP_REQUESTS ? request_line(parser, data, end) : status_line(parser, data, end);
    if (at)
        at = fields(parser, data, at, end);
    if (!at || nw__bytes_append(&parser->headers.text, data, (size_t)(at - data)) < 0)
        return 0;
    parser->head_bytes = (size_t)(at - data);
    parser->guard.state = NW__GUARD_DONE;
    parser->fields_done = true;
    nw__http_parser_end_fields(&parser->headers);
    return at - data;
}
