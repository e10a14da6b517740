/* SPDX-License-Identifier: MIT */
/*
 * More than any queue holds: 10,000 reads in flight through a submission queue of 8 entries, all completing
 * in one turn; then 5,000 in flight, all cancelled in one instant, half of them twice.
 */
#include "../support/engine.h"

#define READS   10000
#define CANCELS 5000

static struct engine engine;
static nw_op ops[READS];
static char bytes[READS];
static unsigned completions;

static void count(nw_op *op)
{
    (void)op;
    completions++;
}

static void start(int fd, unsigned n)
{
    completions = 0;
    for (unsigned i = 0; i < n; i++) {
        nw_op_read(&ops[i], fd, &bytes[i], 1, -1);
        ops[i].done = count;
        engine_submit(&engine, &ops[i]);
    }
    CHECK_EQ(engine.backend->in_flight, n);
    engine_turn(&engine, 0);
    CHECK_EQ(completions, 0);
}

static void all_complete_at_once(int fd, int peer)
{
    unsigned sums[2] = {0};
    static char sent[READS];

    start(fd, READS);
    for (unsigned i = 0; i < READS; i++)
        sums[0] += (unsigned char)(sent[i] = (char)(i * 7));
    CHECK_EQ(write(peer, sent, READS), READS);
    engine_drain(&engine);
    CHECK_EQ(completions, READS);
    for (unsigned i = 0; i < READS; i++) {
        CHECK_EQ(ops[i].result, 1);
        sums[1] += (unsigned char)bytes[i];
    }
    CHECK_EQ(sums[1], sums[0]); /* every byte has come, once */
}

static void all_cancelled_at_once(int fd)
{
    start(fd, CANCELS);
    for (unsigned i = 0; i < CANCELS; i++)
        engine_cancel(&engine, &ops[i]);
    for (unsigned i = 0; i < CANCELS; i += 2)
        engine_cancel(&engine, &ops[i]);
    CHECK_EQ(completions, 0);
    engine_drain(&engine);
    CHECK_EQ(completions, CANCELS);
    for (unsigned i = 0; i < CANCELS; i++)
        CHECK_EQ(ops[i].result, -ECANCELED);
}

static nw_op_fn cancel_next;

/* Each op, when done, cancels the one after it: 5,000 deep if it were recursion. */
static void cancel_next(nw_op *op)
{
    nw_op *next = op + 1;

    completions++;
    if (next < &ops[CANCELS])
        engine_cancel(&engine, next);
}

static void each_cancels_the_next(int fd)
{
    start(fd, CANCELS);
    for (unsigned i = 0; i < CANCELS; i++)
        ops[i].done = cancel_next;
    engine_cancel(&engine, &ops[0]);
    engine_drain(&engine);
    CHECK_EQ(completions, CANCELS);
}

int main(void)
{
    int fds[2];

    engine = engine_open_with(&(struct nw__backend_options){.queue_entries = 8}, 1);
    CHECK_SYS(pipe(fds));
    all_complete_at_once(fds[0], fds[1]);
    all_cancelled_at_once(fds[0]);
    each_cancels_the_next(fds[0]);
    CHECK_EQ(write(fds[1], "z", 1), 1); /* the pipe is nobody's: nothing took a byte after its cancel */
    CHECK_EQ(read(fds[0], bytes, sizeof bytes), 1);
    engine_close(&engine);
    return 0;
}
