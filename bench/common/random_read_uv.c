/* SPDX-License-Identifier: MIT */
/*
 * Random reads through libuv's asynchronous uv_fs_read. Owns nothing; the sequence is random_read.c's.
 */
#include "random_read.h"

#ifdef HAVE_LIBUV

#include "lanes.h"

static int start(uv_loop_t *loop, uv_fs_t *request, void *context, unsigned lane, uv_fs_cb done)
{
    struct random_reads *reads = context;
    uv_buf_t buffer = uv_buf_init(random_reads_buffer(reads, lane), READ_BYTES);
    int64_t offset;

    if (!random_reads_next(reads, &offset))
        return 1;
    return uv_fs_read(loop, request, reads->fd, &buffer, 1, offset, done);
}

static int finish(const uv_fs_t *request, void *context, unsigned lane)
{
    struct random_reads *reads = context;

    return random_reads_seen(reads, random_reads_buffer(reads, lane), request->result);
}

int random_read_uv(const struct bench_contender *self, struct bench_round *round)
{
    static const struct bench_uv_requests requests = {start, finish};
    struct random_reads reads;
    int rc = random_reads_begin(&reads, round, self->depth);

    if (rc < 0)
        return rc;
    rc = bench_uv_fs(self->depth, &requests, &reads, &round->elapsed_ns);
    random_reads_end(&reads);
    return rc;
}

#else
typedef int bench_without_libuv; /* a translation unit must not be empty */
#endif
