/* SPDX-License-Identifier: MIT */
/*
 * Receiving datagrams over UDP: processor time of the receiver's thread for each, when they come one after
 * the other, each after the one before was taken, and in bursts. A thread sends them.
 */
#include <netinet/in.h>
#include <nowait.h>
#include <nowait/net.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define DATAGRAMS 100000
#define BURST     32
#define BYTES     100

struct work {
    const struct bench_contender *self;
    struct bench_round *round;
    nw_address address;
    _Atomic uint64_t taken;
};

static void *send_all(void *arg)
{
    static const char data[BYTES];
    struct work *work = arg;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    bench_must(fd >= 0 && connect(fd, (const struct sockaddr *)work->address.data, work->address.size) == 0,
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

static int receive(void *arg)
{
    struct work *work = arg;
    struct bench_round *round = work->round;
    nw_address from;
    char data[2048];
    pthread_t sender;
    nw_udp *udp;
    int rc = nw_udp_open(NULL, "udp://127.0.0.1:0", &udp);

    if (rc < 0)
        return rc;
    bench_must(nw_udp_address(udp, &work->address) == 0, "address");
    bench_must(pthread_create(&sender, NULL, send_all, work) == 0, "thread");
    int64_t begin_ns = bench_thread_ns();
    while (round->ops < round->ops_wanted) {
        ssize_t n = nw_udp_receive(udp, data, sizeof data, &from);
        if (n < 0)
            return (int)n;
        round->checksum += n == BYTES;
        atomic_store(&work->taken, ++round->ops);
    }
    round->elapsed_ns = bench_thread_ns() - begin_ns;
    pthread_join(sender, NULL);
    nw_udp_close(udp);
    return 0;
}

static int run(const struct bench_contender *self, struct bench_round *round)
{
    struct work work = {.self = self, .round = round};
    nw_run_options options = {.backend = (enum nw_backend)self->variant};

    round->ops = round->checksum = 0;
    return nw_run_with(&options, receive, &work);
}

#define CONTENDERS(n)                                                                                        \
    {                                                                                                        \
        {.name = "uring",                                                                                    \
         .how = "the ring receives",                                                                         \
         .run = run,                                                                                         \
         .depth = (n),                                                                                       \
         .variant = NW_BACKEND_URING},                                                                       \
            {.name = "epoll", .how = "recvfrom", .run = run, .depth = (n), .variant = NW_BACKEND_EPOLL},     \
            {0},                                                                                             \
    }

static const struct bench_contender one[] = CONTENDERS(1);
static const struct bench_contender many[] = CONTENDERS(BURST);

static const struct bench_target targets[] = {
    {"uring", "epoll", BENCH_TIME, 1.0},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Receiving datagrams: processor time of the receiver.");
    const struct bench_case c = {
        .unit = "datagram",
        .ops = bench_scaled_to(&bench, DATAGRAMS, BURST),
        .expected = bench_one_each,
        .targets = targets,
    };
    const struct bench_variation variations[] = {
        {"udp-1", "datagrams received, one at a time (processor time)", one},
        {"udp-32", "datagrams received, in bursts of 32 (processor time)", many},
        {0},
    };
    bench_vary(&bench, &c, variations);
    return bench_finish(&bench);
}
