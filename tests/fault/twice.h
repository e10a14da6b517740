/* SPDX-License-Identifier: MIT */
/*
 * For the tests in this folder that try a call again which one missing piece of memory, or a thread, has made
 * fail.
 */
#ifndef FAULT_TWICE_H
#define FAULT_TWICE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* The shim's, when it is loaded. */
extern void fault_disarm(void) __attribute__((weak));

static bool failed(int64_t rc)
{
    return rc == -ENOMEM || rc == -EAGAIN;
}

/* The call, and once more when it failed for want of memory. */
#define TWICE(result, call)                                                                                  \
    do {                                                                                                     \
        (result) = (call);                                                                                   \
        if (failed(result))                                                                                  \
            (result) = (call);                                                                               \
    } while (0)

#endif
