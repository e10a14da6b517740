/* SPDX-License-Identifier: MIT */
/*
 * Amounts on the command line: "10M", "90s", "1d".
 * Pure.
 */
#ifndef NOWAIT_TOOL_UNITS_H
#define NOWAIT_TOOL_UNITS_H

#include <stdint.h>

/**
 * A count as head(1) and tail(1) take it: b for 512, K and KiB for 1024, kB for 1000, and so on up to T.
 *
 * Outputs: UINT64_MAX for what does not fit: it is more than there ever is. Errors: -EINVAL.
 */
int units_parse_count(const char *text, uint64_t *count_out);

/** Bytes: a whole number, and K, M, G or T for powers of 1024. Errors: -EINVAL. */
int units_parse_bytes(const char *text, int64_t *bytes_out);

/** A duration: a whole number, and ms, s, m, h, d or w; seconds without. Errors: -EINVAL. */
int units_parse_duration(const char *text, int64_t *ns_out);

#endif
