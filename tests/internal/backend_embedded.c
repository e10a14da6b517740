/* SPDX-License-Identifier: MIT */
/*
 * An embedded engine: its descriptor becomes readable whenever wait(0) would find something, whichever way it
 * comes, and is quiet when there is nothing. It can also be waited in, for its own shutdown.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "../support/engine.h"

static struct engine engine;
static int host;

/* What a foreign loop does: sleep until the descriptor is readable, then dispatch. */
static void host_until_done(const nw_op *op)
{
    struct epoll_event event;

    while (op->state != NW__OP_DONE) {
        int n = epoll_wait(host, &event, 1, 20000);
        if (n < 0 && errno == EINTR)
            continue;
        CHECK_EQ(n, 1);
        engine_turn(&engine, 0);
    }
}

/* Dispatch until the descriptor is quiet: that must come soon. */
static void settle(void)
{
    struct pollfd entry = {.fd = engine.backend->vtable->fd(engine.backend), .events = POLLIN};

    for (int i = 0; i < 10; i++) {
        engine_turn(&engine, 0);
        if (CHECK_SYS(poll(&entry, 1, 0)) == 0)
            return;
    }
    CHECK(false && "the descriptor stays readable although there is nothing to do");
}

static void *write_later(void *arg)
{
    CHECK_EQ(write(*(int *)arg, "x", 1), 1);
    return NULL;
}

static int triple(void *arg)
{
    return 3 * *(int *)arg;
}

static struct nw__post note;
static atomic_int notes;

static void run_note(struct nw__post *post)
{
    (void)post;
    atomic_fetch_add(&notes, 1);
}

static void *post_later(void *arg)
{
    nw__backend_post(arg, &note);
    return NULL;
}

static void an_event_from_another_thread(int *fds)
{
    pthread_t thread;
    char byte;
    nw_op op;

    for (int i = 0; i < 50; i++) {
        nw_op_read(&op, fds[0], &byte, 1, -1);
        engine_submit(&engine, &op);
        settle();
        CHECK_EQ(op.state, NW__OP_SUBMITTED);
        CHECK_EQ(pthread_create(&thread, NULL, write_later, &fds[1]), 0);
        host_until_done(&op);
        CHECK_EQ(op.result, 1);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        settle();
    }
}

/* Without dispatching in between. */
static void results_of_workers(void)
{
    int value = 5;
    nw_op op;

    for (int i = 0; i < 50; i++) {
        nw_op_work(&op, triple, &value);
        engine_submit(&engine, &op);
        host_until_done(&op);
        CHECK_EQ(op.result, 15);
    }
}

/* Outside any turn: at once, and when the kernel has it. */
static void cancelled(int fd, bool with_the_kernel)
{
    char byte;
    nw_op op;

    nw_op_read(&op, fd, &byte, 1, -1);
    engine_submit(&engine, &op);
    if (with_the_kernel)
        settle();
    engine_cancel(&engine, &op);
    host_until_done(&op);
    CHECK_EQ(op.result, -ECANCELED);
}

static void a_post_wakes_the_host(void)
{
    struct epoll_event event;
    pthread_t thread;

    settle();
    note.run = run_note;
    CHECK_EQ(pthread_create(&thread, NULL, post_later, engine.backend), 0);
    while (atomic_load(&notes) == 0) {
        int n = epoll_wait(host, &event, 1, 20000);
        CHECK(n == 1 || (n < 0 && errno == EINTR));
        engine_turn(&engine, 0);
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void awaited_in_the_engine(int *fds)
{
    pthread_t thread;
    char byte;
    nw_op op;

    nw_op_read(&op, fds[0], &byte, 1, -1);
    engine_submit(&engine, &op);
    CHECK_EQ(pthread_create(&thread, NULL, write_later, &fds[1]), 0);
    CHECK_EQ(engine_await(&engine, &op), 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

int main(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fds[2];

    engine = engine_open_with(&(struct nw__backend_options){.embedded = true}, 2);
    CHECK_SYS(pipe(fds));
    host = CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
    CHECK_SYS(epoll_ctl(host, EPOLL_CTL_ADD, engine.backend->vtable->fd(engine.backend), &event));
    settle();

    an_event_from_another_thread(fds);
    results_of_workers();
    cancelled(fds[0], false);
    cancelled(fds[0], true);
    a_post_wakes_the_host();
    awaited_in_the_engine(fds);
    engine_close(&engine);
    return 0;
}
