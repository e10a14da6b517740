/* SPDX-License-Identifier: MIT */
/*
 * What is worth another try, and when.
 * Pure, but for the random numbers that spread the tries of many clients.
 */
#ifndef NOWAIT_TOOL_GET_RETRY_H
#define NOWAIT_TOOL_GET_RETRY_H

#include <nowait.h>

struct retry_options {
    unsigned retries;   /* after the first try */
    int64_t delay_ns;   /* before the first of them; then twice as long each time */
    int64_t longest_ns; /* no wait is longer; a server that asks for more is not asked again */
};

/** What is known of a try that failed. */
struct retry_hint {
    bool useless;           /* it would end the same way */
    int64_t retry_after_ns; /* the server's word; -1: it has not said */
};

/** Is a request that failed with this error worth another try? */
bool retry_error(int error);
/** Is an answer with this status? */
bool retry_status(int status);
/** Retry-After (RFC 9110, 10.2.3), seconds or a date, from `now_s`. Returns: nanoseconds; -1: neither. */
int64_t retry_after(const char *value, int64_t now_s);
/** How long to wait before retry number `retry` (from 1). Returns: -1: longer than the options allow. */
int64_t retry_delay(const struct retry_options *options, unsigned retry, const struct retry_hint *hint);

#endif
