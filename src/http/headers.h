/* SPDX-License-Identifier: MIT */
/*
 * Header fields, sent or received: names and values in one buffer, each with a NUL behind it. Owns that
 * buffer. Clearing keeps it, so that a connection allocates for its first message only.
 */
#ifndef NW_HTTP_HEADERS_H
#define NW_HTTP_HEADERS_H

#include <nowait/http_message.h>
#include <string.h>

#include "base/bytes.h"

struct nw__http_field {
    uint32_t name; /* where in the text */
    uint32_t name_bytes;
    uint32_t value;
    uint32_t value_bytes;
};

struct nw_http_headers {
    struct nw__bytes text; /* the fields in their order, perhaps with something in between */
    struct nw__http_field *fields;
    uint32_t count;
    uint32_t capacity;
    uint32_t limit; /* of the count */
};

/* What nw_http_headers_create() allows. */
#define NW__HTTP_HEADERS_BYTES ((size_t)16 << 20)
#define NW__HTTP_HEADERS_COUNT 100000u

/* `limit_bytes`: of the text, where each name and each value takes one more than its size. */
void nw__http_headers_init(nw_http_headers *headers, size_t limit_bytes, uint32_t limit_count);
void nw__http_headers_finish(nw_http_headers *headers);
void nw__http_headers_clear(nw_http_headers *headers);

/* As nw_http_headers_add(), with slices that are known to be good. Errors: -EMSGSIZE: a limit; -ENOMEM. */
NW_CHECK int nw__http_headers_append(nw_http_headers *headers, nw_slice name, nw_slice value);
/* There is room for another field. Errors: as of appending. */
NW_CHECK int nw__http_headers_grow(nw_http_headers *headers);
/* As appending, of a field that lies in the text already, behind those that are there. */
NW_CHECK static inline int nw__http_headers_push(nw_http_headers *headers, const struct nw__http_field *field)
{
    bool fits = headers->count < headers->capacity && headers->count < headers->limit;
    int rc = fits ? 0 : nw__http_headers_grow(headers);

    if (rc == 0)
        headers->fields[headers->count++] = *field;
    return rc;
}
/* Remove field number `index`; those behind it move up. */
void nw__http_headers_drop(nw_http_headers *headers, uint32_t index);

static inline nw_slice nw__http_headers_name(const nw_http_headers *headers, uint32_t index)
{
    const struct nw__http_field *field = &headers->fields[index];

    return (nw_slice){headers->text.data + field->name, field->name_bytes};
}

static inline nw_slice nw__http_headers_value(const nw_http_headers *headers, uint32_t index)
{
    const struct nw__http_field *field = &headers->fields[index];

    return (nw_slice){headers->text.data + field->value, field->value_bytes};
}

/* Is `token` in the lists that the fields of this name are ("Connection: keep-alive, Upgrade")? */
bool nw__http_headers_have_token(const nw_http_headers *headers, const char *name, const char *token);

/* "Name: value\r\n" for each. Errors: those of nw__bytes_append(). */
NW_CHECK int nw__http_headers_format(const nw_http_headers *headers, struct nw__bytes *out);

/* RFC 9110, 5.6.2; 5.5: no control bytes but the tab. */
bool nw__http_is_token(nw_slice text);
bool nw__http_is_value(nw_slice text);
/* What a token is made of, by byte. */
extern const uint8_t nw__http_token_bytes[256];
/* Of nw__http_same(): without case, when the sizes and the first letters are the same. */
bool nw__http_same_letters(const char *a, const char *b, size_t size_bytes);
/* Without case, ASCII only. `b` is the literal, if there is one: most names come in the case in which nearly
 * everybody writes them, and comparing a few bytes whose number is known is a word or two. */
static inline bool nw__http_same(nw_slice a, nw_slice b)
{
    if (a.size != b.size)
        return false;
    if (b.size == 0)
        return true;
    /* The case is in one bit: where the others differ in the first letter, nothing else matters. */
    return ((a.data[0] ^ b.data[0]) & ~0x20) == 0 &&
           (memcmp(a.data, b.data, b.size) == 0 || nw__http_same_letters(a.data, b.data, b.size));
}
bool nw__http_is(nw_slice text, const char *word);
/* Without the spaces and tabs at both ends (OWS of RFC 9110, 5.6.3). */
nw_slice nw__http_trim(nw_slice text);
/*
 * The next item of a comma-separated list (RFC 9110, 5.6.1) without the white space around it; empty ones are
 * passed over. Knows nothing of quotes. `rest` is moved behind it. Returns: false: there is none.
 */
bool nw__http_list_next(nw_slice *rest, nw_slice *item_out);

/* Of a string that is there at compile time. */
#define NW__LITERAL(text) ((nw_slice){"" text, sizeof(text) - 1})

#endif
