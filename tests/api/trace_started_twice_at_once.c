/* SPDX-License-Identifier: MIT */
/* Of two tasks that start a trace at the same time, one gets it; the other one's file is not even made. */
#include "../support/runtime.h"

#include <nowait/debug.h>

static int start(void *arg)
{
    return nw_trace_start(arg);
}

static int first(void *arg)
{
    char paths[2][2] = {"a", "b"};
    nw_task *tasks[2] = {nw_spawn(start, paths[0]), nw_spawn(start, paths[1])};

    (void)arg;
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_trace_stop(), -EINVAL); /* not yet on */
    CHECK_EQ(nw_await(tasks[0]), 0);
    CHECK_EQ(nw_await(tasks[1]), -EBUSY);
    CHECK_EQ(access("b", F_OK), -1);
    CHECK_EQ(nw_trace_stop(), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
