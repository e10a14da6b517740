/* SPDX-License-Identifier: MIT */
/*
 * The ways in which a call is carried out: inline or by an op, as a job on a worker, as clean-up.
 * Owns nothing. Must not know what any of the calls mean.
 */
#include "io/io.h"

int nw__io_call(nw_op *op)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    rc = nw__op_try(op);
    if (rc != -EAGAIN) {
        nw__task_spend(self, 0);
        return rc;
    }
    op->flags |= NW__OP_NO_INLINE;
    return nw__op_await(op);
}

int nw__io_job(const char *what, nw_task_fn *step, void *arg)
{
    int rc;

    do {
        rc = nw__work_await(what, step, arg);
    } while (rc == NW__JOB_GOES_ON);
    return rc;
}

int nw__io_cleanup(const char *what, nw_task_fn *fn, void *arg)
{
    nw_shield shield;
    int rc;

    nw_shield_begin(&shield);
    rc = nw__work_await(what, fn, arg);
    nw_shield_end(&shield);
    if (rc == -ENOMEM) { /* there is no thread and there can be none: better here than not at all */
        int saved_errno = errno;
        rc = fn(arg);
        errno = saved_errno;
    }
    return rc;
}
