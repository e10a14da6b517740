/* SPDX-License-Identifier: MIT */
/*
 * A backend without a loop, for tests of the engines: created as the environment says, turned until a
 * condition holds. Owns the backend and its pool.
 */
#ifndef NW_TESTS_ENGINE_H
#define NW_TESTS_ENGINE_H

#include "backend/backend.h"
#include "check.h"

struct engine {
    struct nw__backend *backend;
    struct nw__pool *pool;
};

CHECK_UNUSED static struct engine engine_open_with(const struct nw__backend_options *options,
                                                   unsigned threads_max)
{
    struct engine engine;
    struct nw__backend_options own = *options;

    CHECK_EQ(nw__pool_create(threads_max, &engine.pool), 0);
    own.pool = engine.pool;
    CHECK_EQ(nw__backend_create(&own, &engine.backend), 0);
    return engine;
}

CHECK_UNUSED static struct engine engine_open(void)
{
    return engine_open_with(&(struct nw__backend_options){0}, 4);
}

CHECK_UNUSED static void engine_close(struct engine *engine)
{
    CHECK_EQ(engine->backend->in_flight, 0);
    engine->backend->vtable->destroy(engine->backend, false);
    nw__pool_release(engine->pool);
}

CHECK_UNUSED static void engine_submit(struct engine *engine, nw_op *op)
{
    engine->backend->vtable->submit(engine->backend, op);
}

CHECK_UNUSED static void engine_cancel(struct engine *engine, nw_op *op)
{
    engine->backend->vtable->cancel(engine->backend, op);
}

CHECK_UNUSED static void engine_turn(struct engine *engine, int64_t timeout_ns)
{
    CHECK_EQ(engine->backend->vtable->wait(engine->backend, timeout_ns), 0);
}

/* Turn the engine until the op is done, and give its result. */
CHECK_UNUSED static int engine_await(struct engine *engine, const nw_op *op)
{
    while (op->state != NW__OP_DONE)
        engine_turn(engine, -1);
    return op->result;
}

CHECK_UNUSED static int engine_run(struct engine *engine, nw_op *op)
{
    engine_submit(engine, op);
    return engine_await(engine, op);
}

/* Until nothing is in flight. */
CHECK_UNUSED static void engine_drain(struct engine *engine)
{
    while (engine->backend->in_flight > 0)
        engine_turn(engine, -1);
}

#endif
