/* SPDX-License-Identifier: MIT */
/* nw_run returns what its function returned; a thousand runs in a row leave no descriptor and no thread. */
#include "../support/runtime.h"

/* A checker may have a thread of its own. */
static int threads_now(void)
{
    return check_count_entries("/proc/self/task");
}

int main(void)
{
    int threads = threads_now();
    int values[] = {0, 1, INT_MAX, -1, -EIO, NW_ECLOSED, INT_MIN};

    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    int fds = check_open_fds();
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        CHECK_EQ(nw_run(task_return_number, &values[i]), values[i]);
    for (int i = 0; i < scaled(1000); i++)
        CHECK_EQ(nw_run(task_return_number, &i), i);
    CHECK_EQ(check_open_fds(), fds);
    CHECK_EQ(threads_now(), threads);
    return 0;
}
