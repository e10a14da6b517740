/* SPDX-License-Identifier: MIT */
/*
 * Embedding: a loop that runs only when its host dispatches it.
 * Owns the loop and a worker pool of its own. Installs nothing process-wide.
 */
#include <stdlib.h>

#include "task/task.h"

struct embedded {
    nw_loop loop;
    struct nw__tasks tasks;
    struct nw__pool *pool;
};

int nw_loop_create(const nw_run_options *options, nw_loop **loop_out)
{
    struct nw__life_config config = {.options = options, .embedded = true};
    struct embedded *embedded;
    int rc;

    if (!loop_out || nw__loop_current || !nw__life_possible(options))
        return -EINVAL;
    embedded = calloc(1, sizeof *embedded);
    if (!embedded)
        return -ENOMEM;
    rc = nw__pool_create(nw__life_pool_threads(options), &embedded->pool);
    if (rc < 0)
        goto fail;
    config.pool = embedded->pool;
    rc = nw__life_begin(&embedded->loop, &embedded->tasks, &config);
    if (rc < 0)
        goto fail_pool;
    *loop_out = &embedded->loop;
    return 0;
fail_pool:
    nw__pool_release(embedded->pool);
fail:
    free(embedded);
    return rc;
}

void nw_loop_destroy(nw_loop *loop)
{
    if (!loop || nw__loop_turning(loop))
        return;
    struct embedded *embedded = nw__container(loop, struct embedded, loop);
    bool forked = nw__loop_forked(loop);

    if (!forked)
        nw__life_stop(loop);
    nw__life_end(loop);
    if (forked)
        nw__pool_abandon(embedded->pool);
    else
        nw__pool_release(embedded->pool);
    free(embedded);
}

int nw_loop_fd(const nw_loop *loop)
{
    return loop ? loop->backend->vtable->fd(loop->backend) : -EINVAL;
}

int64_t nw_loop_timeout(nw_loop *loop)
{
    return loop ? nw__loop_due_ns(loop) : NW_FOREVER;
}

int nw_loop_dispatch(nw_loop *loop)
{
    int rc;

    if (!loop)
        return -EINVAL;
    if (nw__loop_forked(loop))
        return NW_EFORKED;
    if (loop != nw__loop_current || nw__loop_turning(loop))
        return -EINVAL;
    rc = nw__loop_turn(loop, 0);
    if (rc == 0)
        rc = nw__loop_flush(loop);
    return rc < 0 ? rc : (int)nw__loop_tasks(loop)->alive_count;
}

const char *nw_loop_backend(const nw_loop *loop)
{
    return loop ? loop->backend->vtable->name : "";
}
