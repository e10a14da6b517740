/* SPDX-License-Identifier: MIT */
/*
 * What belongs to a loop and must end with it, beside streams: listeners and UDP sockets.
 */
#ifndef NW_IO_NET_MEMBER_H
#define NW_IO_NET_MEMBER_H

#include "task/task.h"

struct nw__net_member {
    nw_loop *loop;
    struct nw__link in_loop;
    bool closing;
    /* Close and free, in a task that may be cancelled. */
    void (*close)(struct nw__net_member *member);
};

/* It is the running loop's. Errors: -ENOMEM. */
NW_CHECK int nw__net_join(struct nw__net_member *member, void (*close)(struct nw__net_member *member));
/* Close it, unless that is under way or this is no task of its loop. */
void nw__net_close(struct nw__net_member *member);

#endif
