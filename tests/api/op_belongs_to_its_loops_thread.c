/* SPDX-License-Identifier: MIT */
/* Ops are submitted on their loop's thread: from another, also from another loop, -EINVAL; a cancel does
 * nothing. */
#include "../support/runtime.h"

static nw_loop *first_loop;
static nw_op op, pending;
static char byte;
static int pipe_fd;
static nw_event over;

static int submit_elsewhere(void *arg)
{
    (void)arg;
    nw_op_read(&op, pipe_fd, &byte, 1, -1);
    CHECK_EQ(nw_op_submit(first_loop, &op), -EINVAL);
    CHECK_EQ(nw_op_done(&op), false);
    nw_op_cancel(&pending);
    return 0;
}

static int submit_on_second_loop(void *arg)
{
    CHECK(nw_loop_current() && nw_loop_current() != first_loop);
    CHECK_EQ(submit_elsewhere(arg), 0);
    nw_event_set(&over);
    return 0;
}

static int first(void *arg)
{
    nw_op *list[] = {&pending};
    int pipes[2];

    (void)arg;
    first_loop = nw_loop_current();
    nw_event_init(&over);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    pipe_fd = pipes[0];
    nw_op_read(&pending, pipe_fd, &byte, 1, -1);
    CHECK_EQ(nw_op_submit(first_loop, &pending), 0);
    CHECK_EQ(nw_to_thread(submit_elsewhere, NULL), 0);
    CHECK_EQ(nw_loop_call(nw_loop_at(1), submit_on_second_loop, NULL), 0);
    CHECK_EQ(nw_event_wait(&over), 0);
    CHECK_EQ(write(pipes[1], "x", 1), 1);
    CHECK_EQ(nw_wait_all(list, 1), 0);
    CHECK_EQ(pending.result, 1); /* it was not cancelled from over there */
    close(pipes[0]);
    close(pipes[1]);
    nw_event_finish(&over);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    return 0;
}
