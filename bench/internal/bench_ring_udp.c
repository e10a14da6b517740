/* SPDX-License-Identifier: MIT */
/*
 * How a receiver of datagrams should wait on a ring: the same small receiver on the bare ring, without the
 * library, in three ways. Processor time of its thread for a datagram, which it copies and whose sender it
 * notes. The numbers behind docs/internals/network.md.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define DATAGRAMS 100000
#define BURST     32
#define BYTES     100

#ifdef HAVE_LIBURING
#include <liburing.h>

struct work {
    const struct bench_contender *self;
    struct bench_round *round;
    struct sockaddr_in address;
    int fd;
    _Atomic uint64_t taken;
};

static void open_socket(struct work *work)
{
    socklen_t size = sizeof work->address;

    work->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    work->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bench_must(work->fd >= 0 && bind(work->fd, (struct sockaddr *)&work->address, size) == 0 &&
                   getsockname(work->fd, (struct sockaddr *)&work->address, &size) == 0,
               "socket");
}

/* The next burst when the one before was taken. */
static void *send_all(void *arg)
{
    static const char data[BYTES] = "a";
    struct work *work = arg;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    bench_must(fd >= 0 && connect(fd, (struct sockaddr *)&work->address, sizeof work->address) == 0,
               "connect");
    for (uint64_t sent = 0; sent < work->round->ops_wanted; sent += work->self->depth) {
        while (atomic_load(&work->taken) < sent) {
        }
        for (unsigned i = 0; i < work->self->depth; i++)
            bench_must(send(fd, data, sizeof data, 0) == BYTES, "send");
    }
    close(fd);
    return NULL;
}

#define BUFFERS      64
#define BUFFER_BYTES ((size_t)68 * 1024)
#define RING_BYTES   ((size_t)4096)

enum way { POLL, WATCH, RECEIVE };

struct receiver {
    struct work *work;
    enum way way;
    bool armed;
    struct io_uring ring;
    struct io_uring_buf_ring *given; /* buffers that the kernel may fill; they follow it */
    struct msghdr header;
    struct sockaddr_storage from;
    char data[2048];
    uint64_t sum;
};

static char *buffer_of(const struct receiver *receiver, unsigned index)
{
    return (char *)receiver->given + RING_BYTES + index * BUFFER_BYTES;
}

static void give(const struct receiver *receiver, unsigned index)
{
    io_uring_buf_ring_add(receiver->given, buffer_of(receiver, index), (unsigned)BUFFER_BYTES,
                          (unsigned short)index, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(receiver->given, 1);
}

static void begin_wait(struct receiver *receiver)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&receiver->ring);
    int fd = receiver->work->fd;

    if (receiver->way == POLL) {
        io_uring_prep_poll_add(sqe, fd, POLLIN);
    } else if (receiver->way == WATCH) {
        io_uring_prep_poll_multishot(sqe, fd, POLLIN);
    } else {
        io_uring_prep_recvmsg_multishot(sqe, fd, &receiver->header, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = 0;
    }
    receiver->armed = true;
}

static void took(struct receiver *receiver, size_t size)
{
    receiver->sum += size == BYTES && receiver->data[0] == 'a';
    receiver->work->round->ops++;
}

/* Until there is none left. */
static void look(struct receiver *receiver)
{
    socklen_t size = sizeof receiver->from;
    ssize_t n;

    while ((n = recvfrom(receiver->work->fd, receiver->data, sizeof receiver->data, MSG_DONTWAIT | MSG_TRUNC,
                         (struct sockaddr *)&receiver->from, &size)) >= 0)
        took(receiver, (size_t)n);
}

static void copy_from(struct receiver *receiver, unsigned index, int result)
{
    struct io_uring_recvmsg_out *out =
        io_uring_recvmsg_validate(buffer_of(receiver, index), result, &receiver->header);

    bench_must(out != NULL, "datagram");
    size_t size = io_uring_recvmsg_payload_length(out, result, &receiver->header);
    memcpy(receiver->data, io_uring_recvmsg_payload(out, &receiver->header), size);
    memcpy(&receiver->from, io_uring_recvmsg_name(out), out->namelen);
    give(receiver, index);
    took(receiver, size);
}

static void turn(struct receiver *receiver)
{
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;

    if (!receiver->armed)
        begin_wait(receiver);
    bench_must(io_uring_submit_and_wait(&receiver->ring, 1) >= 0, "ring");
    io_uring_for_each_cqe(&receiver->ring, head, cqe)
    {
        if (cqe->flags & IORING_CQE_F_BUFFER)
            copy_from(receiver, cqe->flags >> IORING_CQE_BUFFER_SHIFT, cqe->res);
        receiver->armed &= (cqe->flags & IORING_CQE_F_MORE) != 0;
        count++;
    }
    io_uring_cq_advance(&receiver->ring, count);
    if (receiver->way != RECEIVE)
        look(receiver);
    atomic_store(&receiver->work->taken, receiver->work->round->ops);
}

/* Returns 0, or an error: this kernel has no such ring. */
static int set_up(struct receiver *receiver)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
                                     .cq_entries = 2048};
    struct io_uring_buf_reg group = {.ring_entries = BUFFERS, .bgid = 0};
    int rc = io_uring_queue_init_params(256, &receiver->ring, &params);

    if (rc < 0)
        return rc;
    receiver->header.msg_namelen = sizeof receiver->from;
    receiver->given = mmap(NULL, RING_BYTES + BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bench_must(receiver->given != MAP_FAILED, "memory");
    group.ring_addr = (uintptr_t)receiver->given;
    rc = io_uring_register_buf_ring(&receiver->ring, &group, 0);
    for (unsigned i = 0; i < BUFFERS && rc == 0; i++)
        give(receiver, i);
    return rc;
}

static void tear_down(struct receiver *receiver)
{
    io_uring_queue_exit(&receiver->ring);
    if (receiver->given)
        munmap(receiver->given, RING_BYTES + BUFFERS * BUFFER_BYTES);
}

static int run(const struct bench_contender *self, struct bench_round *round)
{
    struct work work = {.self = self, .round = round};
    struct receiver receiver = {.work = &work, .way = (enum way)self->variant};
    pthread_t sender;
    int rc = set_up(&receiver);

    round->ops = 0;
    if (rc == 0) {
        open_socket(&work);
        bench_must(pthread_create(&sender, NULL, send_all, &work) == 0, "thread");
        int64_t begin_ns = bench_thread_ns();
        while (round->ops < round->ops_wanted)
            turn(&receiver);
        round->elapsed_ns = bench_thread_ns() - begin_ns;
        pthread_join(sender, NULL);
        close(work.fd);
    }
    round->checksum = receiver.sum;
    tear_down(&receiver);
    return rc;
}

#define CONTENDERS(n)                                                                                        \
    {                                                                                                        \
        {.name = "poll", .how = "for each wait, recvfrom", .run = run, .depth = (n), .variant = POLL},       \
            {.name = "watch",                                                                                \
             .how = "multishot poll, recvfrom",                                                              \
             .run = run,                                                                                     \
             .depth = (n),                                                                                   \
             .variant = WATCH},                                                                              \
            {.name = "buffers", .how = "multishot recvmsg", .run = run, .depth = (n), .variant = RECEIVE},   \
            {0},                                                                                             \
    }
#else
#define CONTENDERS(n)                                                                                        \
    {                                                                                                        \
        {.name = "poll"}, {.name = "watch"}, {.name = "buffers"},                                            \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#endif

static const struct bench_contender one[] = CONTENDERS(1);
static const struct bench_contender many[] = CONTENDERS(BURST);

static const struct bench_target targets[] = {
    {"watch", "poll", BENCH_TIME, 0},
    {"buffers", "poll", BENCH_TIME, 0},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Ways to receive datagrams on the bare ring: processor time.");
    const struct bench_case c = {
        .unit = "datagram",
        .ops = bench_scaled_to(&bench, DATAGRAMS, BURST),
        .expected = bench_one_each,
        .targets = targets,
    };
    const struct bench_variation variations[] = {
        {"ring-udp-1", "datagrams on the bare ring, one at a time (processor time)", one},
        {"ring-udp-32", "datagrams on the bare ring, in bursts of 32 (processor time)", many},
        {0},
    };
    bench_vary(&bench, &c, variations);
    return bench_finish(&bench);
}
