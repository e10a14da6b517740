/* SPDX-License-Identifier: MIT */
/*
 * 4 KiB random reads of a file that the page cache holds: by one task, and by 32.
 */
#include <nowait/run.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "random_read.h"

#define FILE_BYTES ((uint64_t)256 << 20)
#define READS      300000
#define UV_DIVISOR 10 /* a round trip through a thread, one at a time, is some 50 times slower */

static const struct bench_contender one_at_a_time[] = {
    RANDOM_READ_TASKS(1, "nw_fd_pread in one task"),
    {.name = "pread", .how = "a plain loop", .run = random_read_plain},
    {.name = "libuv",
     .how = "uv_fs_read, the next from the callback; " BENCH_UV_HOW,
     .run = random_read_uv,
     .depth = 1,
     .divisor = UV_DIVISOR},
    {0},
};

static const struct bench_target one_targets[] = {
    {"nowait uring", "pread", BENCH_TIME, 1.2},
    {"nowait uring", "libuv", BENCH_RATE, 40},
    {"nowait epoll", "pread", BENCH_TIME, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

static const struct bench_contender thirty_two[] = {
    RANDOM_READ_TASKS(32, "32 tasks, nw_fd_pread"),
    {.name = "nw_op uring",
     .how = "32 nw_op_read, the next from the callback",
     .run = random_read_ops,
     .depth = 32,
     .variant = NW_BACKEND_URING},
    {.name = "liburing",
     .how = RANDOM_READ_URING_HOW,
     .run = random_read_uring,
     .depth = 32,
     .variant = RANDOM_READ_ANY_FILE},
    {.name = "liburing registered",
     .how = RANDOM_READ_REGISTERED_HOW,
     .run = random_read_uring,
     .depth = 32,
     .variant = RANDOM_READ_REGISTERED},
    {.name = "libuv",
     .how = "uv_fs_read, 32 requests in flight; " BENCH_UV_HOW,
     .run = random_read_uv,
     .depth = 32,
     .divisor = 2},
    {0},
};

static const struct bench_target thirty_two_targets[] = {
    {"nowait uring", "liburing", BENCH_RATE, 0.9},
    {"nowait uring", "liburing registered", BENCH_RATE, 0},
    {"nw_op uring", "liburing", BENCH_RATE, 0},
    {"nowait uring", "libuv", BENCH_RATE, 3},
    {"nowait epoll", "liburing", BENCH_RATE, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "4 KiB random reads of a file of 256 MiB in the page cache.");
    int rc = random_read_make(&bench, FILE_BYTES, false);
    if (rc < 0)
        return bench_cannot_make(&bench, "a file", rc);
    struct bench_case one = {
        .id = "cached-read-1",
        .title = "4 KiB cached random read, one task",
        .unit = "read",
        .ops = bench_scaled(&bench, READS),
        .expected = random_read_expected,
        .contenders = one_at_a_time,
        .targets = one_targets,
    };
    struct bench_case many = {
        .id = "cached-read-32",
        .title = "4 KiB cached random read, 32 tasks",
        .unit = "read",
        .ops = bench_scaled(&bench, READS),
        .expected = random_read_expected,
        .contenders = thirty_two,
        .targets = thirty_two_targets,
    };
    bench_compare(&bench, &one);
    bench_compare(&bench, &many);
    random_read_remove();
    return bench_finish(&bench);
}
