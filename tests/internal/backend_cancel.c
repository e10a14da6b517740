/* SPDX-License-Identifier: MIT */
/*
 * Cancelling an op wherever it may be: not yet with the kernel, in flight, queued for a worker, with a
 * worker, done. Each op is done exactly once, from wait().
 */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>

#include "../support/engine.h"

static struct engine engine;
static int completions;

static void count(nw_op *op)
{
    (void)op;
    completions++;
}

static void submit(nw_op *op)
{
    op->done = count;
    engine_submit(&engine, op);
}

static void before_the_kernel_sees_it(int fd)
{
    nw_op op;
    char data[4];

    completions = 0;
    nw_op_read(&op, fd, data, sizeof data, -1);
    submit(&op);
    engine_cancel(&engine, &op);
    CHECK_EQ(completions, 0); /* only wait() completes */
    CHECK_EQ(op.state, NW__OP_SUBMITTED);
    CHECK_EQ(engine_await(&engine, &op), -ECANCELED);
    CHECK_EQ(completions, 1);
}

static void in_flight(int fd)
{
    nw_op read_op, poll_op;
    char data[4];

    completions = 0;
    nw_op_read(&read_op, fd, data, sizeof data, -1);
    nw_op_poll(&poll_op, fd, POLLIN);
    submit(&read_op);
    submit(&poll_op);
    engine_turn(&engine, 0);
    engine_turn(&engine, 0);
    CHECK_EQ(completions, 0);
    engine_cancel(&engine, &read_op);
    engine_cancel(&engine, &read_op); /* twice is once */
    engine_cancel(&engine, &poll_op);
    CHECK_EQ(engine_await(&engine, &read_op), -ECANCELED);
    CHECK_EQ(engine_await(&engine, &poll_op), -ECANCELED);
    CHECK_EQ(completions, 2);
    engine_turn(&engine, 0); /* whatever the cancels themselves left behind */
    CHECK_EQ(completions, 2);
}

/* What came before the cancel is not lost: it is either in the result or still in the pipe. */
static void race_with_data(int fd, int peer)
{
    nw_op op;
    char data[4] = {0};

    completions = 0;
    nw_op_read(&op, fd, data, sizeof data, -1);
    submit(&op);
    engine_turn(&engine, 0);
    CHECK_EQ(write(peer, "ab", 2), 2);
    engine_cancel(&engine, &op);
    int rc = engine_await(&engine, &op);
    if (rc == -ECANCELED)
        rc = (int)read(fd, data, sizeof data);
    CHECK_EQ(rc, 2);
    CHECK_MEM(data, "ab", 2);
    CHECK_EQ(completions, 1);
}

static void when_done(int fd, int peer)
{
    nw_op op;
    char data[4];

    completions = 0;
    CHECK_EQ(write(peer, "x", 1), 1);
    nw_op_read(&op, fd, data, sizeof data, -1);
    submit(&op);
    CHECK_EQ(engine_await(&engine, &op), 1);
    engine_cancel(&engine, &op);
    CHECK_EQ(op.result, 1);
    CHECK_EQ(completions, 1);
}

static sem_t hold;
static int ran;

static int held(void *arg)
{
    (void)arg;
    ran++;
    while (sem_wait(&hold) != 0) {
    }
    return 7;
}

/* One worker: the first op occupies it, the second waits in the queue. */
static void queued_and_with_a_worker(void)
{
    nw_op with_worker, queued;

    completions = 0;
    nw_op_work(&with_worker, held, NULL);
    nw_op_work(&queued, held, NULL);
    submit(&with_worker);
    submit(&queued);
    engine_turn(&engine, 0);
    engine_cancel(&engine, &queued);
    CHECK_EQ(engine_await(&engine, &queued), -ECANCELED);
    sem_post(&hold);
    while (with_worker.state != NW__OP_DONE) {
        engine_cancel(&engine, &with_worker); /* its own result counts, once it runs */
        engine_turn(&engine, -1);
    }
    CHECK(with_worker.result == 7 || with_worker.result == -ECANCELED);
    if (with_worker.result != 7)
        sem_wait(&hold);
    CHECK_EQ(ran, with_worker.result == 7);
    CHECK_EQ(completions, 2);
}

int main(void)
{
    int fds[2];

    engine = engine_open_with(&(struct nw__backend_options){0}, 1);
    CHECK_SYS(pipe(fds));
    CHECK_EQ(sem_init(&hold, 0, 0), 0);
    before_the_kernel_sees_it(fds[0]);
    in_flight(fds[0]);
    race_with_data(fds[0], fds[1]);
    when_done(fds[0], fds[1]);
    queued_and_with_a_worker();
    engine_close(&engine);
    return 0;
}
