/* SPDX-License-Identifier: MIT */
/*
 * A deadline that passes when its task is ready to run but has not yet: what the task waited for has come,
 * and is delivered; the next wait is told. One that passes while the task computes shows in
 * nw_deadline_end().
 */
#include "../support/runtime.h"

static void spin_for(int64_t ns)
{
    int64_t until = nw_now() + ns;

    while (nw_now() < until)
        ;
}

static int receive(void *arg)
{
    nw_deadline deadline;
    int item = 0;

    nw_deadline_begin(&deadline, NW_MS(2));
    CHECK_EQ(nw_channel_receive(arg, &item), 0);
    CHECK_EQ(item, 77);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    return item;
}

static int first(void *arg)
{
    nw_channel *channel;
    nw_deadline deadline;
    int item = 77;

    (void)arg;
    CHECK_EQ(nw_channel_create(sizeof item, 0, &channel), 0);
    nw_task *task = nw_spawn(receive, channel);
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_channel_send(channel, &item), 0); /* now it is ready */
    spin_for(NW_MS(5));                           /* and now its deadline has passed */
    CHECK_EQ(nw_await(task), 77);
    nw_channel_destroy(channel);

    nw_deadline_begin(&deadline, NW_MS(1));
    spin_for(NW_MS(2));
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_yield(), 0);

    nw_deadline_begin(&deadline, NW_MS(1));
    spin_for(NW_MS(2));
    CHECK_EQ(nw_sleep(NW_SEC(60)), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
