/* SPDX-License-Identifier: MIT */
/*
 * One name against one pattern, and what a pattern is made of. Pure: asks the system for nothing.
 */
#ifndef NW_IO_GLOB_H
#define NW_IO_GLOB_H

#include <nowait/base.h>

/*
 * Does the name match? "*", "?", "[...]", "[!...]", "\" before a character. By characters of UTF-8; a byte
 * that is none counts as one.
 */
bool nw__glob_matches(const char *pattern, const char *name);
/* Is there a "*", "?" or "[" in the first `size_bytes` that is meant as such? */
bool nw__glob_is_magic(const char *pattern, size_t size_bytes);
/* Take the "\" away, in place. */
void nw__glob_unescape(char *pattern);

#endif
