/* SPDX-License-Identifier: MIT */
/** @file
 * Helpers for text in slices. Pure: can be called anywhere, never wait.
 */
#ifndef NOWAIT_TEXT_H
#define NOWAIT_TEXT_H

#include <nowait/base.h>
#include <string.h>

NW_BEGIN_DECLS

/** A slice of a string, without its NUL. */
static inline nw_slice nw_slice_of(const char *text)
{
    nw_slice slice = {text, text ? strlen(text) : 0};
    return slice;
}

/** The line without its end: "\n", "\r\n" or "\r". */
NW_API nw_slice nw_trim_newline(nw_slice line);

/** Are these the same bytes? */
NW_API bool nw_slice_equal(nw_slice a, nw_slice b);

/**
 * Is this UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF)?
 *
 * Outputs: where the first bad byte is: that of the sequence's beginning, as Python says. May be NULL.
 * Returns: 0. Errors: -EILSEQ.
 */
NW_API NW_CHECK int nw_utf8_check(nw_slice text, size_t *bad_offset_out);

/**
 * The text as a string of JSON (RFC 8259), quotation marks included: what `"name": ` is followed by.
 *
 * What is not UTF-8 becomes U+FFFD, for each byte of it: the result is always valid. To refuse it instead,
 * ask nw_utf8_check() first. Returns: 0. Errors: -EINVAL, -ENOMEM.
 */
NW_API NW_CHECK int nw_json_string(nw_slice text, nw_bytes *json_out);

NW_END_DECLS

#endif
