/* SPDX-License-Identifier: MIT */
/* Each task finds errno as it left it, whatever it waited for and whatever others did meanwhile. */
#include "../support/runtime.h"

static int spoil_errno(void *arg)
{
    (void)arg;
    errno = EXDEV;
    return 0;
}

/* Calls that end at once: there is no switch that would bring errno back. */
static void keep_errno_inline(int mine)
{
    nw_op op;
    nw_op *ops[] = {&op};
    struct stat status;
    char byte;

    nw_op_read(&op, -1, &byte, 1, -1);
    CHECK_EQ(nw_op_submit(NULL, &op), 0);
    CHECK_EQ(errno, mine);
    nw_op_cancel(&op);
    CHECK_EQ(errno, mine);
    CHECK(nw_wait_all(ops, 1) <= 0);
    CHECK_EQ(errno, mine);
    CHECK_EQ(nw_fd_read(-1, &byte, 1), -EBADF);
    CHECK_EQ(nw_fd_close(-1), -EBADF);
    CHECK_EQ(nw_fd_open("no such file", O_RDONLY, 0), -ENOENT);
    CHECK_EQ(nw_stat("no such file", &status), -ENOENT);
    CHECK_EQ(nw_exists("no such file"), 0);
    CHECK_EQ(nw_loop_call(NULL, NULL, NULL), -EINVAL);
    CHECK_EQ(errno, mine);
}

static int keep_errno(void *arg)
{
    int mine = *(int *)arg, pipes[2];
    char byte;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    for (int i = 0; i < 20; i++) {
        errno = mine;
        keep_errno_inline(mine);
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(errno, mine);
        CHECK_EQ(nw_sleep(NW_US(50)), 0);
        CHECK_EQ(errno, mine);
        nw_task *task = nw_spawn_with(&(nw_spawn_options){.stack_bytes = 128 * 1024}, spoil_errno, NULL);
        CHECK_EQ(errno, mine);
        CHECK_EQ(nw_await(task), 0);
        CHECK_EQ(errno, mine);
        CHECK_EQ(nw_to_thread(spoil_errno, NULL), 0);
        CHECK_EQ(errno, mine);
        CHECK_EQ(write(pipes[1], "x", 1), 1);
        CHECK_EQ(read_fd(pipes[0], &byte, 1), 1);
        CHECK_EQ(errno, mine);
        CHECK_EQ(read_fd(-1, &byte, 1), -EBADF); /* nor is an error reported through it */
        CHECK_EQ(errno, mine);
        CHECK_EQ(nw_timeout(NW_US(10), task_sleep_forever, NULL), -ETIMEDOUT);
        CHECK_EQ(errno, mine);
    }
    close(pipes[0]);
    close(pipes[1]);
    return 0;
}

static int first(void *arg)
{
    int numbers[30];
    nw_task *tasks[30];

    (void)arg;
    for (int i = 0; i < 30; i++) {
        numbers[i] = i + 1;
        tasks[i] = nw_spawn(keep_errno, &numbers[i]);
    }
    return nw_gather(tasks, 30);
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
