/* SPDX-License-Identifier: MIT */
/*
 * Groups: tasks that fail together and end before their owner goes on.
 * Owns nothing: members are tasks that free themselves, the group lies in its owner's memory.
 * Must not return from finish while a member is alive.
 */
#include <assert.h>

#include "task/task.h"

struct nw__group {
    nw_task *owner;            /* NULL once finished */
    struct nw__list members;   /* by nw_task.in_group */
    struct nw__list spawners;  /* tasks that wait for a place: struct spawner */
    size_t places;             /* taken: by members, and by spawners that were promised one */
    size_t limit;              /* 0: none */
    struct nw__wait *finisher; /* the owner, in nw_group_finish() */
    int failure;               /* the first */
    bool cancelled;
};

static_assert(sizeof(struct nw__group) <= sizeof(nw_group), "nw_group is too small");

struct spawner {
    struct nw__wait wait;
    struct nw__link link; /* in nw__group.spawners; unlinked when promised a place */
};

static struct nw__group *group_of(nw_group *public)
{
    return (struct nw__group *)public;
}

void nw_group_init(nw_group *public, size_t limit)
{
    struct nw__group *group = group_of(public);

    *group = (struct nw__group){.owner = nw__task_self(), .limit = limit};
    nw__list_init(&group->members);
    nw__list_init(&group->spawners);
}

static void cancel_group(struct nw__group *group)
{
    group->cancelled = true;
    nw__list_each (link, &group->members)
        nw_cancel(nw__container(link, nw_task, in_group));
}

void nw_group_cancel(nw_group *public)
{
    cancel_group(group_of(public));
}

static void release_place(struct nw__group *group)
{
    struct nw__link *link = nw__list_pop_front(&group->spawners);

    if (link) { /* the place goes from hand to hand */
        nw__wait_wake(&nw__container(link, struct spawner, link)->wait);
        return;
    }
    if (--group->places == 0 && group->finisher)
        nw__wait_wake(group->finisher);
}

void nw__group_leave(nw_task *task)
{
    struct nw__group *group = task->group;

    nw__list_remove(&task->in_group);
    if (task->result < 0 && group->failure == 0) {
        group->failure = task->result;
        cancel_group(group);
    }
    release_place(group);
}

static void leave_queue(struct nw__wait *wait)
{
    nw__list_remove(&nw__container(wait, struct spawner, wait)->link);
    nw__wait_wake(wait);
}

/* 0: the place is ours. */
static int take_place(struct nw__group *group, nw_task *self)
{
    if (group->limit == 0 || group->places < group->limit) {
        group->places++;
        return 0;
    }
    struct spawner spawner = {.wait = {.interrupt = leave_queue, .what = "group"}};
    nw__list_push_back(&group->spawners, &spawner.link);
    nw__wait_park(self, &spawner.wait);
    return spawner.wait.interrupt ? 0 : self->interrupt;
}

int nw_group_spawn(nw_group *public, nw_task_fn *fn, void *arg)
{
    struct nw__group *group = group_of(public);
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!fn || !group->owner || group->owner->loop != self->loop)
        return -EINVAL;
    if (group->cancelled)
        return -ECANCELED;
    rc = take_place(group, self);
    if (rc < 0)
        return rc;

    nw_task *task = group->cancelled ? NULL : nw__task_create(self->loop, NULL, fn, arg);
    if (!task) {
        release_place(group);
        return group->cancelled ? -ECANCELED : -ENOMEM;
    }
    task->group = group;
    task->detached = true;
    nw__list_push_back(&group->members, &task->in_group);
    return 0;
}

int nw_group_finish(nw_group *public)
{
    struct nw__group *group = group_of(public);
    nw_task *self = nw__task_self();

    if (!self)
        return NW_ENOTASK;
    if (group->owner != self) {
        assert(!group->owner && "nw_group_finish: only the task that began the group may end it");
        return -EINVAL;
    }
    while (group->places) { /* again also when others have filled the empty group before we ran */
        struct nw__wait wait = {.interrupt = nw__wait_nudge, .what = "group"};
        if (self->interrupt) {
            wait.interrupt = NULL;
            cancel_group(group);
        }
        group->finisher = &wait;
        nw__wait_park(self, &wait);
    }
    group->owner = NULL;
    return group->failure == -ECANCELED && self->interrupt ? self->interrupt : group->failure;
}

struct each {
    nw_task_fn *fn;
    char *items;
    size_t count, item_bytes, next;
};

/* One of the workers: takes items until none is left, so that a million items need no million tasks. */
static int do_each(void *arg)
{
    struct each *each = arg;
    int rc = 0;

    while (rc >= 0 && each->next < each->count) {
        rc = nw_interrupted(); /* an item that was not begun when another failed is never begun */
        if (rc == 0)
            rc = each->fn(each->items + each->item_bytes * each->next++);
    }
    return rc < 0 ? rc : 0;
}

int nw_each(void *items, size_t count, size_t item_bytes, size_t limit, nw_task_fn *fn)
{
    struct each each = {fn, items, count, item_bytes, 0};
    size_t workers = limit && limit < count ? limit : count;
    nw_group group;
    int rc = 0;

    if (!fn || (!items && count))
        return -EINVAL;
    if (!nw__task_self())
        return NW_ENOTASK;
    nw_group_init(&group, 0);
    for (size_t i = 0; i < workers && rc == 0; i++) {
        rc = nw_group_spawn(&group, do_each, &each);
        if (rc == -ENOMEM && i > 0) { /* those that there are do it all */
            rc = 0;
            break;
        }
    }
    int failed = nw_group_finish(&group);
    return failed ? failed : rc;
}
