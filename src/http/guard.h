/* SPDX-License-Identifier: MIT */
/*
 * What llhttp is lenient about, even strict: lines that end in anything but CR LF, folded lines, white space
 * around names, several spaces in the first line, control bytes. The guard looks at the bytes of a head (or
 * of trailers) before llhttp gets them, and finds their end by itself, so that two have to agree on it. Pure,
 * and keeps no bytes.
 */
#ifndef NW_HTTP_GUARD_H
#define NW_HTTP_GUARD_H

#include <nowait/base.h>

enum nw__http_guard_state {
    NW__GUARD_REQUEST_LINE, /* behind the method and its space */
    NW__GUARD_VERSION,      /* behind the target and its space */
    NW__GUARD_STATUS_LINE,
    NW__GUARD_REASON,
    NW__GUARD_FIRST_LF, /* of the first line */
    NW__GUARD_LINE,     /* at the beginning of a field's line, or of the empty one */
    NW__GUARD_NAME,
    NW__GUARD_VALUE,
    NW__GUARD_VALUE_LF,
    NW__GUARD_LAST_LF,
    NW__GUARD_DONE,
};

struct nw__http_guard {
    enum nw__http_guard_state state;
    unsigned column;     /* in the version, or the status line up to its status */
    bool empty;          /* no byte of the target has come */
    int refusal;         /* of what was refused: a status */
    const char *refused; /* what is wrong, in words; NULL: nothing */
};

void nw__http_guard_begin(struct nw__http_guard *guard, enum nw__http_guard_state state);
/*
 * Returns: how many bytes are good: all, or up to the end of the head (NW__GUARD_DONE), or up to the one that
 * is refused.
 */
size_t nw__http_guard_pass(struct nw__http_guard *guard, const char *data, size_t size_bytes);

/* The next control byte, a tab included; `end`: there is none. */
const char *nw__http_find_control(const char *at, const char *end);

/* Still in the request or status line? */
static inline bool nw__http_guard_in_first_line(const struct nw__http_guard *guard)
{
    return guard->state <= NW__GUARD_FIRST_LF;
}

#endif
