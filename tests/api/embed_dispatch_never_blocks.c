/* SPDX-License-Identifier: MIT */
/*
 * Dispatch with nothing to do returns at once, whatever is pending: the timeout says how long the host may
 * sleep, and the descriptor is not readable before something has happened.
 */
#include "../support/host.h"

static int pipes[2], woken;

static int wait_for_pipe(void *arg)
{
    char byte;

    CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
    return task_count(arg);
}

static int wait_an_hour(void *arg)
{
    int rc = nw_sleep(NW_SEC(3600));

    (void)arg;
    CHECK_EQ(rc, -ECANCELED);
    return rc;
}

static bool readable(const nw_loop *loop)
{
    struct pollfd loop_fd = {.fd = nw_loop_fd(loop), .events = POLLIN};

    return CHECK_SYS(poll(&loop_fd, 1, 0)) > 0;
}

/* Until the loop has nothing more to do by itself. */
static void settle(nw_loop *loop)
{
    do
        CHECK(nw_loop_dispatch(loop) >= 0);
    while (nw_loop_timeout(loop) == 0 || readable(loop));
}

static int loop_in_a_task(void *arg)
{
    nw_loop *second = NULL;

    CHECK_EQ(nw_loop_dispatch(arg), -EINVAL);
    CHECK_EQ(nw_loop_create(NULL, &second), -EINVAL);
    CHECK_EQ(nw_run(task_return_zero, NULL), -EINVAL);
    CHECK_EQ(nw_loop_count(), 1);
    CHECK(nw_loop_at(0) == arg);
    CHECK(!nw_loop_at(1));
    return 0;
}

static int dispatch_from_thread(void *arg)
{
    return nw_loop_dispatch(arg);
}

static int wrong_thread(void *arg)
{
    CHECK_EQ(nw_to_thread(dispatch_from_thread, arg), -EINVAL);
    return task_count(&woken);
}

int main(void)
{
    nw_loop *loop = NULL, *second = NULL;

    alarm(30); /* a dispatch that blocks ends here */
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK_EQ(nw_loop_create(NULL, &second), -EINVAL);
    CHECK_EQ(nw_run(task_return_zero, NULL), -EINVAL);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(nw_loop_dispatch(loop), 0);
    CHECK_EQ(nw_loop_call(loop, loop_in_a_task, loop), 0);
    CHECK_EQ(nw_loop_call(loop, wrong_thread, loop), 0);
    host_until(loop, &woken, 1);
    woken = 0;
    CHECK_EQ(nw_loop_call(loop, wait_for_pipe, &woken), 0);
    CHECK(readable(loop) || nw_loop_timeout(loop) == 0);
    settle(loop);
    CHECK_EQ(nw_loop_timeout(loop), NW_FOREVER);
    CHECK_EQ(nw_loop_call(loop, wait_an_hour, NULL), 0);
    settle(loop);
    CHECK(nw_loop_timeout(loop) > NW_SEC(3500) && nw_loop_timeout(loop) <= NW_SEC(3600));
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(nw_loop_dispatch(loop), 2);
    CHECK_EQ(readable(loop), false);
    CHECK_EQ(write(pipes[1], "x", 1), 1);
    host_until(loop, &woken, 1);
    nw_loop_destroy(loop); /* the sleeper is cancelled and joined */
    CHECK(!nw_loop_current());
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    return 0;
}
