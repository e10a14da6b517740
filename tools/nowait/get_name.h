/* SPDX-License-Identifier: MIT */
/*
 * What a download is called: from the server's word or the URL, made safe.
 * Pure: text in, text out. Whoever names files for strangers (uploads) uses it, too.
 */
#ifndef NOWAIT_TOOL_GET_NAME_H
#define NOWAIT_TOOL_GET_NAME_H

#include <nowait.h>

/** Room for a safe name with its NUL: what is left of 255 bytes for ".part.state" and a number. */
enum { SAFE_NAME_BYTES = 201 };

/**
 * Make a name that a stranger has given safe: the last one of a path, valid UTF-8, without control
 * characters, marks that turn the writing direction, and what other systems do not take; no dot or "-" at its
 * beginning; none of the names that are devices elsewhere, or of parts; bounded, its extension kept.
 *
 * Returns: false when nothing is left of it; `name` is "" then.
 */
bool safe_name(const char *text, char name[SAFE_NAME_BYTES]);

/**
 * The name in a Content-Disposition (RFC 6266): filename* before filename; made safe.
 *
 * Returns: false: there is none, or nothing is left of it.
 */
bool name_of_disposition(const char *value, char name[SAFE_NAME_BYTES]);

/** The last name in a URL's path, decoded and made safe. Returns: false: it ends in a slash, or has none. */
bool name_of_url(const char *url, char name[SAFE_NAME_BYTES]);

#endif
