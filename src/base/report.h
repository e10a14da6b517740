/* SPDX-License-Identifier: MIT */
/*
 * Words on stderr from where printf is forbidden: signal handlers, foreign stacks. Async-signal-safe.
 * Only for what the user asked to be told.
 */
#ifndef NW_BASE_REPORT_H
#define NW_BASE_REPORT_H

#include <stdint.h>

void nw__report_text(const char *text);
void nw__report_number(uintmax_t number, unsigned base);
/* `text`, the duration in milliseconds, and the end of the line. */
void nw__report_duration(const char *text, int64_t ns);

#endif
