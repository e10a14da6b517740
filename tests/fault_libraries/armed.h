/* SPDX-License-Identifier: MIT */
/*
 * Work that is done while a library of others lacks memory once: it fails with a code or succeeds, it
 * succeeds when it is done again, and the library holds afterwards what it held before.
 */
#ifndef FAULT_ARMED_H
#define FAULT_ARMED_H

#include <dlfcn.h>
#include <nowait.h>

#include "../fault/fault.h"

/* The shim's, when it is loaded. */
extern void fault_arm(void) __attribute__((weak));
extern size_t fault_held(void) __attribute__((weak));

static inline int armed_forget(void *arg)
{
    void (*forget)(void);

    *(void **)&forget = dlsym(RTLD_DEFAULT, "OPENSSL_thread_stop");
    if (forget)
        forget();
    return arg != NULL;
}

/* What the libraries hold, but for what OpenSSL keeps for each thread: there is one worker, and the loop's.
 */
static inline size_t armed_held(void)
{
    CHECK_EQ(armed_forget(NULL), 0);
    CHECK_EQ(nw_to_thread(armed_forget, NULL), 0);
    return fault_held ? fault_held() : 0;
}

/* In a task of armed_loop(). */
static inline void armed_run(int (*work)(void))
{
    size_t before, after;

    for (int i = 0; i < 3; i++) /* what is made once for all times is made now */
        CHECK_EQ(work(), 0);
    before = armed_held();
    if (fault_arm)
        fault_arm();
    int rc = work();
    if (fault_disarm)
        fault_disarm();
    CHECK(rc <= 0);
    CHECK_EQ(work(), 0);
    after = armed_held();
    if (after > before)
        check_fail(__FILE__, __LINE__, "%zu blocks more are held than before, after: %s", after - before,
                   nw_strerror(rc));
}

static inline void armed_loop(nw_task_fn *fn)
{
    const nw_run_options options = {.pool_threads = 1};

    CHECK_EQ(nw_run_with(&options, fn, NULL), 0);
}

#endif
