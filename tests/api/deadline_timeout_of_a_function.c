/* SPDX-License-Identifier: MIT */
/* nw_timeout returns what the function returned, and -ETIMEDOUT when time ended it; it leaves no trace. */
#include "../support/runtime.h"

static int finish_in_spite(void *arg)
{
    CHECK_EQ(nw_sleep(NW_FOREVER), -ETIMEDOUT);
    return *(int *)arg;
}

static int nested(void *arg)
{
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    CHECK_EQ(nw_sleep(NW_US(10)), 0);
    return *(int *)arg;
}

static int read_forever(void *arg)
{
    char byte;

    return (int)read_fd(*(int *)arg, &byte, 1);
}

static int first(void *arg)
{
    int five = 5, pipes[2];

    (void)arg;
    CHECK_EQ(nw_timeout(NW_SEC(60), task_return_number, &five), 5);
    CHECK_EQ(nw_timeout(0, task_return_number, &five), 5);
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    CHECK_EQ(nw_timeout(0, task_sleep_forever, NULL), -ETIMEDOUT);
    CHECK_EQ(nw_timeout(NW_MS(1), finish_in_spite, &five), 5);
    CHECK_EQ(nw_timeout(NW_SEC(60), nested, &five), 5);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_timeout(NW_MS(1), read_forever, &pipes[0]), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
    close(pipes[0]);
    close(pipes[1]);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
