/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, one character at a time.
 * Pure.
 */
#ifndef NOWAIT_TOOL_UTF8_H
#define NOWAIT_TOOL_UTF8_H

#include <stddef.h>

/** The length of the well-formed UTF-8 sequence at `text` (RFC 3629), or 0. The text ends in a NUL. */
size_t utf8_length(const unsigned char *text);

#endif
