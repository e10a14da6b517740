/* SPDX-License-Identifier: MIT */
/* A spawned task first runs when its spawner waits, in the order of spawning; its name and end can be seen.
 */
#include "../support/runtime.h"

static char order[8];
static size_t order_size;

static int note(void *arg)
{
    order[order_size++] = *(const char *)arg;
    return 0;
}

static int first(void *arg)
{
    char letters[] = "abc";
    nw_task *tasks[3];

    (void)arg;
    for (int i = 0; i < 3; i++)
        tasks[i] = nw_spawn_with(&(nw_spawn_options){.name = "noter"}, note, &letters[i]);
    CHECK_STR(order, "");
    CHECK_EQ(nw_done(tasks[0]), false);
    CHECK_STR(nw_task_name(tasks[0]), "noter");
    CHECK_STR(nw_task_name(nw_task_self()), "");
    CHECK_EQ(nw_yield(), 0);
    CHECK_STR(order, "abc");
    CHECK_EQ(nw_done(tasks[2]), true);
    CHECK_EQ(nw_gather(tasks, 3), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
