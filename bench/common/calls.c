/* SPDX-License-Identifier: MIT */
/*
 * Single calls in lanes. Owns the count of what is left to do; knows nothing of what a call does.
 */
#include "calls.h"

#define LANES      32
#define UV_DIVISOR 10 /* a round trip through a thread, one at a time, takes that much longer */

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

static int run_blocking(const struct bench_contender *self, struct bench_round *round)
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

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
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

static int run_uv(const struct bench_contender *self, struct bench_round *round)
{
    static const struct bench_uv_requests requests = {start, finish};
    struct calling calling = {.calls = self->calls, .round = round};

    return bench_uv_fs(self->depth, &requests, &calling, &round->elapsed_ns);
}
#else
#define run_uv NULL
#endif

static void compare_in(struct bench *bench, const struct bench_case *c, const struct bench_calls *calls,
                       unsigned lanes)
{
    char how_many[32], tasks[64], requests[256], id[64], title[128];
    const bool alone = lanes == 1;
    const struct bench_contender contenders[] = {
        {.name = "nowait uring",
         .how = tasks,
         .run = run_nowait,
         .depth = lanes,
         .variant = NW_BACKEND_URING,
         .calls = calls},
        {.name = "nowait epoll",
         .how = tasks,
         .run = run_nowait,
         .depth = lanes,
         .variant = NW_BACKEND_EPOLL,
         .divisor = alone ? calls->epoll_divisor : 0,
         .calls = calls},
        {.name = calls->plain, .how = "a plain loop", .run = run_blocking, .calls = calls},
        {.name = "libuv",
         .how = requests,
         .run = run_uv,
         .depth = lanes,
         .divisor = alone ? UV_DIVISOR : 0,
         .calls = calls},
        {0},
    };
    const struct bench_target targets[] = {
        {"nowait uring", calls->plain, BENCH_TIME, 0},
        {"nowait uring", "libuv", BENCH_RATE, 1},
        {"nowait epoll", "libuv", BENCH_RATE, 1},
        {0},
    };
    struct bench_case varied = *c;

    snprintf(how_many, sizeof how_many, alone ? "one task" : "%u tasks", lanes);
    snprintf(tasks, sizeof tasks, "%s, %s", calls->nowait, how_many);
    snprintf(title, sizeof title, "%s, %s", c->title, how_many);
    snprintf(id, sizeof id, "%s-%u", c->id, lanes);
    snprintf(how_many, sizeof how_many, alone ? "the next from the callback" : "%u requests in flight",
             lanes);
    snprintf(requests, sizeof requests, "%s, %s; " BENCH_UV_HOW, calls->libuv, how_many);
    varied.id = id;
    varied.title = title;
    varied.contenders = contenders;
    varied.targets = targets;
    bench_compare(bench, &varied);
}

void bench_calls_compare(struct bench *bench, const struct bench_case *c, const struct bench_calls *calls)
{
    compare_in(bench, c, calls, 1);
    compare_in(bench, c, calls, LANES);
}
