/* SPDX-License-Identifier: MIT */
/*
 * Ranges of bytes (RFC 9110, 14) and how much a coding is wanted (12.5.3): one field's text each, judged.
 * What is not understood is as if it were not there, as the RFC asks. Owns nothing.
 */
#include "http/range.h"

#include <assert.h>
#include <nowait/text.h>

#include "base/ascii.h"
#include "base/slice.h"

/* Digits, one at least. Too large for the type is the largest: no body is that long. */
static bool take_number(nw_slice *text, int64_t *value_out)
{
    size_t digits = 0;
    int64_t value = 0;

    for (; text->size > 0 && nw__is_digit(text->data[0]); digits++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text->data[0] - '0', &value))
            value = INT64_MAX;
        nw__cut(text, 1);
    }
    *value_out = value;
    return digits > 0;
}

/* -- Range -- */

/*
 * One range-spec (14.1.1). Returns: 1; 0: it lies behind the end; -EINVAL: it is none, and then the whole
 * field means nothing.
 */
static int parse_range(nw_slice text, int64_t size_bytes, struct nw__http_range *range_out)
{
    int64_t first = 0, last = INT64_MAX;

    if (nw__cut_char(&text, '-')) {
        if (!take_number(&text, &last) || text.size > 0)
            return -EINVAL;
        first = last < size_bytes ? size_bytes - last : 0;
        *range_out = (struct nw__http_range){first, size_bytes};
        return last > 0;
    }
    if (!take_number(&text, &first) || !nw__cut_char(&text, '-'))
        return -EINVAL;
    if (text.size > 0 && (!take_number(&text, &last) || text.size > 0 || last < first))
        return -EINVAL;
    *range_out = (struct nw__http_range){first, last < size_bytes ? last + 1 : size_bytes};
    return first < size_bytes;
}

/*
 * Add it, or join it to the one before. Returns: the new count; 0: too many, or two that overlap (14.2:
 * asking for the same bytes again and again is an attack).
 */
static int add_range(struct nw__http_range *ranges, int count, struct nw__http_range range)
{
    for (int i = 0; i < count; i++)
        if (range.begin < ranges[i].end && ranges[i].begin < range.end)
            return 0;
    if (count > 0 && ranges[count - 1].end == range.begin) {
        ranges[count - 1].end = range.end;
        return count;
    }
    if (count == NW__HTTP_RANGES)
        return 0;
    ranges[count] = range;
    return count + 1;
}

int nw__http_ranges(const char *text, int64_t size_bytes, struct nw__http_range ranges[NW__HTTP_RANGES])
{
    nw_slice list = nw_slice_of(text), element;
    struct nw__http_range found[NW__HTTP_RANGES], range;
    bool any = false, whole = false;
    int count = 0;

    assert(size_bytes >= 0);
    if (list.size < 6 || !nw__http_is((nw_slice){list.data, 6}, "bytes="))
        return 0;
    nw__cut(&list, 6);
    while (nw__http_list_next(&list, &element)) {
        int rc = parse_range(element, size_bytes, &range);

        if (rc < 0)
            return 0;
        any = true;
        if (rc == 0 || whole)
            continue;
        /* The last bytes of nothing are all of it, for which there is no Content-Range. */
        count = range.begin == range.end ? 0 : add_range(found, count, range);
        whole = count == 0;
    }
    if (any && !whole && count == 0)
        return -ERANGE;
    memcpy(ranges, found, (size_t)count * sizeof *ranges);
    return count;
}

/* RFC 9110, 14.4. */
int nw__http_content_range(const char *text, struct nw__http_range *range_out, int64_t *total_out)
{
    nw_slice rest = nw_slice_of(text);
    int64_t first = 0, last = -1, total = -1;
    bool whole;

    if (rest.size < 6 || !nw__http_is((nw_slice){rest.data, 5}, "bytes") || rest.data[5] != ' ')
        return -EINVAL;
    nw__cut(&rest, 6);
    whole = nw__cut_char(&rest, '*');
    if (!whole && (!take_number(&rest, &first) || !nw__cut_char(&rest, '-') || !take_number(&rest, &last)))
        return -EINVAL;
    if (!nw__cut_char(&rest, '/') || (!nw__cut_char(&rest, '*') && !take_number(&rest, &total)) ||
        rest.size > 0)
        return -EINVAL;
    if (whole ? total < 0 : last < first || last == INT64_MAX || (total >= 0 && last >= total))
        return -EINVAL;
    if (total == INT64_MAX)
        return -EINVAL;
    *range_out = (struct nw__http_range){first, last + 1};
    *total_out = total;
    return 0;
}

/* -- Accept-Encoding -- */

/* RFC 9110, 12.4.2: "0.123", in thousandths; -1: it is none. */
static int parse_weight(nw_slice text)
{
    int value;

    if (text.size == 0 || text.size > 5 || (text.data[0] != '0' && text.data[0] != '1'))
        return -1;
    value = (text.data[0] - '0') * 1000;
    nw__cut(&text, 1);
    if (text.size > 0 && !nw__cut_char(&text, '.'))
        return -1;
    for (int unit = 100; text.size > 0; unit /= 10) {
        if (!nw__is_digit(text.data[0]))
            return -1;
        value += (text.data[0] - '0') * unit;
        nw__cut(&text, 1);
    }
    return value <= 1000 ? value : -1;
}

/* What an element says of its coding; -1: it makes no sense. */
static int split_weight(nw_slice *element)
{
    const char *semicolon = memchr(element->data, ';', element->size);
    nw_slice weight;

    if (!semicolon)
        return 1000;
    weight = (nw_slice){semicolon + 1, element->size - (size_t)(semicolon + 1 - element->data)};
    weight = nw__http_trim(weight);
    element->size = (size_t)(semicolon - element->data);
    *element = nw__http_trim(*element);
    if (weight.size < 2 || nw__lower(weight.data[0]) != 'q' || weight.data[1] != '=')
        return -1;
    nw__cut(&weight, 2);
    return parse_weight(weight);
}

/* RFC 9110, 8.4.1.3: the same coding under an old name. */
static bool names(nw_slice element, const char *coding)
{
    return nw__http_is(element, coding) || (strcmp(coding, "gzip") == 0 && nw__http_is(element, "x-gzip"));
}

int nw__http_accepts_coding(const char *accept_encoding, const char *coding)
{
    nw_slice list = nw_slice_of(accept_encoding), element;
    bool identity = strcmp(coding, "identity") == 0, empty = true;
    int any = -1;

    while (nw__http_list_next(&list, &element)) {
        int weight = split_weight(&element);

        empty = false;
        if (weight < 0)
            continue;
        if (names(element, coding))
            return weight;
        if (nw__http_is(element, "*") && any < 0)
            any = weight;
    }
    if (any >= 0)
        return any;
    /* As it is: always, unless it was ruled out; after all that was asked for. */
    return !identity ? 0 : empty ? 1000 : 1;
}
