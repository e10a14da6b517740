/* SPDX-License-Identifier: MIT */
/*
 * Ops from the user's side: submit, cancel, and waiting for one, any or all of them.
 * Owns nothing: an op is its caller's. Must not know how an op is carried out.
 */
#include "task/task.h"

static const char *const kind_names[NW__OP_KINDS] = {
    [NW__OP_READ] = "read",         [NW__OP_WRITE] = "write",     [NW__OP_READV] = "readv",
    [NW__OP_WRITEV] = "writev",     [NW__OP_OPEN] = "open",       [NW__OP_CLOSE] = "close",
    [NW__OP_SYNC] = "sync",         [NW__OP_STATX] = "statx",     [NW__OP_FALLOCATE] = "fallocate",
    [NW__OP_TRUNCATE] = "truncate", [NW__OP_RENAME] = "rename",   [NW__OP_UNLINK] = "unlink",
    [NW__OP_MKDIR] = "mkdir",       [NW__OP_SYMLINK] = "symlink", [NW__OP_LINK] = "link",
    [NW__OP_FADVISE] = "fadvise",   [NW__OP_POLL] = "poll",       [NW__OP_WORK] = "work",
    [NW__OP_TIMER] = "timer",       [NW__OP_WATCH] = "watch",     [NW__OP_ACCEPT] = "accept",
    [NW__OP_RECEIVE] = "receive",
};

/* The `done` of every op that is waited for: `waiter` is who waits now, if anybody does. */
static void wake_waiter(struct nw_op *op)
{
    if (op->waiter)
        nw__wait_wake(op->waiter);
}

int nw_op_submit(nw_loop *loop, nw_op *op)
{
    if (!loop)
        loop = nw__loop_current;
    if (!loop || !op || op->kind == NW__OP_NONE || op->kind >= NW__OP_KINDS || op->state == NW__OP_SUBMITTED)
        return -EINVAL;
    if (nw__loop_forked(loop))
        return NW_EFORKED;
    if (loop != nw__loop_current)
        return -EINVAL;
    op->waiter = NULL;
    if (!op->done)
        op->done = wake_waiter;
    nw__list_push_back(&loop->loose_ops, nw__op_siblings(op));
    nw__loop_submit(loop, op);
    return 0;
}

void nw_op_cancel(nw_op *op)
{
    if (op && op->state == NW__OP_SUBMITTED && op->owner == nw__loop_current)
        nw__loop_cancel(op->owner, op);
}

bool nw_op_done(const nw_op *op)
{
    return op && op->state == NW__OP_DONE;
}

/* -- waiting -- */

struct op_wait {
    struct nw__wait wait;
    struct nw_op *const *ops;
    size_t count;
};

static void cancel_all(struct nw__wait *wait)
{
    struct op_wait *waiting = nw__container(wait, struct op_wait, wait);

    for (size_t i = 0; i < waiting->count; i++)
        nw__loop_cancel(waiting->ops[i]->owner, waiting->ops[i]);
}

static int await_op(struct nw_op *op, const char *what)
{
    struct op_wait waiting = {{.interrupt = cancel_all, .what = what}, &op, 1};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    op->waiter = &waiting.wait;
    op->done = wake_waiter;
    nw__loop_submit(self->loop, op);
    nw__wait_park(self, &waiting.wait);
    return op->result == -ECANCELED && self->interrupt ? self->interrupt : op->result;
}

int nw__op_await(struct nw_op *op)
{
    return await_op(op, kind_names[op->kind]);
}

static bool waitable(const nw_task *self, nw_op *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const nw_op *op = ops[i];
        if (!op || (op->state != NW__OP_DONE && (op->state != NW__OP_SUBMITTED || op->owner != self->loop ||
                                                 op->done != wake_waiter || op->waiter)))
            return false;
    }
    return true;
}

static size_t first_done(nw_op *const *ops, size_t count)
{
    size_t i = 0;

    while (i < count && ops[i]->state != NW__OP_DONE)
        i++;
    return i;
}

static void claim(nw_op *const *ops, size_t count, struct nw__wait *wait)
{
    for (size_t i = 0; i < count; i++)
        if (ops[i]->state != NW__OP_DONE)
            ops[i]->waiter = wait;
}

/* An op that is done may be in use again, with another waiter. */
static void disclaim(nw_op *const *ops, size_t count, const struct nw__wait *wait)
{
    for (size_t i = 0; i < count; i++)
        if (ops[i]->waiter == wait)
            ops[i]->waiter = NULL;
}

int nw_wait_any(nw_op *const *ops, size_t count, size_t *index_out)
{
    struct nw__wait wait = {.interrupt = nw__wait_wake, .what = "any operation"};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!ops || !count || !index_out || !waitable(self, ops, count))
        return -EINVAL;
    size_t index = first_done(ops, count);
    if (index == count) {
        claim(ops, count, &wait);
        nw__wait_park(self, &wait);
        disclaim(ops, count, &wait);
        index = first_done(ops, count);
    }
    if (index == count)
        return self->interrupt;
    *index_out = index;
    return 0;
}

int nw_wait_all(nw_op *const *ops, size_t count)
{
    struct nw__wait later = {.woken = true}; /* claims an op, and makes nothing of its end */
    nw_task *self = nw__task_self();

    if (!self)
        return NW_ENOTASK;
    if ((!ops && count) || !waitable(self, ops, count))
        return -EINVAL;
    claim(ops, count, &later);
    for (size_t i = 0; i < count; i++) {
        struct op_wait waiting = {{.interrupt = cancel_all, .what = "all operations"}, ops + i, count - i};
        if (self->interrupt)
            cancel_all(&waiting.wait);
        if (ops[i]->state == NW__OP_DONE)
            continue;
        ops[i]->waiter = &waiting.wait;
        nw__wait_park(self, &waiting.wait);
        disclaim(ops + i, 1, &waiting.wait);
    }
    disclaim(ops, count, &later);
    return self->interrupt;
}

int nw__work_await(const char *what, nw_task_fn *fn, void *arg)
{
    struct nw_op op;

    nw_op_work(&op, fn, arg);
    return await_op(&op, what);
}

int nw_to_thread(nw_task_fn *fn, void *arg)
{
    return fn ? nw__work_await("to_thread", fn, arg) : -EINVAL;
}
