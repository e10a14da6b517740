/* SPDX-License-Identifier: MIT */
/*
 * The library's own threads. They take no signals but those that the thread raised itself, by a fault: all
 * others are for the program's threads.
 */
#ifndef NW_BASE_THREAD_H
#define NW_BASE_THREAD_H

#include <nowait/base.h>
#include <pthread.h>

/* As pthread_create(3). Errors: -EAGAIN: no more threads. */
NW_CHECK int nw__thread_create(pthread_t *thread_out, void *(*fn)(void *arg), void *arg);

#endif
