/* SPDX-License-Identifier: MIT */
/*
 * The file of the random reads, the sequence in which it is read, and the two contenders that need nobody
 * else's library. Owns the file and the buffers of a round. Verifies, by sums, that the right blocks came.
 */
#include "random_read.h"

#include <errno.h>
#include <fcntl.h>
#include <nowait/fs.h>
#include <nowait/op.h>
#include <nowait/task.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lanes.h"

#define WRITE_BYTES ((size_t)1 << 20)

static int file_fd = -1;
static uint64_t file_blocks;

static uint64_t block_of(uint64_t op)
{
    return bench_mix(op) % file_blocks;
}

/* Whole blocks, so that no read sees a hole. Each begins with a word that is its own. */
static int fill(int fd, uint64_t size_bytes)
{
    char *chunk;

    if (posix_memalign((void **)&chunk, READ_BYTES, WRITE_BYTES))
        return -ENOMEM;
    memset(chunk, 'x', WRITE_BYTES);
    int rc = 0;
    for (uint64_t at = 0; at < size_bytes && rc == 0; at += WRITE_BYTES) {
        for (uint64_t i = 0; i < WRITE_BYTES; i += READ_BYTES) {
            uint64_t word = bench_mix(~((at + i) / READ_BYTES));
            memcpy(chunk + i, &word, sizeof word);
        }
        if (pwrite(fd, chunk, WRITE_BYTES, (off_t)at) != (ssize_t)WRITE_BYTES)
            rc = errno ? -errno : -EIO;
    }
    free(chunk);
    return rc;
}

/* Written blocks must be on the disk, else they cannot be dropped from the page cache. */
static int settle(int fd, bool direct)
{
    if (fsync(fd) < 0)
        return -errno;
    if (!direct)
        return 0;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    int flags = fcntl(fd, F_GETFL);
    return fcntl(fd, F_SETFL, flags | O_DIRECT) < 0 ? -errno : 0;
}

int random_read_make(const struct bench *bench, uint64_t size_bytes, bool direct)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/nowait-bench-XXXXXX", bench->dir);
    int fd = mkstemp(path);
    if (fd < 0)
        return -errno;
    unlink(path);
    size_bytes = (size_bytes + WRITE_BYTES - 1) / WRITE_BYTES * WRITE_BYTES;
    int rc = fill(fd, size_bytes);
    if (rc == 0)
        rc = settle(fd, direct);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    file_fd = fd;
    file_blocks = size_bytes / READ_BYTES;
    return 0;
}

void random_read_remove(void)
{
    if (file_fd >= 0)
        close(file_fd);
    file_fd = -1;
}

const char *random_read_path(void)
{
    static char path[64];

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), file_fd);
    return path;
}

uint64_t random_read_expected(uint64_t ops)
{
    uint64_t sum = 0;

    for (uint64_t op = 0; op < ops; op++)
        sum += bench_mix(~block_of(op));
    return sum;
}

int random_reads_begin(struct random_reads *reads, struct bench_round *round, unsigned lanes)
{
    *reads = (struct random_reads){.fd = file_fd, .round = round};
    if (posix_memalign((void **)&reads->buffers, READ_BYTES, (size_t)lanes * READ_BYTES))
        return -ENOMEM;
    memset(reads->buffers, 0, (size_t)lanes * READ_BYTES);
    return 0;
}

void random_reads_end(struct random_reads *reads)
{
    free(reads->buffers);
}

bool random_reads_next(struct random_reads *reads, int64_t *offset_out)
{
    const struct bench_round *round = reads->round;

    if (round->ops_wanted ? reads->next >= round->ops_wanted : bench_now() >= round->until_ns)
        return false;
    *offset_out = (int64_t)(block_of(reads->next++) * READ_BYTES);
    return true;
}

int random_reads_seen(struct random_reads *reads, const char *data, int64_t result)
{
    uint64_t word;

    if (result != READ_BYTES)
        return result < 0 ? (int)result : -EIO;
    memcpy(&word, data, sizeof word);
    reads->round->checksum += word;
    reads->round->ops++;
    return 0;
}

static int read_in_task(void *context, unsigned lane)
{
    struct random_reads *reads = context;
    char *data = random_reads_buffer(reads, lane);
    int64_t offset;
    int rc = 0;

    while (rc == 0 && random_reads_next(reads, &offset))
        rc = random_reads_seen(reads, data, nw_fd_pread(reads->fd, data, READ_BYTES, offset));
    return rc;
}

int random_read_nowait(const struct bench_contender *self, struct bench_round *round)
{
    struct random_reads reads;
    int rc = random_reads_begin(&reads, round, self->depth);

    if (rc < 0)
        return rc;
    rc = bench_tasks((enum nw_backend)self->variant, self->depth, read_in_task, &reads, &round->elapsed_ns);
    random_reads_end(&reads);
    return rc;
}

struct op_lane {
    nw_op op;
    struct op_reads *all;
    char *data;
};

struct op_reads {
    struct random_reads reads;
    unsigned lanes;
    unsigned busy;
    int error;
    struct op_lane each[BENCH_LANES_MAX];
};

static void op_done(nw_op *op);

static void op_next(struct op_lane *lane)
{
    struct op_reads *all = lane->all;
    int64_t offset;

    if (all->error || !random_reads_next(&all->reads, &offset)) {
        all->busy--;
        return;
    }
    nw_op_read(&lane->op, all->reads.fd, lane->data, READ_BYTES, offset);
    lane->op.user = lane;
    lane->op.done = op_done;
    all->error = nw_op_submit(NULL, &lane->op);
}

static void op_done(nw_op *op)
{
    struct op_lane *lane = op->user;
    int rc = random_reads_seen(&lane->all->reads, lane->data, op->result);

    if (rc < 0)
        lane->all->error = rc;
    op_next(lane);
}

static int read_by_ops(void *context, unsigned index)
{
    struct op_reads *all = context;

    (void)index;
    for (all->busy = 0; all->busy < all->lanes;) {
        struct op_lane *lane = &all->each[all->busy++];
        lane->all = all;
        lane->data = random_reads_buffer(&all->reads, all->busy - 1);
        op_next(lane);
    }
    while (all->busy > 0 && all->error == 0) {
        int rc = nw_yield();
        if (rc < 0)
            return rc;
    }
    return all->error;
}

int random_read_ops(const struct bench_contender *self, struct bench_round *round)
{
    static struct op_reads all;
    int rc = random_reads_begin(&all.reads, round, self->depth);

    if (rc < 0)
        return rc;
    all.lanes = self->depth;
    all.error = 0;
    rc = bench_tasks((enum nw_backend)self->variant, 1, read_by_ops, &all, &round->elapsed_ns);
    random_reads_end(&all.reads);
    return rc;
}

int random_read_plain(const struct bench_contender *self, struct bench_round *round)
{
    struct random_reads reads;
    int64_t offset;
    int rc = random_reads_begin(&reads, round, 1);

    (void)self;
    int64_t began_ns = bench_now();
    while (rc == 0 && random_reads_next(&reads, &offset)) {
        ssize_t n = pread(reads.fd, reads.buffers, READ_BYTES, offset);
        rc = random_reads_seen(&reads, reads.buffers, n < 0 ? -errno : n);
    }
    round->elapsed_ns = bench_now() - began_ns;
    random_reads_end(&reads);
    return rc;
}
