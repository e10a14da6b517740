/* SPDX-License-Identifier: MIT */
/*
 * Amounts on the command line: "10M", "90s", "1d".
 * Pure.
 */
#ifndef NOWAIT_TOOL_UNITS_H
#define NOWAIT_TOOL_UNITS_H

#include <stdint.h>

/** Bytes: a whole number, and K, M, G or T for powers of 1024. Errors: -EINVAL. */
int units_parse_bytes(const char *text, int64_t *bytes_out);

/** A duration: a whole number, and ms, s, m, h, d or w; seconds without. Errors: -EINVAL. */
int units_parse_duration(const char *text, int64_t *ns_out);

#endif
