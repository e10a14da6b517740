/* SPDX-License-Identifier: MIT */
/*
 * The listeners and UDP sockets of a loop: a list, so that the end of the loop can end them. Owns the list.
 */
#include "io/net_member.h"

#include <stdlib.h>

struct net_part {
    struct nw__loop_part part;
    struct nw__list members;
};

static const char key;

static int close_all(void *arg)
{
    struct net_part *net = nw__container(arg, struct net_part, part);
    struct nw__link *link;

    while ((link = nw__list_front(&net->members)))
        nw__net_close(nw__container(link, struct nw__net_member, in_loop));
    return 0;
}

static void release(struct nw__loop_part *part)
{
    free(nw__container(part, struct net_part, part));
}

static struct net_part *part_of(nw_loop *loop)
{
    struct nw__loop_part *part = nw__loop_part_find(loop, &key);
    struct net_part *net;

    if (part)
        return nw__container(part, struct net_part, part);
    net = calloc(1, sizeof *net);
    if (!net)
        return NULL;
    nw__list_init(&net->members);
    net->part = (struct nw__loop_part){.key = &key, .end = close_all, .release = release};
    nw__loop_part_add(loop, &net->part);
    return net;
}

int nw__net_join(struct nw__net_member *member, void (*close)(struct nw__net_member *member))
{
    nw_loop *loop = nw__task_self()->loop;
    struct net_part *net = part_of(loop);

    if (!net)
        return -ENOMEM;
    *member = (struct nw__net_member){.loop = loop, .close = close};
    nw__list_push_back(&net->members, &member->in_loop);
    return 0;
}

void nw__net_close(struct nw__net_member *member)
{
    const nw_task *self = nw__task_self();

    if (!self || self->loop != member->loop || member->closing)
        return;
    member->closing = true;
    nw__list_remove(&member->in_loop);
    member->close(member);
}
