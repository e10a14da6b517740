/* SPDX-License-Identifier: MIT */
/*
 * 5,000 deadlines pass in one instant while 5,000 reads are pending in a queue of 8: all of them return
 * -ETIMEDOUT, none is lost, nothing hangs, and the pipes still work. Others were seen to hang here.
 */
#include "../support/runtime.h"

static int readers, started, timed_out;
static int pipes[2];

static int read_under_deadline(void *arg)
{
    nw_deadline deadline;
    char *byte = malloc(1);
    int64_t *until_ns = arg;

    CHECK(byte);
    started++;
    nw_deadline_begin(&deadline, *until_ns - nw_now());
    ssize_t n = read_fd(pipes[0], byte, 1);
    free(byte);
    CHECK_EQ(n, -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    timed_out++;
    return 0;
}

static int first(void *arg)
{
    nw_task **tasks = calloc((size_t)readers, sizeof *tasks);
    char bytes[3] = "";

    (void)arg;
    CHECK(tasks);
    for (int round = 0; round < 3; round++) {
        int64_t until_ns = nw_now() + NW_MS(200);
        started = timed_out = 0;
        for (int i = 0; i < readers; i++)
            tasks[i] = nw_spawn(read_under_deadline, &until_ns);
        CHECK_EQ(nw_gather(tasks, (size_t)readers), 0);
        CHECK_EQ(timed_out, readers);
        CHECK_EQ(tasks_alive(), 1);
    }
    CHECK_EQ(write(pipes[1], "on", 2), 2);
    CHECK_EQ(read_fd(pipes[0], bytes, 2), 2);
    CHECK_STR(bytes, "on");
    free(tasks);
    return 0;
}

int main(void)
{
    readers = scaled(5000);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    int fds = check_open_fds();
    CHECK_EQ(nw_run_with(&(nw_run_options){.queue_entries = 8}, first, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
    return 0;
}
