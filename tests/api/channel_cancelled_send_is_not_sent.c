/* SPDX-License-Identifier: MIT */
/*
 * Senders and receivers are cancelled at random: what was sent (0) is received once, what was not is never
 * received, and no item goes to a receiver that reports an error.
 */
#include "../support/runtime.h"

#define ITEMS_MAX 20000

static nw_channel *channel;
static bool sent[ITEMS_MAX], got[ITEMS_MAX];
static int next_item, items;

static int sender(void *arg)
{
    int item = *(int *)arg, rc;

    rc = nw_channel_send(channel, &item);
    sent[item] = rc == 0;
    return 0;
}

static int receiver(void *arg)
{
    int item = -1;

    (void)arg;
    if (nw_channel_receive(channel, &item) == 0) {
        CHECK_EQ(got[item], false);
        got[item] = true;
    } else {
        CHECK_EQ(item, -1);
    }
    return 0;
}

static void one_round(void)
{
    enum { TASKS = 32 };
    nw_task *tasks[TASKS];
    int numbers[TASKS];

    for (int i = 0; i < TASKS; i++) {
        bool sends = random_below(2) && next_item < items;
        numbers[i] = sends ? next_item++ : 0;
        tasks[i] = nw_spawn(sends ? sender : receiver, &numbers[i]);
        if (random_below(4) == 0)
            CHECK_EQ(nw_yield(), 0);
        if (random_below(2))
            nw_cancel(tasks[random_below((unsigned)i + 1)]);
    }
    yield_all();
    for (int i = 0; i < TASKS; i++)
        nw_cancel(tasks[i]);
    CHECK_EQ(nw_gather(tasks, TASKS), 0);
}

static int first(void *arg)
{
    int item;

    (void)arg;
    for (size_t capacity = 0; capacity < 3; capacity++) {
        memset(sent, 0, sizeof sent);
        memset(got, 0, sizeof got);
        next_item = 0;
        CHECK_EQ(nw_channel_create(sizeof item, capacity, &channel), 0);
        while (next_item < items)
            one_round();
        while (nw_channel_try_receive(channel, &item) == 0) {
            CHECK_EQ(got[item], false);
            got[item] = true;
        }
        CHECK_MEM(got, sent, sizeof sent);
        nw_channel_destroy(channel);
    }
    return 0;
}

int main(void)
{
    random_seed();
    items = scaled(ITEMS_MAX);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
