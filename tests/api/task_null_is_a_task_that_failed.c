/* SPDX-License-Identifier: MIT */
/* NULL in place of a task is one that failed for lack of memory, to every call that takes a task. */
#include "../support/runtime.h"

static int first(void *arg)
{
    int seven = 7;
    nw_task *tasks[3] = {nw_spawn(task_return_number, &seven), NULL, nw_spawn(task_return_zero, NULL)};

    (void)arg;
    CHECK_EQ(nw_await(NULL), -ENOMEM);
    CHECK_EQ(nw_gather(tasks, 3), -ENOMEM);
    CHECK_EQ(tasks_alive(), 1); /* the other two were joined all the same */
    CHECK_EQ(nw_gather(NULL, 0), 0);
    nw_cancel(NULL);
    nw_detach(NULL);
    CHECK_EQ(nw_done(NULL), true);
    CHECK_STR(nw_task_name(NULL), "");
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
