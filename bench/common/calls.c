/* SPDX-License-Identifier: MIT */
/*
 * Single calls in lanes. Owns the count of what is left to do; knows nothing of what a call does.
 */
#include "calls.h"

struct calling {
    const struct bench_calls *calls;
    struct bench_round *round;
    uint64_t next;
};

static bool next_call(struct calling *calling, uint64_t *op_out)
{
    if (calling->next >= calling->round->ops_wanted)
        return false;
    *op_out = calling->next++;
    return true;
}

static int called(struct calling *calling, int64_t result)
{
    if (result < 0)
        return (int)result;
    calling->round->checksum += (uint64_t)result;
    calling->round->ops++;
    return 0;
}

int bench_calls_blocking(const struct bench_contender *self, struct bench_round *round)
{
    struct calling calling = {.calls = self->calls, .round = round};
    uint64_t op;
    int rc = 0;

    int64_t began_ns = bench_now();
    while (rc == 0 && next_call(&calling, &op))
        rc = called(&calling, calling.calls->blocking(op, 0));
    round->elapsed_ns = bench_now() - began_ns;
    return rc;
}

static int call_in_task(void *context, unsigned lane)
{
    struct calling *calling = context;
    uint64_t op;
    int rc = 0;

    while (rc == 0 && next_call(calling, &op))
        rc = called(calling, calling->calls->task(op, lane));
    return rc;
}

int bench_calls_nowait(const struct bench_contender *self, struct bench_round *round)
{
    struct calling calling = {.calls = self->calls, .round = round};

    return bench_tasks((enum nw_backend)self->variant, self->depth, call_in_task, &calling,
                       &round->elapsed_ns);
}

#ifdef HAVE_LIBUV
static int start(uv_loop_t *loop, uv_fs_t *request, void *context, unsigned lane, uv_fs_cb done)
{
    struct calling *calling = context;
    uint64_t op;

    if (!next_call(calling, &op))
        return 1;
    return calling->calls->uv(loop, request, op, lane, done);
}

static int finish(const uv_fs_t *request, void *context, unsigned lane)
{
    struct calling *calling = context;

    (void)lane;
    return called(calling, calling->calls->uv_result(request));
}

int bench_calls_uv(const struct bench_contender *self, struct bench_round *round)
{
    static const struct bench_uv_requests requests = {start, finish};
    struct calling calling = {.calls = self->calls, .round = round};

    return bench_uv_fs(self->depth, &requests, &calling, &round->elapsed_ns);
}
#endif
