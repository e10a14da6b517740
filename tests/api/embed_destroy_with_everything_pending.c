/* SPDX-License-Identifier: MIT */
/* Destroying a loop cancels and joins its tasks, ends loose ops and leaves nothing open, hundreds of times.
 */
#include "../support/host.h"

static int pipes[2], ended;

static int stay(void *arg)
{
    char *buffer = malloc(64);
    nw_task *child = nw_spawn(task_sleep_forever, NULL);

    (void)arg;
    CHECK(buffer);
    CHECK_EQ(nw_fd_read(pipes[0], buffer, 64), -ECANCELED);
    free(buffer);
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), -ECANCELED);
    CHECK_EQ(nw_await(child), -ECANCELED);
    return task_count(&ended);
}

int main(void)
{
    int rounds = scaled(200), fds;
    nw_loop *loop;
    nw_op op;
    char byte;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    fds = check_open_fds();
    for (int round = 0; round < rounds; round++) {
        loop = NULL;
        CHECK_EQ(nw_loop_create(NULL, &loop), 0);
        for (int i = 0; i < 10; i++)
            CHECK_EQ(nw_loop_call(loop, stay, NULL), 0);
        nw_op_read(&op, pipes[0], &byte, 1, -1);
        CHECK_EQ(nw_op_submit(loop, &op), 0);
        for (int i = 0; i < round % 4; i++) /* from not at all begun to well on the way */
            CHECK(nw_loop_dispatch(loop) >= 0);
        nw_loop_destroy(loop);
        CHECK_EQ(ended, (round + 1) * 10);
        CHECK_EQ(nw_op_done(&op), true);
        CHECK_EQ(op.result, -ECANCELED);
    }
    CHECK_EQ(check_open_fds(), fds);
    return 0;
}
