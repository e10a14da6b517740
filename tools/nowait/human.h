/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read them.
 * Pure: every call fills a small struct, or a text, that the caller prints at once.
 */
#ifndef NOWAIT_TOOL_HUMAN_H
#define NOWAIT_TOOL_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Text returned by value: `human_bytes(n).text` can stand in the arguments of a printf. */
struct human {
    char text[32];
};

/** "0 B", "812 B", "1.4 MiB" */
struct human human_bytes(double bytes);

/** "950", "12.3k", "4.56M" */
struct human human_count(double count);

/** "850 ns", "41.2 us", "1.53 ms", "12.1 s", "2:05", "1:02:05" */
struct human human_duration(double nanoseconds);

/** "1.08x", "41.2x", "1250x" */
struct human human_ratio(double ratio);

/**
 * A bar for `fraction` (0 to 1) of `width` characters: block characters, or '#' where those cannot be shown.
 *
 * Returns: how many characters it has; `text` holds three bytes for each, at most `size_bytes` with the NUL.
 */
unsigned human_bar(char *text, size_t size_bytes, double fraction, unsigned width, bool unicode);

#endif
