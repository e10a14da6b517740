/* SPDX-License-Identifier: MIT */
/* Items come out once each, in the order of each sender, whatever the capacity, and big items come out whole.
 */
#include "../support/runtime.h"

struct item {
    int sender, number;
    char filling[200];
};

static nw_channel *channel;
static int per_sender, received;

static int send_all(void *arg)
{
    struct item item = {.sender = *(int *)arg};

    for (item.number = 0; item.number < per_sender; item.number++) {
        memset(item.filling, item.number, sizeof item.filling);
        CHECK_EQ(nw_channel_send(channel, &item), 0);
        if (item.number % 7 == item.sender)
            CHECK_EQ(nw_yield(), 0);
    }
    return 0;
}

static int receive_all(void *arg)
{
    int next[4] = {0}, rc;
    struct item item, expected;

    (void)arg;
    while ((rc = nw_channel_receive(channel, &item)) == 0) {
        CHECK_EQ(item.number >= next[item.sender], true);
        next[item.sender] = item.number + 1;
        memset(expected.filling, item.number, sizeof expected.filling);
        CHECK_MEM(item.filling, expected.filling, sizeof item.filling);
        received++;
    }
    return rc;
}

static void with_capacity(size_t capacity, int receivers)
{
    int senders[4] = {0, 1, 2, 3};
    nw_task *sending[4], *receiving[3];

    received = 0;
    CHECK_EQ(nw_channel_create(sizeof(struct item), capacity, &channel), 0);
    for (int i = 0; i < receivers; i++)
        receiving[i] = nw_spawn(receive_all, NULL);
    for (int i = 0; i < 4; i++)
        sending[i] = nw_spawn(send_all, &senders[i]);
    CHECK_EQ(nw_gather(sending, 4), 0);
    nw_channel_close(channel);
    for (int i = 0; i < receivers; i++)
        CHECK_EQ(nw_await(receiving[i]), NW_ECLOSED);
    CHECK_EQ(received, 4 * per_sender);
    nw_channel_destroy(channel);
}

static int first(void *arg)
{
    (void)arg;
    per_sender = scaled(2000);
    for (int receivers = 1; receivers <= 3; receivers++) {
        with_capacity(0, receivers);
        with_capacity(1, receivers);
        with_capacity(3, receivers);
        with_capacity(100, receivers);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
