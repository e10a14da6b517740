/* SPDX-License-Identifier: MIT */
/*
 * Threads that signals pass by. Owns nothing.
 */
#include "base/thread.h"

#include <signal.h>

int nw__thread_create(pthread_t *thread_out, void *(*fn)(void *arg), void *arg)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    sigset_t others, previous;

    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]); /* a blocked fault kills without its handler */
    pthread_sigmask(SIG_SETMASK, &others, &previous);
    int rc = -pthread_create(thread_out, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    return rc;
}
