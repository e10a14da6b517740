/* SPDX-License-Identifier: MIT */
/*
 * application/x-www-form-urlencoded, as the URL Standard (5) has it: written as browsers write it, read
 * leniently, since browsers are not the only ones who write it. Owns the one allocation of a form.
 */
#include <nowait/text.h>
#include <stdlib.h>

#include "http/url_parts.h"

#define PAIRS_MAX 10000

int nw_form_encode(const nw_pair *pairs, size_t count, nw_bytes *text_out)
{
    struct nw__bytes out;
    int rc = 0;

    if (!text_out || (!pairs && count > 0))
        return -EINVAL;
    nw__bytes_init(&out, SIZE_MAX);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (!pairs[i].name || !pairs[i].value) {
            rc = -EINVAL;
            break;
        }
        if (i > 0)
            rc = nw__bytes_append(&out, "&", 1);
        if (rc == 0)
            rc = nw__url_append(&out, nw_slice_of(pairs[i].name), NW__URL_FORM, false);
        if (rc == 0)
            rc = nw__bytes_append(&out, "=", 1);
        if (rc == 0)
            rc = nw__url_append(&out, nw_slice_of(pairs[i].value), NW__URL_FORM, false);
    }
    if (rc == 0)
        rc = nw__bytes_take(&out, text_out);
    nw__bytes_finish(&out);
    return rc;
}

/* What comes before the next "&"; false: nothing is left. Empty ones are passed over. */
static bool next_pair(nw_slice *text, nw_slice *pair_out)
{
    while (text->size > 0) {
        const char *end = memchr(text->data, '&', text->size);
        nw_slice pair = {text->data, end ? (size_t)(end - text->data) : text->size};
        size_t passed = pair.size + (end ? 1 : 0);

        text->data += passed;
        text->size -= passed;
        if (pair.size > 0) {
            *pair_out = pair;
            return true;
        }
    }
    return false;
}

/* Returns: behind its NUL; NULL: there is one in it. */
static char *decode(nw_slice text, char *to)
{
    for (size_t i = 0; i < text.size; i++) {
        int escape = nw__url_escape((nw_slice){text.data + i, text.size - i});

        *to = escape >= 0 ? (char)escape : text.data[i] == '+' ? ' ' : text.data[i];
        if (*to++ == '\0')
            return NULL;
        i += escape >= 0 ? 2 : 0;
    }
    *to = '\0';
    return to + 1;
}

static int decode_pairs(nw_slice text, nw_pair *pairs, char *to)
{
    nw_slice one;

    for (size_t i = 0; next_pair(&text, &one); i++) {
        const char *equals = memchr(one.data, '=', one.size);
        size_t name_size = equals ? (size_t)(equals - one.data) : one.size;
        nw_slice value = {equals ? equals + 1 : "", equals ? one.size - name_size - 1 : 0};

        pairs[i].name = to;
        to = decode((nw_slice){one.data, name_size}, to);
        if (to) {
            pairs[i].value = to;
            to = decode(value, to);
        }
        if (!to)
            return -EINVAL;
    }
    return 0;
}

int nw_form_decode(nw_slice text, nw_form *form_out)
{
    size_t count = 0, text_bytes = 0;
    nw_slice left = text, one;
    nw_pair *pairs;
    int rc;

    if (!form_out || (!text.data && text.size > 0))
        return -EINVAL;
    for (; next_pair(&left, &one); count++)
        text_bytes += one.size + 2; /* "=" is not copied: two NULs take at most two more */
    if (count > PAIRS_MAX)
        return -E2BIG;
    pairs = malloc(count * sizeof *pairs + text_bytes + 1);
    if (!pairs)
        return -ENOMEM;
    rc = decode_pairs(text, pairs, (char *)(pairs + count));
    if (rc < 0) {
        free(pairs);
        return rc;
    }
    *form_out = (nw_form){.pairs = pairs, .count = count, .memory = pairs};
    return 0;
}

const char *nw_form_value(const nw_form *form, const char *name)
{
    if (!form || !name)
        return NULL;
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->pairs[i].name, name) == 0)
            return form->pairs[i].value;
    return NULL;
}

void nw_form_finish(nw_form *form)
{
    if (!form)
        return;
    free(form->memory);
    *form = (nw_form){.memory = NULL};
}
