/* SPDX-License-Identifier: MIT */
/*
 * Lanes as chains of callbacks of libuv. Owns the uv loop; libuv's pool of threads belongs to the process and
 * is warm after the first round. Knows nothing of what a lane does.
 */
#include "lanes.h"

#ifdef HAVE_LIBUV

int bench_uv(unsigned lanes, bench_uv_lane_fn *fn, void *context, int64_t *elapsed_ns_out)
{
    uv_loop_t loop;
    int rc = uv_loop_init(&loop);

    if (rc < 0)
        return rc;
    int64_t began_ns = bench_now();
    for (unsigned lane = 0; lane < lanes; lane++)
        fn(&loop, context, lane);
    uv_run(&loop, UV_RUN_DEFAULT);
    int64_t ended_ns = bench_now();
    rc = uv_loop_close(&loop);
    if (rc < 0)
        return rc;
    *elapsed_ns_out = ended_ns - began_ns;
    return 0;
}

struct fs_lane {
    uv_fs_t request;
    struct fs_lanes *all;
    unsigned index;
};

struct fs_lanes {
    const struct bench_uv_requests *requests;
    void *context;
    int error;
    struct fs_lane each[BENCH_LANES_MAX];
};

static void start_next(uv_loop_t *loop, struct fs_lane *lane);

static void ended(uv_fs_t *request)
{
    struct fs_lane *lane = request->data;
    struct fs_lanes *all = lane->all;
    int rc = all->requests->finish(request, all->context, lane->index);

    uv_fs_req_cleanup(request);
    if (rc < 0)
        all->error = rc;
    if (!all->error)
        start_next(request->loop, lane);
}

static void start_next(uv_loop_t *loop, struct fs_lane *lane)
{
    struct fs_lanes *all = lane->all;

    lane->request.data = lane;
    int rc = all->requests->start(loop, &lane->request, all->context, lane->index, ended);
    if (rc < 0)
        all->error = rc;
}

static void start_lane(uv_loop_t *loop, void *context, unsigned index)
{
    struct fs_lanes *all = context;

    all->each[index].all = all;
    all->each[index].index = index;
    start_next(loop, &all->each[index]);
}

int bench_uv_fs(unsigned lanes, const struct bench_uv_requests *requests, void *context,
                int64_t *elapsed_ns_out)
{
    static struct fs_lanes all;

    all.requests = requests;
    all.context = context;
    all.error = 0;
    int rc = bench_uv(lanes, start_lane, &all, elapsed_ns_out);
    return rc < 0 ? rc : all.error;
}

#else
typedef int bench_without_libuv; /* a translation unit must not be empty */
#endif
