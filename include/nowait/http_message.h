/* SPDX-License-Identifier: MIT */
/** @file
 * What HTTP's client and server share: header fields, statuses, dates, media types. Pure: never waits.
 *
 * What is sent is checked: a name that is no token, a value with a control byte other than the tab is
 * -EINVAL, never a second header. Headers hold at most 100,000 fields and 16 MiB (-EMSGSIZE).
 */
#ifndef NOWAIT_HTTP_MESSAGE_H
#define NOWAIT_HTTP_MESSAGE_H

#include <nowait/base.h>
#include <nowait/url.h>

NW_BEGIN_DECLS

/** Header fields in their order, several of one name among them. Names are compared without case. */
typedef struct nw_http_headers nw_http_headers;

/** Errors: -ENOMEM. */
NW_API NW_CHECK int nw_http_headers_create(nw_http_headers **headers_out);
/** Accepts NULL. */
NW_API void nw_http_headers_destroy(nw_http_headers *headers);
/** Add a field, beside those of the same name. Errors: -EINVAL, -EMSGSIZE, -ENOMEM. */
NW_API NW_CHECK int nw_http_headers_add(nw_http_headers *headers, const char *name, const char *value);
/** Add a field in place of all of that name. Errors: as nw_http_headers_add(). */
NW_API NW_CHECK int nw_http_headers_set(nw_http_headers *headers, const char *name, const char *value);
/** Remove all of that name. Returns: how many. */
NW_API int nw_http_headers_remove(nw_http_headers *headers, const char *name);
/** The first value of that name; NULL: there is none. Good until the headers change. Takes NULL headers. */
NW_API const char *nw_http_headers_get(const nw_http_headers *headers, const char *name);
/** How many fields there are. */
NW_API size_t nw_http_headers_count(const nw_http_headers *headers);
/** Field number `index`, from 0; good until the headers change. Returns: false: there is none. */
NW_API bool nw_http_headers_at(const nw_http_headers *headers, size_t index, nw_pair *field_out);

/** The reason phrase of a status (RFC 9110, 15), "" when it is not registered. */
NW_API const char *nw_http_reason(int status);
/** Room for a date, with its NUL. */
#define NW_HTTP_DATE_BYTES 30
/**
 * `time_s` (seconds since 1970) as HTTP writes it: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7). A time
 * outside of the years 0 to 9999 becomes the nearest one within.
 */
NW_API void nw_http_date(int64_t time_s, char text[NW_HTTP_DATE_BYTES]);
/** A date in any of HTTP's three forms (RFC 9110, 5.6.7), as seconds since 1970. Errors: -EINVAL. */
NW_API NW_CHECK int nw_http_date_parse(const char *text, int64_t *time_s_out);
/** The media type for a file's name, "text/html; charset=utf-8"; "application/octet-stream" when unknown. */
NW_API const char *nw_http_media_type(const char *file_name);

NW_END_DECLS

#endif
