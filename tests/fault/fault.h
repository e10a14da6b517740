/* SPDX-License-Identifier: MIT */
/*
 * What the tests in this folder share: a run in which one piece of memory, or a thread, is missing, and calls
 * that are made again when they were hit.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <check.h>
#include <nowait.h>

/* The shim's, when it is loaded: nothing fails any more. */
extern void fault_disarm(void) __attribute__((weak));

/* For want of memory or of a thread; a deadline without memory for its timer passes at once. */
CHECK_UNUSED static bool failed(int64_t rc)
{
    return rc == -ENOMEM || rc == -EAGAIN || rc == -ETIMEDOUT;
}

/* The call, and once more when it failed for want of memory. */
#define TWICE(result, call)                                                                                  \
    do {                                                                                                     \
        (result) = (call);                                                                                   \
        if (failed(result))                                                                                  \
            (result) = (call);                                                                               \
    } while (0)

/* A run that succeeds, or says that it was hit. Nothing fails after it. */
CHECK_UNUSED static void fault_run_once(nw_task_fn *fn)
{
    int rc = nw_run(fn, NULL);

    if (!failed(rc))
        CHECK_EQ(rc, 0);
    if (fault_disarm)
        fault_disarm();
}

/* The same, and a run that succeeds: neither leaves a descriptor open. */
CHECK_UNUSED static void fault_run(nw_task_fn *fn)
{
    int open_before = check_open_fds();

    fault_run_once(fn);
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(nw_run(fn, NULL), 0);
    CHECK_EQ(check_open_fds(), open_before);
}

#endif
