/* SPDX-License-Identifier: MIT */
/** @file
 * Signals as events that a task waits for.
 */
#ifndef NOWAIT_SIGNAL_H
#define NOWAIT_SIGNAL_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** Signals that are being received. */
typedef struct nw_signals nw_signals;

/**
 * Begin to receive the given signals; their default action is suspended meanwhile.
 *
 * While SIGINT is received here, it does not cancel the first task of nw_run().
 * Errors: -EINVAL (no such signal, or one that cannot be caught), -ENOMEM, -ENOSPC (too many are open),
 *         NW_ENOTASK, -ECANCELED, -ETIMEDOUT.
 * Source: sigaction(2).
 */
NW_API NW_CHECK int nw_signals_open(const int *signal_numbers, size_t count, nw_signals **signals_out);

/**
 * Wait for the next one. A signal that arrives while nobody waits is kept (once, as the kernel does). One
 * task at a time, on the loop on which they were opened.
 *
 * Returns: the signal's number.
 * Errors:  -ECANCELED, -ETIMEDOUT: no signal was taken; -EINVAL: another task waits, or another loop's.
 */
NW_API int nw_signals_next(nw_signals *signals);

/** Stop receiving; the previous actions come back. Nobody may be waiting. Accepts NULL. */
NW_API void nw_signals_close(nw_signals *signals);

NW_END_DECLS

#endif
