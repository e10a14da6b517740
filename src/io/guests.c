/* SPDX-License-Identifier: MIT */
/*
 * Who waits for what comes to a socket, and the op that brings it. Owns neither: guests lie on the stacks of
 * their tasks, the op in its socket's memory. Must not know what comes.
 */
#include "io/guests.h"

void nw__guests_init(struct nw__guests *guests, struct nw__net_member *member)
{
    guests->member = member;
    nw__list_init(&guests->waiting);
}

/* -- who waits -- */

struct nw__guest *nw__guests_first(const struct nw__guests *guests)
{
    struct nw__link *link = nw__list_front(&guests->waiting);

    return link ? nw__container(link, struct nw__guest, link) : NULL;
}

void nw__guests_came(struct nw__guests *guests)
{
    guests->turn = guests->member->loop->turns;
}

bool nw__guests_stay_away(const struct nw__guests *guests)
{
    return guests->member->loop->turns - guests->turn > 1;
}

void nw__guest_welcome(struct nw__guest *guest, ssize_t result)
{
    guest->result = result;
    nw__list_remove(&guest->link);
    nw__wait_wake(&guest->wait);
}

static void leave(struct nw__wait *wait)
{
    struct nw__guest *guest = nw__container(wait, struct nw__guest, wait);
    int interrupt = wait->task->interrupt;

    if (!nw__link_linked(&guest->link))
        return;
    nw__guest_welcome(guest, interrupt ? interrupt : -EBADF);
    if (nw__list_empty(&guest->guests->waiting) && nw__guests_op_stands(guest->guests))
        nw__guests_stop(guest->guests);
}

ssize_t nw__guest_wait(struct nw__guests *guests, nw_task *self, struct nw__guest *guest, const char *what)
{
    guest->wait = (struct nw__wait){.interrupt = leave, .what = what};
    guest->guests = guests;
    nw__list_push_back(&guests->waiting, &guest->link);
    nw__wait_park(self, &guest->wait);
    return guest->result;
}

/* -- the op -- */

bool nw__guests_op_flies(const struct nw__guests *guests)
{
    return guests->op.state == NW__OP_SUBMITTED;
}

bool nw__guests_op_stands(const struct nw__guests *guests)
{
    return nw__guests_op_flies(guests) && nw__op_stands(&guests->op);
}

/* No task would cancel it when the loop ends. */
void nw__guests_submit(struct nw__guests *guests)
{
    nw_loop *loop = guests->member->loop;

    nw__list_push_back(&loop->loose_ops, nw__op_siblings(&guests->op));
    nw__loop_submit(loop, &guests->op);
}

void nw__guests_stop(struct nw__guests *guests)
{
    nw__loop_cancel(guests->member->loop, &guests->op);
}

bool nw__guests_op_ended(struct nw__guests *guests)
{
    if (!guests->closer)
        return !nw__list_empty(&guests->waiting);
    nw__wait_wake(guests->closer);
    return false;
}

void nw__guests_settle(struct nw__guests *guests)
{
    struct nw__wait wait = {.what = "close"};

    if (!nw__guests_op_flies(guests))
        return;
    guests->closer = &wait;
    nw__guests_stop(guests);
    nw__wait_park(nw__task_self(), &wait);
    guests->closer = NULL;
}
