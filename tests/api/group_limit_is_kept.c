/* SPDX-License-Identifier: MIT */
/* Never more than the limit run at a time, however many spawn; whoever waits for a place gets it in turn. */
#include "../support/runtime.h"

#define LIMIT 3

static int running, most, done;
static nw_group group;

static int member(void *arg)
{
    (void)arg;
    if (++running > most)
        most = running;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_yield(), 0);
    running--;
    done++;
    return 0;
}

static int spawner(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++)
        CHECK_EQ(nw_group_spawn(&group, member, NULL), 0);
    return 0;
}

static int first(void *arg)
{
    nw_task *tasks[4];

    (void)arg;
    nw_group_init(&group, LIMIT);
    for (int i = 0; i < 4; i++)
        tasks[i] = nw_spawn(spawner, NULL);
    CHECK_EQ(nw_gather(tasks, 4), 0);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(most, LIMIT);
    CHECK_EQ(done, 200);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
