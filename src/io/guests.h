/* SPDX-License-Identifier: MIT */
/*
 * Tasks that wait for what comes to a socket, first come first served, and the one op that brings it: what
 * listeners and UDP sockets have in common.
 *
 * The op is a poll, or one that stands (nw__op_stands()): then the kernel brings things by itself, also when
 * no task waits, and whoever owns the queue keeps them for the next one. It stands only while tasks come.
 */
#ifndef NW_IO_GUESTS_H
#define NW_IO_GUESTS_H

#include <nowait/op.h>

#include "io/net_member.h"

struct nw__guests {
    struct nw__net_member *member;
    struct nw__list waiting; /* struct nw__guest, first come first */
    nw_op op;                /* in flight only when a guest has waited; `user` and `done` are the owner's */
    bool polls_once;         /* a standing op has failed: one poll, so that the next arrival is waited for */
    uint64_t turn;           /* the loop's turn in which there was a guest last */
    struct nw__wait *closer; /* waits for the end of `op` */
};

/* A task that waits; on its stack. */
struct nw__guest {
    struct nw__wait wait;
    struct nw__link link; /* in nw__guests.waiting, until it has its result */
    struct nw__guests *guests;
    ssize_t result;
};

void nw__guests_init(struct nw__guests *guests, struct nw__net_member *member);

/* The one who has waited longest; NULL: nobody waits. */
struct nw__guest *nw__guests_first(const struct nw__guests *guests);
/* A task has come: the op may stand. */
void nw__guests_came(struct nw__guests *guests);
/* Has nobody come for a whole turn? Then the op should not stand any longer. */
bool nw__guests_stay_away(const struct nw__guests *guests);
/* Let it go with that result. */
void nw__guest_welcome(struct nw__guest *guest, ssize_t result);
/*
 * Wait until welcomed. A standing op that nobody waits for any more is cancelled.
 * Returns: what it was welcomed with. Errors: -ECANCELED, -ETIMEDOUT; -EBADF: hurried, by who closes.
 */
ssize_t nw__guest_wait(struct nw__guests *guests, nw_task *self, struct nw__guest *guest, const char *what);

/* Is the op in flight? */
bool nw__guests_op_flies(const struct nw__guests *guests);
/* Does it stand, in flight? */
bool nw__guests_op_stands(const struct nw__guests *guests);
void nw__guests_submit(struct nw__guests *guests);
/* Ask a standing op to end. What it brings until then is kept. */
void nw__guests_stop(struct nw__guests *guests);
/* From the op's `done`. Returns: it is to be submitted again, for those who wait. */
bool nw__guests_op_ended(struct nw__guests *guests);
/* Cancel the op and wait for its end; in a task, which may be cancelled. */
void nw__guests_settle(struct nw__guests *guests);

#endif
