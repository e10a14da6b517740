/* SPDX-License-Identifier: MIT */
/*
 * What the two oracles share: what their callbacks write down. Their headers cannot be included together.
 */
#ifndef NW_FUZZ_ORACLE_H
#define NW_FUZZ_ORACLE_H

#include <strings.h>

#include "http_messages.h"

struct seen {
    enum message_kind kind;
    struct transcript *transcript;
    struct transcript target;
    struct transcript fields;
    struct transcript content;
    size_t value_begin; /* in the fields */
    bool in_value;
    bool head_done;
    bool done;
    bool misread; /* by a mistake of the other parser's that is known */
};

/* A value is over: it has no white space at its end, and a newline behind it. */
static inline void seen_value_end(struct seen *seen)
{
    struct transcript *fields = &seen->fields;

    if (!seen->in_value)
        return;
    while (fields->size > seen->value_begin && strchr(" \t", fields->text[fields->size - 1]))
        fields->size--;
    transcript_add(fields, "\n", 1);
    seen->in_value = false;
}

static inline void seen_name(struct seen *seen, const char *at, size_t size)
{
    if (seen->head_done)
        return; /* trailers */
    seen_value_end(seen);
    transcript_add(&seen->fields, at, size);
}

static inline bool seen_transfer_encoding(const struct seen *seen)
{
    static const char name[] = "transfer-encoding: ";
    size_t n = sizeof name - 1, end = seen->value_begin;
    const char *text = seen->fields.text;

    return end >= n && strncasecmp(text + end - n, name, n) == 0 && (end == n || text[end - n - 1] == '\n');
}

/* Of a Transfer-Encoding both may miss the "chunked" that tabs follow, which mean nothing (RFC 9110, 5.5). */
static inline void seen_value(struct seen *seen, const char *at, size_t size)
{
    if (seen->head_done)
        return;
    if (!seen->in_value) {
        transcript_add(&seen->fields, ": ", 2);
        seen->value_begin = seen->fields.size;
    }
    seen->in_value = true;
    transcript_add(&seen->fields, at, size);
    seen->misread |= memchr(at, '\t', size) && seen_transfer_encoding(seen);
}

/*
 * Returns: 1: no body follows. Both would look for one behind 1xx, 204 and 304 that have a Content-Length
 * (against RFC 9112, 6.3), so they are told.
 */
static inline int seen_head(struct seen *seen, unsigned major, unsigned minor, int status)
{
    seen_value_end(seen);
    if (seen->kind == MESSAGE_REQUEST)
        transcript_add(seen->transcript, seen->target.text, seen->target.size);
    else
        transcript_print(seen->transcript, "%d", status);
    transcript_print(seen->transcript, " %u.%u\n", major, minor);
    transcript_add(seen->transcript, seen->fields.text, seen->fields.size);
    transcript_print(seen->transcript, "\n");
    seen->head_done = true;
    return seen->kind == MESSAGE_RESPONSE_TO_HEAD ||
           (seen->kind == MESSAGE_RESPONSE && (status / 100 == 1 || status == 204 || status == 304));
}

/* Returns: what the oracle does. */
static inline int seen_finish(struct seen *seen, int result)
{
    transcript_add(seen->transcript, seen->content.text, seen->content.size);
    transcript_finish(&seen->target);
    transcript_finish(&seen->fields);
    transcript_finish(&seen->content);
    return result;
}

#endif
