/* SPDX-License-Identifier: MIT */
/*
 * A million items go through a chain of channels across four loops and come out in order, none lost; so do
 * fewer where each is handed over in person.
 */
#include "../support/runtime.h"

#define LOOPS 4

static nw_channel *channels[LOOPS];
static nw_event ended[LOOPS];
static int items;

struct stage {
    unsigned index;
    nw_loop *loop;
};

static struct stage stages[LOOPS];

static int pass_on(void *arg)
{
    struct stage *stage = arg;
    int item, rc;

    CHECK(nw_loop_current() == stage->loop);
    CHECK_EQ(nw_loop_count(), LOOPS);
    while ((rc = nw_channel_receive(channels[stage->index - 1], &item)) == 0) {
        item++;
        CHECK_EQ(nw_channel_send(channels[stage->index], &item), 0);
    }
    CHECK_EQ(rc, NW_ECLOSED);
    nw_channel_close(channels[stage->index]);
    nw_event_set(&ended[stage->index]);
    return 0;
}

static int feed(void *arg)
{
    (void)arg;
    for (int i = 0; i < items; i++)
        CHECK_EQ(nw_channel_send(channels[0], &i), 0);
    nw_channel_close(channels[0]);
    return 0;
}

static int pass_through(int count, size_t capacity)
{
    int item, rc, next = 0;

    items = count;
    for (unsigned i = 0; i < LOOPS; i++) {
        CHECK_EQ(nw_channel_create(sizeof item, capacity, &channels[i]), 0);
        nw_event_init(&ended[i]);
    }
    for (unsigned i = 1; i < LOOPS; i++) {
        stages[i] = (struct stage){i, nw_loop_at(i)};
        CHECK(stages[i].loop && stages[i].loop != nw_loop_current());
        CHECK_EQ(nw_loop_call(stages[i].loop, pass_on, &stages[i]), 0);
    }
    nw_task *feeder = nw_spawn(feed, NULL);
    while ((rc = nw_channel_receive(channels[LOOPS - 1], &item)) == 0) {
        CHECK_EQ(item, next + LOOPS - 1);
        next++;
    }
    CHECK_EQ(rc, NW_ECLOSED);
    CHECK_EQ(next, items);
    CHECK_EQ(nw_await(feeder), 0);
    for (unsigned i = 1; i < LOOPS; i++)
        CHECK_EQ(nw_event_wait(&ended[i]), 0);
    for (unsigned i = 0; i < LOOPS; i++) {
        nw_channel_destroy(channels[i]);
        nw_event_finish(&ended[i]);
    }
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    CHECK_EQ(pass_through(scaled(1000000), 1024), 0);
    CHECK_EQ(pass_through(scaled(20000), 0), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = LOOPS}, first, NULL), 0);
    return 0;
}
