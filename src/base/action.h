/* SPDX-License-Identifier: MIT */
/*
 * The action of a signal, taken while somebody uses it and given back after the last user; unless somebody
 * else has set another one over ours meanwhile, which stays. The struct is the owner's, static and zeroed.
 */
#ifndef NW_BASE_ACTION_H
#define NW_BASE_ACTION_H

#include <nowait/base.h>
#include <signal.h>
#include <stdbool.h>

struct nw__action {
    unsigned users;
    bool standing_aside; /* somebody else had an action, and `only_default` was asked for */
    struct sigaction ours;
    struct sigaction previous;
};

/*
 * One user more; the first has `ours` installed: with `only_default`, only where the signal had its default
 * action. Errors: -EINVAL: there is no such signal, or it cannot be caught.
 */
NW_CHECK int nw__action_take(struct nw__action *action, int number, const struct sigaction *ours,
                             bool only_default);

/* One user less; after the last, what was there before comes back. */
void nw__action_give_back(struct nw__action *action, int number);

/* In a forked child: the users stayed in the parent, but for the one that asks. */
void nw__action_forget(struct nw__action *action, int number);

#endif
