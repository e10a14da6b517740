/* SPDX-License-Identifier: MIT */
/*
 * Several attempts at one thing, the next one begun when the one before has failed or is slow; the first that
 * succeeds wins (RFC 8305, "happy eyeballs"). Knows families of addresses, and no sockets, so that it can be
 * tested without.
 */
#ifndef NW_IO_RACE_H
#define NW_IO_RACE_H

#include <nowait/net.h>

#include "task/task.h"

struct nw__race {
    size_t count;     /* attempts there can be */
    int64_t delay_ns; /* until the next one is begun beside one that is silent */
    /* Try, in a task of its own, which is cancelled when it has lost. Returns: >= 0, or an error. */
    int (*attempt)(void *arg, size_t index);
    /* An attempt has succeeded when another had won. */
    void (*discard)(void *arg, int result);
    void *arg;
};

/*
 * Returns: what the winner returned; no attempt is under way any more. Errors: when all
 * have failed, as nw__addresses_error() has it; -ECANCELED, -ETIMEDOUT: and nothing was won; -ENOMEM.
 */
NW_CHECK int nw__race_run(const struct nw__race *race, size_t *winner_out);

/* The order in which addresses are tried: families in turn, that of the first one first (RFC 8305, 4). */
void nw__race_interleave(nw_address *addresses, size_t count);

#endif
