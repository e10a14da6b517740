/* SPDX-License-Identifier: MIT */
/*
 * 4 KiB random reads with O_DIRECT from the disk, 32 in flight: tasks of nowait against fio, raw liburing and
 * libuv. By time, not by count: a disk's rate is not known beforehand.
 */
#include <errno.h>
#include <nowait/run.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "random_read.h"

#define FILE_BYTES ((uint64_t)2 << 30)
#define ROUND_MS   3000
#define ROUNDS     5

/* Fields of fio's terse output, version 3: fio(1), "TERSE OUTPUT". */
#define TERSE_ERROR     4
#define TERSE_READ_KIB  5
#define TERSE_READ_MSEC 8

static uint64_t round_ms;

static int fio_command(char *command, size_t size, unsigned depth)
{
    int n =
        snprintf(command, size,
                 "fio --name=nowait --filename=%s --readonly --rw=randread --bs=4k --direct=1"
                 " --ioengine=io_uring --iodepth=%u --iodepth_batch_submit=%u --iodepth_batch_complete_min=1"
                 " --iodepth_batch_complete_max=%u --registerfiles --fixedbufs --hipri=0 --norandommap"
                 " --gtod_reduce=1 --time_based --runtime=%dms --output-format=terse --terse-version=3"
                 " 2>/dev/null",
                 random_read_path(), depth, depth, depth, (int)round_ms);

    return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* Field `index` of a line of fields separated by semicolons, as a number. */
static uint64_t terse_field(const char *line, unsigned index)
{
    while (index > 0 && (line = strchr(line, ';'))) {
        line++;
        index--;
    }
    return line ? strtoull(line, NULL, 10) : 0;
}

static int read_with_fio(const struct bench_contender *self, struct bench_round *round)
{
    char text[4096];
    int rc = fio_command(text, sizeof text, self->depth);

    if (rc < 0)
        return rc;
    FILE *fio = popen(text, "r"); /* NOLINT: the command is made of constants and a path in /proc */
    if (!fio)
        return -errno;
    bool answered = fgets(text, sizeof text, fio) != NULL;
    rc = pclose(fio);
    if (!answered || rc != 0 || terse_field(text, TERSE_ERROR) != 0)
        return rc == 127 << 8 ? BENCH_NOT_INSTALLED : -EIO;
    round->ops = terse_field(text, TERSE_READ_KIB) * 1024 / READ_BYTES;
    round->elapsed_ns = (int64_t)terse_field(text, TERSE_READ_MSEC) * 1000000;
    return 0;
}

static const struct bench_contender contenders[] = {
    RANDOM_READ_TASKS(32, "32 tasks, nw_fd_pread"),
    {.name = "fio",
     .how = "io_uring, iodepth 32, batches of up to 32, registerfiles, fixedbufs, norandommap, gtod_reduce",
     .run = read_with_fio,
     .depth = 32,
     .unverified = true},
    {.name = "liburing registered",
     .how = RANDOM_READ_URING_HOW "; " RANDOM_READ_REGISTERED_HOW,
     .run = random_read_uring,
     .depth = 32,
     .variant = RANDOM_READ_REGISTERED},
    {.name = "libuv",
     .how = "uv_fs_read, 32 requests in flight; " BENCH_UV_HOW,
     .run = random_read_uv,
     .depth = 32},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "fio", BENCH_RATE, 0.95},
    {"nowait uring", "liburing registered", BENCH_RATE, 0},
    {"nowait uring", "libuv", BENCH_RATE, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "4 KiB O_DIRECT random reads, 32 in flight, of a file of 2 GiB.");
    round_ms = bench_scaled(&bench, ROUND_MS);
    int rc = random_read_make(&bench, bench_scaled(&bench, FILE_BYTES), true);
    if (rc < 0)
        return bench_cannot_make(&bench, "a file", rc);
    struct bench_case direct = {
        .id = "direct-read-32",
        .title = "4 KiB O_DIRECT random read, 32 tasks",
        .unit = "read",
        .duration_ns = (int64_t)round_ms * 1000000,
        .rounds = ROUNDS,
        .expected = random_read_expected,
        .contenders = contenders,
        .targets = targets,
    };
    bench_compare(&bench, &direct);
    random_read_remove();
    return bench_finish(&bench);
}
