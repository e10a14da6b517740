/* SPDX-License-Identifier: MIT */
/*
 * Accepting connections over TCP: processor time of the server's thread for each connection, from the wait
 * for it to its close. A client's thread connects, one after the other or many at once, and waits until all
 * were closed.
 */
#include <netinet/in.h>
#include <nowait.h>
#include <nowait/net.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define CONNECTIONS 20000
#define BURST       64

enum variant { OWN, INHERITED, EPOLL };

struct work {
    const struct bench_contender *self;
    struct bench_round *round;
    struct sockaddr_in address;
};

static int socket_of(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    bench_must(fd >= 0, "socket");
    return fd;
}

/* The client resets at the end, so that no port waits for stragglers. */
static void *knock(void *arg)
{
    static const struct linger at_once = {.l_onoff = 1};
    const struct work *work = arg;
    int fds[BURST];
    char byte;

    for (uint64_t done = 0; done < work->round->ops_wanted; done += work->self->depth) {
        for (unsigned i = 0; i < work->self->depth; i++) {
            fds[i] = socket_of();
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            bench_must(connect(fds[i], (const struct sockaddr *)&work->address, sizeof work->address) == 0,
                       "connect");
        }
        for (unsigned i = 0; i < work->self->depth; i++) {
            bench_must(read(fds[i], &byte, 1) == 0, "read");
            close(fds[i]);
        }
    }
    return NULL;
}

static int listen_at(const struct work *work, nw_listener **listener_out)
{
    static const nw_listen_options as_they_are = {.delay = true, .no_keep_alive = true};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char where[16];
    int fd;

    if (work->self->variant != INHERITED)
        return nw_listen_with(&as_they_are, "tcp://127.0.0.1:0", listener_out);
    fd = socket_of();
    bench_must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, SOMAXCONN) == 0,
               "listen");
    snprintf(where, sizeof where, "fd:%d", fd);
    return nw_listen_with(&as_they_are, where, listener_out);
}

static int serve(void *arg)
{
    struct work *work = arg;
    struct bench_round *round = work->round;
    socklen_t size = sizeof work->address;
    nw_listener *listener;
    nw_stream *stream;
    pthread_t client;
    int rc = listen_at(work, &listener);

    if (rc < 0)
        return rc;
    bench_must(getsockname(nw_listener_fd(listener), (struct sockaddr *)&work->address, &size) == 0,
               "getsockname");
    bench_must(pthread_create(&client, NULL, knock, work) == 0, "thread");
    int64_t begin_ns = bench_thread_ns();
    for (; round->ops < round->ops_wanted && rc == 0; round->ops++) {
        rc = nw_accept(listener, &stream);
        if (rc == 0)
            rc = nw_close(stream);
    }
    round->elapsed_ns = bench_thread_ns() - begin_ns;
    pthread_join(client, NULL);
    nw_listener_close(listener);
    round->checksum = round->ops;
    return rc;
}

static int run(const struct bench_contender *self, struct bench_round *round)
{
    struct work work = {.self = self, .round = round};
    nw_run_options options = {.backend = self->variant == EPOLL ? NW_BACKEND_EPOLL : NW_BACKEND_URING};

    round->ops = 0;
    return nw_run_with(&options, serve, &work);
}

#define CONTENDERS(n)                                                                                        \
    {                                                                                                        \
        {.name = "nowait", .how = "the ring accepts", .run = run, .depth = (n), .variant = OWN},             \
            {.name = "polled", .how = "inherited: a poll", .run = run, .depth = (n), .variant = INHERITED},  \
            {.name = "epoll", .how = "its backend", .run = run, .depth = (n), .variant = EPOLL}, {0},        \
    }

static const struct bench_contender one[] = CONTENDERS(1);
static const struct bench_contender many[] = CONTENDERS(BURST);

static const struct bench_target targets[] = {
    {"nowait", "polled", BENCH_TIME, 1.0},
    {"nowait", "epoll", BENCH_TIME, 1.0},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Accepting connections: processor time of the server.");
    const struct bench_case c = {
        .unit = "connection",
        .ops = bench_scaled_to(&bench, CONNECTIONS, BURST),
        .expected = bench_one_each,
        .targets = targets,
    };
    const struct bench_variation variations[] = {
        {"accept-1", "TCP connections accepted, one at a time (processor time)", one},
        {"accept-64", "TCP connections accepted, 64 at once (processor time)", many},
        {0},
    };
    bench_vary(&bench, &c, variations);
    return bench_finish(&bench);
}
