/* SPDX-License-Identifier: MIT */
/*
 * How a server on a ring should wait for requests and answer them: the same small server on the bare ring,
 * without the library, in several ways. Processor time of the server's thread for a request and its reply,
 * with 64 connections over TCP that all have a request under way. The numbers behind
 * docs/internals/network.md.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define CONNECTIONS   64
#define REQUESTS      100000
#define REQUEST_BYTES 80
#define REPLY_BYTES   240

#ifdef HAVE_LIBURING
#include <liburing.h>

static char reply[REPLY_BYTES];

struct work {
    const struct bench_contender *self;
    struct bench_round *round;
    int clients[CONNECTIONS];
    int servers[CONNECTIONS];
};

/* -- the clients: one thread that writes to all, then reads from all -- */

static void connect_all(struct work *work)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    bench_must(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
                   listen(listener, CONNECTIONS) == 0 &&
                   getsockname(listener, (struct sockaddr *)&address, &size) == 0,
               "listen");
    for (int i = 0; i < CONNECTIONS; i++) {
        work->clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bench_must(connect(work->clients[i], (struct sockaddr *)&address, size) == 0, "connect");
        work->servers[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        bench_must(work->servers[i] >= 0, "accept");
        setsockopt(work->clients[i], IPPROTO_TCP, 1, &one, sizeof one); /* TCP_NODELAY */
        setsockopt(work->servers[i], IPPROTO_TCP, 1, &one, sizeof one);
    }
    close(listener);
}

static void close_all(const struct work *work)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        close(work->clients[i]);
        close(work->servers[i]);
    }
}

static void *ask(void *arg)
{
    static const char request[REQUEST_BYTES] = "a";
    const struct work *work = arg;
    char answer[REPLY_BYTES];

    for (uint64_t done = 0; done < work->round->ops_wanted; done += CONNECTIONS) {
        for (int i = 0; i < CONNECTIONS; i++)
            bench_must(send(work->clients[i], request, sizeof request, 0) == REQUEST_BYTES, "send");
        for (int i = 0; i < CONNECTIONS; i++)
            bench_must(recv(work->clients[i], answer, sizeof answer, MSG_WAITALL) == REPLY_BYTES, "recv");
    }
    return NULL;
}

#define BUFFERS      128
#define BUFFER_BYTES 4096
#define GROUP        1

enum wait_way { WAIT_POLL, WAIT_WATCH, WAIT_RECV, WAIT_RECV_MULTISHOT };
#define SENDS_BY_RING 0x10 /* in bench_contender.variant, beside the way */

struct server {
    const struct work *work;
    enum wait_way way;
    bool sends_by_ring;
    struct io_uring ring;
    struct io_uring_buf_ring *given; /* buffers that the kernel may fill */
    char *buffers;
    uint64_t replied;
    uint64_t sum;
};

/* user_data: the connection and what it was about. */
#define SENT 0x10000u

static struct io_uring_sqe *entry(struct server *server)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&server->ring);

    if (!sqe) {
        io_uring_submit(&server->ring);
        sqe = io_uring_get_sqe(&server->ring);
    }
    bench_must(sqe != NULL, "ring");
    return sqe;
}

static char *buffer_of(const struct server *server, unsigned index)
{
    return server->buffers + (size_t)index * BUFFER_BYTES;
}

static void give(struct server *server, unsigned index)
{
    io_uring_buf_ring_add(server->given, buffer_of(server, index), BUFFER_BYTES, (unsigned short)index,
                          io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(server->given, 1);
}

static void begin_wait(struct server *server, unsigned i)
{
    struct io_uring_sqe *sqe = entry(server);
    int fd = server->work->servers[i];

    switch (server->way) {
    case WAIT_POLL:
        io_uring_prep_poll_add(sqe, fd, POLLIN);
        break;
    case WAIT_WATCH:
        io_uring_prep_poll_multishot(sqe, fd, POLLIN);
        break;
    case WAIT_RECV:
        io_uring_prep_recv(sqe, fd, NULL, 0, 0);
        break;
    case WAIT_RECV_MULTISHOT:
        io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
        break;
    }
    if (server->way >= WAIT_RECV) {
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = GROUP;
    }
    io_uring_sqe_set_data64(sqe, i);
}

static void answer(struct server *server, unsigned i, const char *request, ssize_t n)
{
    int fd = server->work->servers[i];

    bench_must(n == REQUEST_BYTES, "request");
    server->sum += request[0] == 'a';
    if (server->sends_by_ring) {
        struct io_uring_sqe *sqe = entry(server);
        io_uring_prep_send(sqe, fd, reply, sizeof reply, MSG_NOSIGNAL);
        io_uring_sqe_set_data64(sqe, i | SENT);
    } else {
        bench_must(send(fd, reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT) == REPLY_BYTES, "reply");
        server->replied++;
    }
}

static void receive(struct server *server, unsigned i)
{
    char request[BUFFER_BYTES];
    ssize_t n = recv(server->work->servers[i], request, sizeof request, MSG_DONTWAIT);

    if (n > 0) /* a watch may tell of what has been read already */
        answer(server, i, request, n);
}

static void completed(struct server *server, const struct io_uring_cqe *cqe)
{
    unsigned i = (unsigned)cqe->user_data & ~SENT;

    if (cqe->user_data & SENT) {
        bench_must(cqe->res == REPLY_BYTES, "reply");
        server->replied++;
        return;
    }
    if (server->way < WAIT_RECV) {
        receive(server, i);
    } else if (cqe->flags & IORING_CQE_F_BUFFER) {
        unsigned index = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
        answer(server, i, buffer_of(server, index), cqe->res);
        give(server, index);
    }
    if (!(cqe->flags & IORING_CQE_F_MORE))
        begin_wait(server, i);
}

static void turn(struct server *server)
{
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;

    bench_must(io_uring_submit_and_wait(&server->ring, 1) >= 0, "ring");
    io_uring_for_each_cqe(&server->ring, head, cqe)
    {
        completed(server, cqe);
        count++;
    }
    io_uring_cq_advance(&server->ring, count);
}

/* Returns 0, or an error: this kernel has no such ring. */
static int set_up(struct server *server)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
                                     .cq_entries = 2048};
    struct io_uring_buf_reg group = {.ring_entries = BUFFERS, .bgid = GROUP};
    size_t ring_bytes = BUFFERS * sizeof(struct io_uring_buf);
    int rc = io_uring_queue_init_params(256, &server->ring, &params);

    if (rc < 0)
        return rc;
    server->given = aligned_alloc(4096, (ring_bytes + 4095) / 4096 * 4096);
    server->buffers = malloc((size_t)BUFFERS * BUFFER_BYTES);
    bench_must(server->given && server->buffers, "memory");
    memset(server->given, 0, ring_bytes);
    group.ring_addr = (uintptr_t)server->given;
    rc = io_uring_register_buf_ring(&server->ring, &group, 0);
    for (unsigned i = 0; i < BUFFERS && rc == 0; i++)
        give(server, i);
    return rc;
}

static void tear_down(struct server *server)
{
    io_uring_queue_exit(&server->ring);
    free(server->given);
    free(server->buffers);
}

static void serve(struct server *server)
{
    struct bench_round *round = server->work->round;
    pthread_t client;

    for (unsigned i = 0; i < CONNECTIONS; i++)
        begin_wait(server, i);
    bench_must(io_uring_submit(&server->ring) >= 0, "ring");
    bench_must(pthread_create(&client, NULL, ask, (void *)(uintptr_t)server->work) == 0, "thread");
    int64_t begin_ns = bench_thread_ns();
    while (server->replied < round->ops_wanted)
        turn(server);
    round->elapsed_ns = bench_thread_ns() - begin_ns;
    pthread_join(client, NULL);
    round->ops = server->replied;
    round->checksum = server->sum;
}

static int run(const struct bench_contender *self, struct bench_round *round)
{
    struct work work = {.self = self, .round = round};
    struct server server = {.work = &work,
                            .way = (enum wait_way)(self->variant & ~SENDS_BY_RING),
                            .sends_by_ring = self->variant & SENDS_BY_RING};
    int rc = set_up(&server);

    if (rc == 0) {
        connect_all(&work);
        serve(&server);
        close_all(&work);
    }
    tear_down(&server);
    return rc;
}

static const struct bench_contender contenders[] = {
    {.name = "poll", .how = "for each wait, recv, send", .run = run, .variant = WAIT_POLL},
    {.name = "watch", .how = "multishot poll, recv, send", .run = run, .variant = WAIT_WATCH},
    {.name = "buffers", .how = "multishot recv, send", .run = run, .variant = WAIT_RECV_MULTISHOT},
    {.name = "buffers once", .how = "recv into a given buffer, send", .run = run, .variant = WAIT_RECV},
    {.name = "watch, sends",
     .how = "as watch; sends by the ring",
     .run = run,
     .variant = WAIT_WATCH | SENDS_BY_RING},
    {.name = "buffers, sends",
     .how = "as buffers; sends by the ring",
     .run = run,
     .variant = WAIT_RECV_MULTISHOT | SENDS_BY_RING},
    {0},
};
#else
static const struct bench_contender contenders[] = {{.name = "watch"}, {.name = "poll"}, {0}};
#endif

static const struct bench_target targets[] = {
    {"poll", "watch", BENCH_TIME, 0},           {"buffers", "watch", BENCH_TIME, 0},
    {"buffers once", "watch", BENCH_TIME, 0},   {"watch, sends", "watch", BENCH_TIME, 0},
    {"buffers, sends", "watch", BENCH_TIME, 0}, {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv,
                "Ways to receive and reply on the bare ring: processor time of the server.");
    struct bench_case c = {
        .id = "ring-recv",
        .title = "request and reply on the bare ring, 64 connections (processor time)",
        .unit = "request",
        .ops = bench_scaled_to(&bench, REQUESTS, CONNECTIONS),
        .expected = bench_one_each,
        .contenders = contenders,
        .targets = targets,
    };
    bench_compare(&bench, &c);
    return bench_finish(&bench);
}
