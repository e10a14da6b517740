/* SPDX-License-Identifier: MIT */
/*
 * Conditional requests (RFC 9110, 13): what the conditions make of a GET or HEAD, or of a request that
 * changes something, in the order of 13.2.2. Pure. Knows nothing of files: entity tags and dates are handed
 * in.
 */
#include <nowait/text.h>

#include "base/slice.h"
#include "http/range.h"

/* RFC 9110, 8.8.3: [W/] "..." at the beginning of `text`; false: there is none. */
static bool take_etag(nw_slice *text, nw_slice *etag_out)
{
    bool weak = text->size >= 2 && text->data[0] == 'W' && text->data[1] == '/';
    size_t begin = weak ? 2 : 0, size = begin + 1;

    if (text->size <= begin || text->data[begin] != '"')
        return false;
    while (size < text->size && text->data[size] != '"') {
        unsigned char c = (unsigned char)text->data[size++];
        if (c <= 0x20 || c == 0x7f)
            return false;
    }
    if (size == text->size)
        return false;
    *etag_out = (nw_slice){text->data, size + 1};
    nw__cut(text, size + 1);
    return true;
}

static bool is_weak(nw_slice etag)
{
    return etag.data[0] == 'W';
}

/* RFC 9110, 8.8.3.2. */
static bool same_etag(nw_slice a, nw_slice b, bool strongly)
{
    if (strongly && (is_weak(a) || is_weak(b)))
        return false;
    nw__cut(&a, is_weak(a) ? 2 : 0);
    nw__cut(&b, is_weak(b) ? 2 : 0);
    return nw_slice_equal(a, b);
}

/* Is it in the list? What follows something that is no entity tag does not count. */
static bool is_listed(nw_slice list, const char *etag, bool strongly)
{
    nw_slice own = nw_slice_of(etag), one;

    while (list.size > 0) {
        if (strchr(" \t,", list.data[0])) {
            nw__cut(&list, 1);
            continue;
        }
        if (!take_etag(&list, &one))
            return false;
        if (own.size > 0 && same_etag(own, one, strongly))
            return true;
    }
    return false;
}

/* If-Match and If-None-Match: in one of the fields of that name? "*" is any (13.1.1, 13.1.2). */
static bool is_matched(const nw_http_headers *request, const char *name, const char *etag, bool strongly)
{
    for (uint32_t i = 0; i < request->count; i++) {
        nw_slice value = nw__http_headers_value(request, i);

        if (!nw__http_same(nw__http_headers_name(request, i), nw_slice_of(name)))
            continue;
        if (nw_slice_equal(value, nw_slice_of("*")) || is_listed(value, etag, strongly))
            return true;
    }
    return false;
}

/* A field with a date; false: there is none, or no date in it, and then there is no condition. */
static bool find_date(const nw_http_headers *request, const char *name, int64_t *time_s_out)
{
    const char *text = nw_http_headers_get(request, name);

    return text && nw_http_date_parse(text, time_s_out) == 0;
}

/* RFC 9110, 13.1.5: strongly, and a date only if it is the very same. */
static bool if_range_agrees(const char *if_range, const struct nw__http_validators *validators)
{
    nw_slice text = nw_slice_of(if_range), etag, own = nw_slice_of(validators->etag);
    int64_t time_s;

    if (take_etag(&text, &etag))
        return text.size == 0 && own.size > 0 && same_etag(own, etag, true);
    return !validators->unsettled && nw_http_date_parse(if_range, &time_s) == 0 &&
           time_s == validators->modified_s;
}

/* RFC 9110, 13.2.2, steps 1 and 2. What does not exist is matched by nothing, and has no date. What was
 * changed a moment ago was changed since any earlier date, whatever comes next. */
static bool is_unchanged(const nw_http_headers *request, const struct nw__http_validators *validators)
{
    int64_t time_s;

    if (nw_http_headers_get(request, "If-Match"))
        return validators && is_matched(request, "If-Match", validators->etag, true);
    return !validators || validators->modified_s == INT64_MIN ||
           !find_date(request, "If-Unmodified-Since", &time_s) || validators->modified_s <= time_s;
}

/* Step 3; 13.1.3: If-Modified-Since is for GET and HEAD. */
bool nw__http_may_change(const nw_http_headers *request, const struct nw__http_validators *validators)
{
    return is_unchanged(request, validators) &&
           !(validators && is_matched(request, "If-None-Match", validators->etag, false));
}

#define NAME(text)                                                                                           \
    {                                                                                                        \
        text, sizeof text - 1                                                                                \
    }

static bool is_condition(nw_slice name)
{
    static const nw_slice names[] = {
        NAME("If-Match"), NAME("If-None-Match"), NAME("If-Modified-Since"), NAME("If-Unmodified-Since"),
        NAME("If-Range"), NAME("Range"),
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].size == name.size && nw__http_same(names[i], name))
            return true;
    return false;
}

/* Most requests have none of them: of their fields no more is looked at than tells them from "If-" and
 * "Range". */
static bool has_conditions(const nw_http_headers *request)
{
    const struct nw__http_field *fields = request->fields, *end = fields + request->count;
    const char *text = request->text.data;

    for (const struct nw__http_field *field = fields; field < end; field++) {
        nw_slice name = {text + field->name, field->name_bytes};

        if (((name.data[0] | 0x20) == 'i' || name.size == sizeof "Range" - 1) && is_condition(name))
            return true;
    }
    return false;
}

int nw__http_conditions(const nw_http_headers *request, const struct nw__http_validators *validators,
                        bool *use_range_out)
{
    bool dated = validators->modified_s != INT64_MIN && !validators->unsettled;
    const char *if_range;
    int64_t time_s;

    *use_range_out = false;
    if (!has_conditions(request))
        return 200;
    if_range = nw_http_headers_get(request, "If-Range");
    if (!is_unchanged(request, validators))
        return 412;
    if (nw_http_headers_get(request, "If-None-Match")) {
        if (is_matched(request, "If-None-Match", validators->etag, false))
            return 304;
    } else if (dated && find_date(request, "If-Modified-Since", &time_s) &&
               validators->modified_s <= time_s) {
        return 304;
    }
    *use_range_out =
        nw_http_headers_get(request, "Range") && (!if_range || if_range_agrees(if_range, validators));
    return 200;
}
