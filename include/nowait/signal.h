/* SPDX-License-Identifier: MIT */
/*
 * Signals as events that a task waits for.
 */
#ifndef NOWAIT_SIGNAL_H
#define NOWAIT_SIGNAL_H

#include <nowait/base.h>

NW_BEGIN_DECLS

typedef struct nw_signals nw_signals;

/**
 * Begin to receive the given signals; their default action is suspended meanwhile.
 *
 * While SIGINT is received here, it does not cancel the first task of nw_run().
 * Errors: -EINVAL (no such signal, or one that cannot be caught), -ENOMEM.
 * Source: sigaction(2).
 */
NW_API NW_CHECK int nw_signals_open(const int *signal_numbers, size_t count, nw_signals **signals_out);

/**
 * Wait for the next one. A signal that arrives while nobody waits is kept (once, as the kernel does).
 *
 * Returns: the signal's number. Errors: -ECANCELED, -ETIMEDOUT.
 */
NW_API int nw_signals_next(nw_signals *signals);

/** Stop receiving; the previous actions come back. Accepts NULL. */
NW_API void nw_signals_close(nw_signals *signals);

NW_END_DECLS

#endif
