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

#define FILES 10000

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
    .plain = "stat",
    .nowait = "nw_stat",
    .libuv = "uv_fs_stat",
    .blocking = stat_blocking,
    .task = stat_in_task,
#ifdef HAVE_LIBUV
    .uv = stat_uv,
    .uv_result = stat_uv_result,
#endif
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "The status of 10,000 files, by path.");
    uint64_t files = bench_scaled(&bench, FILES);
    int rc = tree_make(&tree, &bench, files);
    if (rc < 0)
        return bench_cannot_make(&bench, "files", rc);
    const struct bench_case c = {
        .id = "stat",
        .title = "stat",
        .unit = "stat",
        .ops = files,
        .expected = expected,
    };
    bench_calls_compare(&bench, &c, &calls);
    tree_remove(&tree);
    return bench_finish(&bench);
}
