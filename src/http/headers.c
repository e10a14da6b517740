/* SPDX-License-Identifier: MIT */
/*
 * Header fields: see headers.h. The text holds NAME NUL VALUE NUL for each field, in their order; of a head
 * that was received it holds all of the head, where NULs have taken the place of what stood there. Fields are
 * only ever added at the end, and removing moves what is behind.
 */
#include "http/headers.h"

#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "http/guard.h"

#define CAPACITY_MIN 16u

/* -- words (RFC 9110, 5.6.2) -- */

#define EIGHT(c)                                                                                             \
    [c] = 1, [(c) + 1] = 1, [(c) + 2] = 1, [(c) + 3] = 1, [(c) + 4] = 1, [(c) + 5] = 1, [(c) + 6] = 1,       \
    [(c) + 7] = 1

const uint8_t nw__http_token_bytes[256] = {
    ['!'] = 1, ['#'] = 1,  ['$'] = 1,  ['%'] = 1,  ['&'] = 1,  ['\''] = 1, ['*'] = 1,
    ['+'] = 1, ['-'] = 1,  ['.'] = 1,  ['^'] = 1,  ['_'] = 1,  ['`'] = 1,  ['|'] = 1,
    ['~'] = 1, EIGHT('0'), ['8'] = 1,  ['9'] = 1,  EIGHT('A'), EIGHT('I'), EIGHT('Q'),
    ['Y'] = 1, ['Z'] = 1,  EIGHT('a'), EIGHT('i'), EIGHT('q'), ['y'] = 1,  ['z'] = 1,
};

bool nw__http_is_token(nw_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!nw__http_token_bytes[(unsigned char)text.data[i]])
            return false;
    return text.size > 0;
}

bool nw__http_is_value(nw_slice text)
{
    const char *at = text.data, *end = text.data + text.size;

    while ((at = nw__http_find_control(at, end)) < end)
        if (*at++ != '\t')
            return false;
    return true;
}

bool nw__http_same_letters(const char *a, const char *b, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (a[i] != b[i] && nw__lower(a[i]) != nw__lower(b[i]))
            return false;
    return true;
}

bool nw__http_is(nw_slice text, const char *word)
{
    return nw__http_same(text, nw_slice_of(word));
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

nw_slice nw__http_trim(nw_slice text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

bool nw__http_list_next(nw_slice *rest, nw_slice *item_out)
{
    const char *at = rest->data, *end = rest->data + rest->size, *begin;

    while (at < end && (is_space(*at) || *at == ','))
        at++;
    begin = at;
    while (at < end && *at != ',')
        at++;
    rest->data = at;
    rest->size = (size_t)(end - at);
    while (at > begin && is_space(at[-1]))
        at--;
    *item_out = (nw_slice){begin, (size_t)(at - begin)};
    return at > begin;
}

/* -- the fields -- */

void nw__http_headers_init(nw_http_headers *headers, size_t limit_bytes, uint32_t limit_count)
{
    *headers = (nw_http_headers){.limit = limit_count};
    nw__bytes_init(&headers->text, limit_bytes < UINT32_MAX ? limit_bytes : UINT32_MAX);
}

void nw__http_headers_finish(nw_http_headers *headers)
{
    nw__bytes_finish(&headers->text);
    free(headers->fields);
    headers->fields = NULL;
    headers->count = headers->capacity = 0;
}

void nw__http_headers_clear(nw_http_headers *headers)
{
    nw__bytes_clear(&headers->text);
    headers->count = 0;
}

int nw__http_headers_grow(nw_http_headers *headers)
{
    uint32_t capacity = headers->capacity ? headers->capacity * 2 : CAPACITY_MIN;
    struct nw__http_field *fields;

    if (headers->count == headers->limit)
        return -EMSGSIZE;
    if (headers->count < headers->capacity)
        return 0;
    fields = realloc(headers->fields, capacity * sizeof *fields);
    if (!fields)
        return -ENOMEM;
    headers->fields = fields;
    headers->capacity = capacity;
    return 0;
}

static char *copy(char *to, nw_slice from)
{
    memcpy(to, from.data, from.size);
    return to + from.size;
}

/* Where a slice of `before` lies now that its memory has perhaps moved to `after`: a value may be added
 * again. */
static nw_slice moved(nw_slice slice, const char *before, size_t size_bytes, const char *after)
{
    uintptr_t offset = (uintptr_t)slice.data - (uintptr_t)before;

    return before && offset < size_bytes ? (nw_slice){after + offset, slice.size} : slice;
}

int nw__http_headers_append(nw_http_headers *headers, nw_slice name, nw_slice value)
{
    struct nw__bytes *text = &headers->text;
    const char *before = text->data;
    struct nw__http_field field = {.name = (uint32_t)text->size_bytes,
                                   .name_bytes = (uint32_t)name.size,
                                   .value = (uint32_t)(text->size_bytes + name.size + 1),
                                   .value_bytes = (uint32_t)value.size};
    int rc = nw__bytes_reserve(text, name.size + value.size + 2);
    char *to;

    if (rc == 0)
        rc = nw__http_headers_push(headers, &field);
    if (rc < 0)
        return rc == -EFBIG ? -EMSGSIZE : rc;
    to = copy(nw__bytes_tail(text), moved(name, before, text->size_bytes, text->data));
    *to++ = '\0';
    to = copy(to, moved(value, before, text->size_bytes, text->data));
    *to = '\0';
    nw__bytes_commit(text, name.size + value.size + 2);
    return 0;
}

bool nw__http_headers_have_token(const nw_http_headers *headers, const char *name, const char *token)
{
    nw_slice wanted = nw_slice_of(token), wanted_name = nw_slice_of(name), rest, item;

    for (uint32_t i = 0; i < headers->count; i++) {
        if (!nw__http_same(nw__http_headers_name(headers, i), wanted_name))
            continue;
        rest = nw__http_headers_value(headers, i);
        while (nw__http_list_next(&rest, &item))
            if (nw__http_same(item, wanted))
                return true;
    }
    return false;
}

int nw__http_headers_format(const nw_http_headers *headers, struct nw__bytes *out)
{
    char *to;
    /* Where the text has a NUL, this has two bytes; the text may have more. */
    int rc = nw__bytes_reserve(out, headers->text.size_bytes + 2 * (size_t)headers->count);

    if (rc < 0)
        return rc;
    to = nw__bytes_tail(out);
    for (uint32_t i = 0; i < headers->count; i++) {
        to = copy(to, nw__http_headers_name(headers, i));
        to = copy(to, NW__LITERAL(": "));
        to = copy(to, nw__http_headers_value(headers, i));
        to = copy(to, NW__LITERAL("\r\n"));
    }
    nw__bytes_commit(out, (size_t)(to - nw__bytes_tail(out)));
    return 0;
}

void nw__http_headers_drop(nw_http_headers *headers, uint32_t index)
{
    struct nw__http_field *field = &headers->fields[index];
    bool last = index + 1 == headers->count;
    uint32_t begin = field->name, end = last ? (uint32_t)headers->text.size_bytes : field[1].name;

    memmove(headers->text.data + begin, headers->text.data + end, headers->text.size_bytes - end);
    headers->text.size_bytes -= end - begin;
    headers->count--;
    memmove(field, field + 1, (headers->count - index) * sizeof *field);
    for (uint32_t i = index; i < headers->count; i++) {
        headers->fields[i].name -= end - begin;
        headers->fields[i].value -= end - begin;
    }
}

/* -- public -- */

int nw_http_headers_create(nw_http_headers **headers_out)
{
    nw_http_headers *headers;

    if (!headers_out)
        return -EINVAL;
    headers = malloc(sizeof *headers);
    if (!headers)
        return -ENOMEM;
    nw__http_headers_init(headers, NW__HTTP_HEADERS_BYTES, NW__HTTP_HEADERS_COUNT);
    *headers_out = headers;
    return 0;
}

void nw_http_headers_destroy(nw_http_headers *headers)
{
    if (headers)
        nw__http_headers_finish(headers);
    free(headers);
}

static bool is_field(const char *name, const char *value)
{
    return name && value && nw__http_is_token(nw_slice_of(name)) && nw__http_is_value(nw_slice_of(value));
}

int nw_http_headers_add(nw_http_headers *headers, const char *name, const char *value)
{
    if (!headers || !is_field(name, value))
        return -EINVAL;
    return nw__http_headers_append(headers, nw_slice_of(name), nw_slice_of(value));
}

int nw_http_headers_set(nw_http_headers *headers, const char *name, const char *value)
{
    int rc = nw_http_headers_add(headers, name, value);

    if (rc < 0)
        return rc;
    for (uint32_t i = headers->count - 1; i-- > 0;)
        if (nw__http_same(nw__http_headers_name(headers, i),
                          nw__http_headers_name(headers, headers->count - 1)))
            nw__http_headers_drop(headers, i);
    return 0;
}

int nw_http_headers_remove(nw_http_headers *headers, const char *name)
{
    uint32_t before = headers ? headers->count : 0;

    if (!headers || !name)
        return 0;
    for (uint32_t i = before; i-- > 0;)
        if (nw__http_same(nw__http_headers_name(headers, i), nw_slice_of(name)))
            nw__http_headers_drop(headers, i);
    return (int)(before - headers->count);
}

const char *nw_http_headers_get(const nw_http_headers *headers, const char *name)
{
    nw_slice wanted;

    if (!headers || !name || headers->count == 0)
        return NULL;
    wanted = nw_slice_of(name);
    for (uint32_t i = 0; i < headers->count; i++)
        if (headers->fields[i].name_bytes == wanted.size && /* few get beyond that */
            nw__http_same(nw__http_headers_name(headers, i), wanted))
            return nw__http_headers_value(headers, i).data;
    return NULL;
}

size_t nw_http_headers_count(const nw_http_headers *headers)
{
    return headers ? headers->count : 0;
}

bool nw_http_headers_at(const nw_http_headers *headers, size_t index, nw_pair *field_out)
{
    if (!headers || !field_out || index >= headers->count)
        return false;
    field_out->name = nw__http_headers_name(headers, (uint32_t)index).data;
    field_out->value = nw__http_headers_value(headers, (uint32_t)index).data;
    return true;
}
