/* SPDX-License-Identifier: MIT */
/*
 * Random reads through liburing as its experts would write them. variant RANDOM_READ_ANY_FILE does what a
 * library has to do, any descriptor and any buffer; RANDOM_READ_REGISTERED registers the file and the buffers
 * beforehand, which makes this peer as strong as it can be.
 */
#include "random_read.h"

#ifdef HAVE_LIBURING

#include <errno.h>
#include <liburing.h>

#include "lanes.h"

static int register_all(struct io_uring *ring, const struct random_reads *reads, unsigned depth)
{
    struct iovec vectors[BENCH_LANES_MAX];

    for (unsigned i = 0; i < depth; i++)
        vectors[i] = (struct iovec){.iov_base = random_reads_buffer(reads, i), .iov_len = READ_BYTES};
    int rc = io_uring_register_files(ring, &reads->fd, 1);
    return rc < 0 ? rc : io_uring_register_buffers(ring, vectors, depth);
}

static int set_up(struct io_uring *ring, const struct random_reads *reads, const struct bench_contender *self)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN,
    };

    int rc = io_uring_queue_init_params(self->depth, ring, &params);
    if (rc == -EINVAL) /* before Linux 6.1 */
        rc = io_uring_queue_init(self->depth, ring, 0);
    if (rc < 0)
        return rc;
    io_uring_register_ring_fd(ring);
    if (self->variant == RANDOM_READ_REGISTERED)
        rc = register_all(ring, reads, self->depth);
    if (rc < 0)
        io_uring_queue_exit(ring);
    return rc;
}

static bool push(struct io_uring *ring, struct random_reads *reads, int variant, unsigned lane)
{
    char *data = random_reads_buffer(reads, lane);
    int64_t offset;

    if (!random_reads_next(reads, &offset))
        return false;
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    if (variant == RANDOM_READ_REGISTERED) {
        io_uring_prep_read_fixed(sqe, 0, data, READ_BYTES, (uint64_t)offset, (int)lane);
        io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
    } else {
        io_uring_prep_read(sqe, reads->fd, data, READ_BYTES, (uint64_t)offset);
    }
    io_uring_sqe_set_data64(sqe, lane);
    return true;
}

static int read_all(struct io_uring *ring, struct random_reads *reads, const struct bench_contender *self)
{
    unsigned in_flight = 0;
    int rc = 0;

    for (unsigned lane = 0; lane < self->depth; lane++)
        in_flight += push(ring, reads, self->variant, lane);
    while (in_flight > 0 && rc >= 0) {
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned seen = 0;

        rc = io_uring_submit_and_wait(ring, 1);
        io_uring_for_each_cqe(ring, head, cqe)
        {
            unsigned lane = (unsigned)cqe->user_data;
            int failed = random_reads_seen(reads, random_reads_buffer(reads, lane), cqe->res);
            if (failed < 0)
                rc = failed;
            in_flight -= 1;
            in_flight += push(ring, reads, self->variant, lane);
            seen++;
        }
        io_uring_cq_advance(ring, seen);
    }
    return rc < 0 ? rc : 0;
}

int random_read_uring(const struct bench_contender *self, struct bench_round *round)
{
    struct random_reads reads;
    struct io_uring ring;
    int rc = random_reads_begin(&reads, round, self->depth);

    if (rc < 0)
        return rc;
    rc = set_up(&ring, &reads, self);
    if (rc >= 0) {
        int64_t began_ns = bench_now();
        rc = read_all(&ring, &reads, self);
        round->elapsed_ns = bench_now() - began_ns;
        io_uring_queue_exit(&ring);
    }
    random_reads_end(&reads);
    return rc;
}

#else
typedef int bench_without_liburing;
#endif
