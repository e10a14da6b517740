/* SPDX-License-Identifier: MIT */
/*
 * Buffered 4 KiB writes at random places of a file of 64 MiB: by one task, and by 32. Nothing is synced.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/fs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

#define FILE_BYTES    ((uint64_t)64 << 20)
#define WRITE_BYTES   4096
#define WRITES        100000
#define EPOLL_DIVISOR 10 /* through a thread, one at a time */

static int file_fd;
static char data[WRITE_BYTES];

static int64_t offset_of(uint64_t op)
{
    return (int64_t)(bench_mix(op) % (FILE_BYTES / WRITE_BYTES) * WRITE_BYTES);
}

static uint64_t expected(uint64_t ops)
{
    return ops * WRITE_BYTES;
}

static int64_t write_blocking(uint64_t op, unsigned lane)
{
    ssize_t n = pwrite(file_fd, data, WRITE_BYTES, offset_of(op));

    (void)lane;
    return n < 0 ? -errno : n;
}

static int64_t write_in_task(uint64_t op, unsigned lane)
{
    (void)lane;
    return nw_fd_pwrite(file_fd, data, WRITE_BYTES, offset_of(op));
}

#ifdef HAVE_LIBUV
static int write_uv(uv_loop_t *loop, uv_fs_t *request, uint64_t op, unsigned lane, uv_fs_cb done)
{
    uv_buf_t buffer = uv_buf_init(data, WRITE_BYTES);

    (void)lane;
    return uv_fs_write(loop, request, file_fd, &buffer, 1, offset_of(op), done);
}

static int64_t write_uv_result(const uv_fs_t *request)
{
    return request->result;
}
#endif

static const struct bench_calls calls = {
    .plain = "pwrite",
    .nowait = "nw_fd_pwrite",
    .libuv = "uv_fs_write",
    .epoll_divisor = EPOLL_DIVISOR,
    .blocking = write_blocking,
    .task = write_in_task,
#ifdef HAVE_LIBUV
    .uv = write_uv,
    .uv_result = write_uv_result,
#endif
};

/* Allocated and written once, so that no round pays for blocks or new pages. */
static int make_file(const struct bench *bench)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/nowait-bench-XXXXXX", bench->dir);
    file_fd = mkstemp(path);
    if (file_fd < 0)
        return -errno;
    unlink(path);
    memset(data, 'x', sizeof data);
    for (uint64_t at = 0; at < FILE_BYTES; at += WRITE_BYTES) {
        if (pwrite(file_fd, data, WRITE_BYTES, (off_t)at) != WRITE_BYTES)
            return -errno;
    }
    return fsync(file_fd) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "4 KiB buffered writes at random places of a file of 64 MiB.");
    int rc = make_file(&bench);
    if (rc < 0)
        return bench_cannot_make(&bench, "a file", rc);
    const struct bench_case c = {
        .id = "write",
        .title = "4 KiB buffered write",
        .unit = "write",
        .ops = bench_scaled(&bench, WRITES),
        .expected = expected,
    };
    bench_calls_compare(&bench, &c, &calls);
    close(file_fd);
    return bench_finish(&bench);
}
