/* SPDX-License-Identifier: MIT */
/*
 * The status of 10,000 files that are known to the kernel: one at a time, and 32 at a time.
 */
#include <errno.h>
#include <nowait/fs.h>
#include <string.h>
#include <sys/stat.h>

#include "calls.h"
#include "tree.h"

#define FILES      10000
#define LANES      32
#define UV_DIVISOR 10

static struct tree tree;

static uint64_t expected(uint64_t ops)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < ops; i++)
        sum += tree_file_bytes(i);
    return sum;
}

static int64_t stat_blocking(uint64_t op, unsigned lane)
{
    struct stat status;

    (void)lane;
    return stat(tree.paths[op], &status) < 0 ? -errno : status.st_size;
}

static int64_t stat_in_task(uint64_t op, unsigned lane)
{
    struct stat status;

    (void)lane;
    int rc = nw_stat(tree.paths[op], &status);
    return rc < 0 ? rc : status.st_size;
}

#ifdef HAVE_LIBUV
static int stat_uv(uv_loop_t *loop, uv_fs_t *request, uint64_t op, unsigned lane, uv_fs_cb done)
{
    (void)lane;
    return uv_fs_stat(loop, request, tree.paths[op], done);
}

static int64_t stat_uv_result(const uv_fs_t *request)
{
    return request->result < 0 ? request->result : (int64_t)request->statbuf.st_size;
}
#endif

static const struct bench_calls calls = {
    .blocking = stat_blocking,
    .task = stat_in_task,
#ifdef HAVE_LIBUV
    .uv = stat_uv,
    .uv_result = stat_uv_result,
#endif
};

static const struct bench_contender one_at_a_time[] = {
    {.name = "nowait uring",
     .how = "nw_stat, one task",
     .run = bench_calls_nowait,
     .depth = 1,
     .variant = NW_BACKEND_URING,
     .calls = &calls},
    {.name = "nowait epoll",
     .how = "nw_stat, one task",
     .run = bench_calls_nowait,
     .depth = 1,
     .variant = NW_BACKEND_EPOLL,
     .calls = &calls},
    {.name = "stat", .how = "a plain loop", .run = bench_calls_blocking, .calls = &calls},
    {.name = "libuv",
     .how = "uv_fs_stat, the next from the callback; " BENCH_UV_HOW,
     .run = bench_calls_uv,
     .depth = 1,
     .divisor = UV_DIVISOR,
     .calls = &calls},
    {0},
};

static const struct bench_contender concurrent[] = {
    {.name = "nowait uring",
     .how = "nw_stat, 32 tasks",
     .run = bench_calls_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_URING,
     .calls = &calls},
    {.name = "nowait epoll",
     .how = "nw_stat, 32 tasks",
     .run = bench_calls_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_EPOLL,
     .calls = &calls},
    {.name = "stat", .how = "a plain loop", .run = bench_calls_blocking, .calls = &calls},
    {.name = "libuv",
     .how = "uv_fs_stat, 32 requests in flight; " BENCH_UV_HOW,
     .run = bench_calls_uv,
     .depth = LANES,
     .calls = &calls},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "stat", BENCH_TIME, 0},
    {"nowait uring", "libuv", BENCH_RATE, 1},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "The status of 10,000 files, by path.");
    uint64_t files = bench_scaled(&bench, FILES);
    int rc = tree_make(&tree, &bench, files);
    if (rc < 0)
        return bench_cannot_make(&bench, "files", rc);
    struct bench_case one = {
        .id = "stat-1",
        .title = "stat, one task",
        .unit = "stat",
        .ops = files,
        .expected = expected,
        .contenders = one_at_a_time,
        .targets = targets,
    };
    struct bench_case many = one;
    many.id = "stat-32";
    many.title = "stat, 32 tasks";
    many.contenders = concurrent;
    bench_compare(&bench, &one);
    bench_compare(&bench, &many);
    tree_remove(&tree);
    return bench_finish(&bench);
}
