/* SPDX-License-Identifier: MIT */
/*
 * A task's workers. Owns the ops. Must not know what they do.
 */
#define _GNU_SOURCE
#include "io/crew.h"

#include <assert.h>
#include <sched.h>

#include "io/io.h"

void nw__crew_init(struct nw__crew *crew, unsigned parallel, nw_task_fn *fn, void *arg)
{
    cpu_set_t set;

    if (parallel == 0)
        parallel = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 4;
    *crew =
        (struct nw__crew){.size = parallel < NW__CREW_MAX ? parallel : NW__CREW_MAX, .fn = fn, .arg = arg};
}

/* On a worker. */
static int work(void *arg)
{
    struct nw__crew *crew = arg;
    int rc;

    atomic_fetch_sub_explicit(&crew->coming, 1, memory_order_relaxed);
    rc = crew->fn(crew->arg);
    if (rc < 0)
        atomic_store_explicit(&crew->error, rc, memory_order_relaxed);
    return rc;
}

void nw__crew_start(struct nw__crew *crew, unsigned count)
{
    unsigned coming = atomic_load_explicit(&crew->coming, memory_order_relaxed);

    count = count > coming ? count - coming : 0;
    for (unsigned i = 0; i < crew->size && count > 0; i++) {
        nw_op *op = &crew->ops[i];
        if (op->state == NW__OP_SUBMITTED)
            continue;
        nw_op_work(op, work, crew);
        atomic_fetch_add_explicit(&crew->coming, 1, memory_order_relaxed);
        if (nw_op_submit(NULL, op) == 0)
            count--;
        else
            atomic_fetch_sub_explicit(&crew->coming, 1, memory_order_relaxed);
    }
}

static unsigned find_working(struct nw__crew *crew, nw_op **working)
{
    unsigned count = 0;

    for (unsigned i = 0; i < crew->size; i++) {
        if (crew->ops[i].state == NW__OP_SUBMITTED)
            working[count++] = &crew->ops[i];
    }
    return count;
}

int nw__crew_await(struct nw__crew *crew)
{
    nw_op *working[NW__CREW_MAX];
    unsigned count = find_working(crew, working);
    size_t index;
    int rc;

    assert(count > 0);
    rc = nw_wait_any(working, count, &index);
    return rc < 0 ? rc : nw__crew_error(crew);
}

int nw__crew_stop(struct nw__crew *crew)
{
    nw_op *working[NW__CREW_MAX];
    unsigned count = find_working(crew, working);

    atomic_store_explicit(&crew->stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < count; i++)
        nw_op_cancel(working[i]);
    return nw_wait_all(working, count);
}
