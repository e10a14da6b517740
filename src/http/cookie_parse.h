/* SPDX-License-Identifier: MIT */
/*
 * One Set-Cookie field taken apart (RFC 6265bis, 5.6). Pure: slices point into the field's text; whether the
 * cookie is kept is for the jar to say.
 */
#ifndef NW_HTTP_COOKIE_PARSE_H
#define NW_HTTP_COOKIE_PARSE_H

#include <nowait/base.h>

#define NW__COOKIE_BYTES_MAX 4096 /* of name and value */

enum nw__cookie_site {
    NW__COOKIE_SITE_DEFAULT = 0,
    NW__COOKIE_SITE_NONE,
    NW__COOKIE_SITE_LAX,
    NW__COOKIE_SITE_STRICT
};

struct nw__set_cookie {
    nw_slice name;
    nw_slice value;
    nw_slice domain; /* without a "." before it; empty: not said */
    nw_slice path;   /* empty: not said, or not to be used */
    bool secure;
    bool http_only;
    bool expires; /* at `expires_s`; else with the session */
    int64_t expires_s;
    enum nw__cookie_site site;
};

/* false: the field is to be ignored. */
bool nw__set_cookie_parse(nw_slice field, int64_t now_s, struct nw__set_cookie *cookie_out);
/* The algorithm of 5.1.1, which takes nearly anything for a date. Errors: -EINVAL. */
NW_CHECK int nw__cookie_date_parse(nw_slice text, int64_t *time_s_out);

/* Does `text` begin with `prefix`, without case? */
bool nw__cookie_begins_with(nw_slice text, const char *prefix);

#endif
