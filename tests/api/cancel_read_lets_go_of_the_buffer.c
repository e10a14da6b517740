/* SPDX-License-Identifier: MIT */
/* A cancelled read of a pipe has let go of its buffer when it returns, and takes nothing from the pipe. */
#include "../support/runtime.h"

static int read_into_heap(void *arg)
{
    char *buffer = malloc(4096);
    ssize_t n;

    CHECK(buffer);
    n = read_fd(*(int *)arg, buffer, 4096);
    memset(buffer, 0xa5, 4096);
    free(buffer);
    return (int)n;
}

static int first(void *arg)
{
    enum { READERS = 64 };
    nw_task *tasks[READERS];
    int pipes[2];
    char text[8] = "";

    (void)arg;
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    for (int round = 0; round < scaled(50); round++) {
        for (int i = 0; i < READERS; i++)
            tasks[i] = nw_spawn(read_into_heap, &pipes[0]);
        if (round & 1)
            CHECK_EQ(nw_sleep(NW_US(50)), 0);
        else
            CHECK_EQ(nw_yield(), 0);
        for (int i = 0; i < READERS; i++)
            nw_cancel(tasks[i]);
        for (int i = 0; i < READERS; i++)
            CHECK_EQ(nw_await(tasks[i]), -ECANCELED);
    }
    CHECK_EQ(write(pipes[1], "intact", 6), 6);
    CHECK_EQ(read_fd(pipes[0], text, sizeof text), 6);
    CHECK_MEM(text, "intact", 6);
    close(pipes[0]);
    close(pipes[1]);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
