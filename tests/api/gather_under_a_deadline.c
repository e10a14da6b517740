/* SPDX-License-Identifier: MIT */
/* A deadline that passes in nw_gather cancels all that is left, joins it, and is what the call returns. */
#include "../support/runtime.h"

static int ended;

static int wait_and_count(void *arg)
{
    int rc = nw_sleep(*(int64_t *)arg);

    ended++;
    return rc;
}

static int first(void *arg)
{
    int64_t delays[] = {0, NW_FOREVER, NW_FOREVER, 0, NW_FOREVER};
    nw_task *tasks[5];
    nw_deadline deadline;

    (void)arg;
    for (int i = 0; i < 5; i++)
        tasks[i] = nw_spawn(wait_and_count, &delays[i]);
    nw_deadline_begin(&deadline, NW_MS(5));
    CHECK_EQ(nw_gather(tasks, 5), -ETIMEDOUT);
    CHECK_EQ(ended, 5);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
