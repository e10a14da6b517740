/* SPDX-License-Identifier: MIT */
/* ctest: timeout=180 */
/*
 * 200,000 ops of many kinds, started and cancelled at random points, each in memory of its own that is freed
 * as soon as it is done: nothing is done twice or never, and no byte or descriptor leaks.
 */
#include <poll.h>
#include <sys/socket.h>

#include "../support/engine.h"

#define OPS       200000
#define IN_FLIGHT 300
#define PIPES     8

struct job {
    nw_op op;
    char *data;
    int slot;
};

static struct engine engine;
static struct job *slots[IN_FLIGHT];
static int pipes[PIPES][2], file, started, ended;
static uint64_t seed = 88172645463325252u;

static unsigned roll(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % sides);
}

static int work(void *arg)
{
    (void)arg;
    return 3;
}

static void done(nw_op *op)
{
    struct job *job = op->user;
    int rc = op->result;

    if (op->kind == NW__OP_OPEN && rc >= 0)
        CHECK_SYS(close(rc));
    else if (op->kind == NW__OP_WORK)
        CHECK(rc == 3 || rc == -ECANCELED);
    else
        CHECK(rc >= 0 || rc == -ECANCELED || (op->kind == NW__OP_OPEN && rc == -ENOENT));
    slots[job->slot] = NULL;
    ended++;
    free(job->data);
    free(job);
}

static void prepare(struct job *job)
{
    int which = (int)roll(PIPES);

    switch (roll(7)) {
    case 0:
        nw_op_read(&job->op, pipes[which][0], job->data, 1 + roll(64), -1);
        break;
    case 1:
        nw_op_write(&job->op, pipes[which][1], job->data, 1 + roll(64), -1);
        break;
    case 2:
        nw_op_read(&job->op, file, job->data, 64, roll(4096));
        break;
    case 3:
        nw_op_poll(&job->op, pipes[which][0], POLLIN);
        break;
    case 4:
        nw_op_work(&job->op, work, NULL);
        break;
    case 5:
        nw_op_open(&job->op, AT_FDCWD, strcpy(job->data, roll(2) ? "file" : "nowhere"), O_RDONLY, 0);
        break;
    default:
        nw_op_write(&job->op, file, job->data, 64, roll(4096));
        break;
    }
    if (roll(2))
        job->op.flags |= NW__OP_NO_INLINE;
}

static void start(int slot)
{
    struct job *job = calloc(1, sizeof *job);

    CHECK(job && (job->data = calloc(1, 64)));
    prepare(job);
    job->slot = slot;
    job->op.user = job;
    job->op.done = done;
    slots[slot] = job;
    started++;
    engine_submit(&engine, &job->op);
}

static void cancel_some(unsigned sides)
{
    for (int i = 0; i < IN_FLIGHT; i++)
        if (slots[i] && roll(sides) == 0)
            engine_cancel(&engine, &slots[i]->op);
}

int main(void)
{
    static const char zeros[8192];

    engine = engine_open_with(&(struct nw__backend_options){.queue_entries = 16}, 3);
    check_enter_folder();
    check_write_file("file", zeros, sizeof zeros);
    file = CHECK_SYS(open("file", O_RDWR | O_CLOEXEC));
    for (int i = 0; i < PIPES; i++)
        CHECK_SYS(pipe2(pipes[i], O_CLOEXEC | (i % 2 ? O_NONBLOCK : 0)));
    int fds_before = check_open_fds();
    while (started < OPS) {
        for (unsigned n = roll(20); n > 0; n--) {
            int slot = (int)roll(IN_FLIGHT);
            if (!slots[slot])
                start(slot);
        }
        if (roll(3) == 0)
            cancel_some(1 + roll(10));
        engine_turn(&engine, 0);
    }
    cancel_some(1);
    engine_drain(&engine);
    CHECK_EQ(ended, started);
    CHECK_EQ(check_open_fds(), fds_before);
    engine_close(&engine);
    return 0;
}
