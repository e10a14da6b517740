/* SPDX-License-Identifier: MIT */
/*
 * Cookies (RFC 6265bis): a jar that takes Set-Cookie and gives Cookie. Pure; bounded: 50 a domain, 3,000 in
 * all, 4,096 bytes each; those that came without TLS go first, then those that were not used for longest.
 */
#ifndef NW_HTTP_COOKIE_H
#define NW_HTTP_COOKIE_H

#include <nowait/url.h>

#include "base/bytes.h"

struct nw__cookie_jar;

NW_CHECK int nw__cookie_jar_create(struct nw__cookie_jar **jar_out);
void nw__cookie_jar_destroy(struct nw__cookie_jar *jar); /* accepts NULL */
/* What the answer from `url` says; what must not be kept is not. `now_s`: seconds since 1970. Errors:
 * -ENOMEM. */
NW_CHECK int nw__cookie_jar_take(struct nw__cookie_jar *jar, const nw_url *url, const char *set_cookie,
                                 int64_t now_s);
/* Append the value of Cookie for a request to `url`; nothing when there is none. */
NW_CHECK int nw__cookie_jar_give(struct nw__cookie_jar *jar, const nw_url *url, int64_t now_s,
                                 struct nw__bytes *out);

/* In a Cookie field: the value of that name; false: it is not there. */
bool nw__cookie_find(const char *cookie, const char *name, nw_slice *value_out);

#endif
