/* SPDX-License-Identifier: MIT */
/*
 * For what a process may not survive: run it in a child and look at how that ends.
 */
#ifndef NW_TESTS_UNIT_FATE_H
#define NW_TESTS_UNIT_FATE_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* How a child ends that runs `fn(arg)`: its exit status, or minus the signal that killed it. */
static inline int fate_of(void (*fn)(void *arg), void *arg)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, SIG_DFL); /* also under a sanitizer */
        fn(arg);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
