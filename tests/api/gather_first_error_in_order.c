/* SPDX-License-Identifier: MIT */
/* nw_gather returns the first error in the order of the array, not of time, and joins all in either case. */
#include "../support/runtime.h"

struct item {
    int64_t after_ns;
    int result;
    bool ended;
};

static int work(void *arg)
{
    struct item *item = arg;

    CHECK_EQ(nw_sleep(item->after_ns), 0);
    item->ended = true;
    return item->result;
}

static int first(void *arg)
{
    struct item items[] = {
        {NW_MS(3), 100, false}, {NW_MS(6), -EIO, false}, {0, -ENOENT, false}, {NW_MS(9), 5, false}};
    nw_task *tasks[4];

    (void)arg;
    for (int i = 0; i < 4; i++)
        tasks[i] = nw_spawn(work, &items[i]);
    CHECK_EQ(nw_gather(tasks, 4), -EIO);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(items[i].ended, true);
    for (int i = 0; i < 4; i++) {
        items[i].result = i;
        tasks[i] = nw_spawn(work, &items[i]);
    }
    CHECK_EQ(nw_gather(tasks, 4), 0);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
