/* SPDX-License-Identifier: MIT */
/*
 * What dates of HTTP and of cookies share: days counted, months by name. Pure.
 */
#ifndef NW_HTTP_DATE_H
#define NW_HTTP_DATE_H

#include <nowait/http_message.h>

/* Of the proleptic Gregorian calendar; `month` 1 to 12, `day` 1 to 31. Days since 1970-01-01. */
int64_t nw__days_of_date(int64_t year, int month, int day);
/* Is there that day? */
bool nw__date_exists(int64_t year, int month, int day);
/* 1 to 12, from the first three letters, without case; 0: none of them. */
int nw__month_of_name(nw_slice name);

/* As nw_http_date_parse(), for a time that is now: years of two digits depend on it (RFC 9110, 5.6.7). */
NW_CHECK int nw__http_date_parse_at(const char *text, int64_t now_s, int64_t *time_s_out);

#endif
