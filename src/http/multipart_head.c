/* SPDX-License-Identifier: MIT */
/*
 * Parameters of media types and of Content-Disposition, as far as multipart/form-data has them. A name is
 * kept as it was said: what browsers escape in it cannot be told from what was there.
 */
#include "http/multipart_head.h"

#include <nowait/text.h>

#include "base/slice.h"
#include "http/headers.h"

static void skip_space(nw_slice *text)
{
    while (text->size > 0 && (text->data[0] == ' ' || text->data[0] == '\t'))
        nw__cut(text, 1);
}

static nw_slice take_token(nw_slice *text)
{
    size_t size = 0;

    while (size < text->size && nw__http_token_bytes[(unsigned char)text->data[size]])
        size++;
    return nw__cut(text, size);
}

/* -- parameters (RFC 9110, 5.6.6) -- */

struct parameter {
    nw_slice name;
    nw_slice value; /* what is between the quotes, as it stands there */
    bool quoted;
};

/* Behind the opening quote. A backslash keeps a quote from ending it. */
static bool take_quoted(nw_slice *text, nw_slice *value_out)
{
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] == '\\' && i + 1 < text->size && strchr("\"\\", text->data[i + 1])) {
            i++;
        } else if (text->data[i] == '"') {
            *value_out = nw__cut(text, i);
            nw__cut(text, 1);
            return true;
        }
    }
    return false;
}

/* Returns: 1; 0: there are no more; NW_EPROTOCOL. */
static int next_parameter(nw_slice *text, struct parameter *parameter_out)
{
    skip_space(text);
    while (nw__cut_char(text, ';'))
        skip_space(text);
    if (text->size == 0)
        return 0;
    parameter_out->name = take_token(text);
    if (parameter_out->name.size == 0 || !nw__cut_char(text, '='))
        return NW_EPROTOCOL;
    parameter_out->quoted = nw__cut_char(text, '"');
    if (parameter_out->quoted) {
        if (!take_quoted(text, &parameter_out->value))
            return NW_EPROTOCOL;
    } else {
        parameter_out->value = take_token(text);
        if (parameter_out->value.size == 0)
            return NW_EPROTOCOL;
    }
    skip_space(text);
    return text->size == 0 || text->data[0] == ';' ? 1 : NW_EPROTOCOL;
}

/* Without the backslashes before quotes and backslashes; others are names of files ("C:\a"). */
static size_t unquote(const struct parameter *parameter, char *to)
{
    nw_slice text = parameter->value;
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (parameter->quoted && text.data[i] == '\\' && i + 1 < text.size &&
            strchr("\"\\", text.data[i + 1]))
            i++;
        to[size++] = text.data[i];
    }
    return size;
}

int nw__multipart_boundary(const char *media_type, char boundary[NW__MULTIPART_BOUNDARY_MAX + 1])
{
    static const char type[] = "multipart/form-data";
    nw_slice text = nw_slice_of(media_type);
    char found[NW__MULTIPART_BOUNDARY_MAX + 1];
    struct parameter parameter;
    size_t size = 0;
    int rc;

    if (text.size < sizeof type - 1 || !nw__http_is_value(text) ||
        !nw__http_same((nw_slice){text.data, sizeof type - 1}, NW__LITERAL("multipart/form-data")))
        return -EINVAL;
    nw__cut(&text, sizeof type - 1);
    skip_space(&text);
    if (text.size > 0 && text.data[0] != ';')
        return -EINVAL;
    while ((rc = next_parameter(&text, &parameter)) > 0) {
        if (!nw__http_same(parameter.name, NW__LITERAL("boundary")))
            continue;
        if (size > 0 || parameter.value.size > NW__MULTIPART_BOUNDARY_MAX)
            return -EINVAL;
        size = unquote(&parameter, found);
        if (size == 0 || found[size - 1] == ' ')
            return -EINVAL;
    }
    if (rc < 0 || size == 0)
        return -EINVAL;
    memcpy(boundary, found, size);
    boundary[size] = '\0';
    return 0;
}

/* -- fields -- */

/* Once only. */
static int keep(struct nw__multipart_head *head, const struct parameter *parameter, size_t *at, bool *has)
{
    int rc = *has ? NW_EPROTOCOL : nw__bytes_reserve(&head->text, parameter->value.size + 1);

    if (rc < 0)
        return rc;
    *at = head->text.size_bytes;
    *has = true;
    nw__bytes_commit(&head->text, unquote(parameter, nw__bytes_tail(&head->text)));
    return nw__bytes_append(&head->text, "", 1);
}

/* RFC 7578, 4.2. "filename*" must not be there, and is passed over. */
static int take_disposition(nw_slice value, struct nw__multipart_head *head)
{
    struct parameter parameter;
    int rc = 1;

    if (!nw__http_same(take_token(&value), NW__LITERAL("form-data")))
        return NW_EPROTOCOL;
    skip_space(&value);
    if (value.size > 0 && value.data[0] != ';')
        return NW_EPROTOCOL;
    while (rc >= 0 && (rc = next_parameter(&value, &parameter)) > 0) {
        if (nw__http_same(parameter.name, NW__LITERAL("name")))
            rc = keep(head, &parameter, &head->name, &head->has_name);
        else if (nw__http_same(parameter.name, NW__LITERAL("filename")))
            rc = keep(head, &parameter, &head->file_name, &head->has_file_name);
    }
    return rc;
}

static int take_field(nw_slice line, struct nw__multipart_head *head)
{
    nw_slice name = take_token(&line);
    struct parameter whole = {.quoted = false};

    if (name.size == 0 || !nw__cut_char(&line, ':') || !nw__http_is_value(line))
        return NW_EPROTOCOL;
    skip_space(&line);
    while (line.size > 0 && strchr(" \t", line.data[line.size - 1]))
        line.size--;
    if (nw__http_same(name, NW__LITERAL("Content-Disposition")))
        return take_disposition(line, head);
    whole.value = line;
    if (nw__http_same(name, NW__LITERAL("Content-Type")))
        return keep(head, &whole, &head->media_type, &head->has_media_type);
    return 0;
}

int nw__multipart_head_parse(nw_slice fields, struct nw__multipart_head *head)
{
    nw__bytes_clear(&head->text);
    head->has_name = head->has_file_name = head->has_media_type = false;
    while (fields.size > 0) {
        const char *end = memmem(fields.data, fields.size, "\r\n", 2);
        int rc;

        if (!end)
            return NW_EPROTOCOL;
        rc = take_field((nw_slice){fields.data, (size_t)(end - fields.data)}, head);
        if (rc < 0)
            return rc;
        nw__cut(&fields, (size_t)(end + 2 - fields.data));
    }
    return head->has_name ? 0 : NW_EPROTOCOL;
}
