/* SPDX-License-Identifier: MIT */
/* A closed channel takes nothing more, gives what it holds, and wakes all who wait on either side. */
#include "../support/runtime.h"

static int send_nine(void *channel)
{
    int nine = 9;

    return nw_channel_send(channel, &nine);
}

static int receive_one(void *channel)
{
    int item = 123, rc = nw_channel_receive(channel, &item);

    if (rc < 0)
        CHECK_EQ(item, 123); /* an output is untouched on failure */
    return rc;
}

static int first(void *arg)
{
    nw_channel *channel, *rendezvous;
    nw_task *tasks[3];
    int item = 1;

    (void)arg;
    CHECK_EQ(nw_channel_create(sizeof item, 2, &channel), 0);
    CHECK_EQ(nw_channel_send(channel, &(int){1}), 0);
    CHECK_EQ(nw_channel_send(channel, &(int){2}), 0);
    for (int i = 0; i < 3; i++)
        tasks[i] = nw_spawn(send_nine, channel);
    yield_all();
    nw_channel_close(channel);
    nw_channel_close(channel);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), NW_ECLOSED);
    CHECK_EQ(nw_channel_send(channel, &item), NW_ECLOSED);
    CHECK_EQ(nw_channel_try_send(channel, &item), NW_ECLOSED);
    CHECK_EQ(nw_channel_receive(channel, &item), 0);
    CHECK_EQ(item, 1);
    CHECK_EQ(nw_channel_try_receive(channel, &item), 0);
    CHECK_EQ(item, 2);
    CHECK_EQ(nw_channel_receive(channel, &item), NW_ECLOSED);
    CHECK_EQ(nw_channel_try_receive(channel, &item), NW_ECLOSED);
    CHECK_EQ(item, 2);
    nw_channel_destroy(channel);

    CHECK_EQ(nw_channel_create(sizeof item, 0, &rendezvous), 0);
    for (int i = 0; i < 3; i++)
        tasks[i] = nw_spawn(receive_one, rendezvous);
    yield_all();
    nw_channel_close(rendezvous);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), NW_ECLOSED);
    nw_channel_destroy(rendezvous);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
