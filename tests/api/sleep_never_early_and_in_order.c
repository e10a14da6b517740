/* SPDX-License-Identifier: MIT */
/* A sleeper never wakes early, and no sleeper wakes before one that was surely due earlier. */
#include "../support/runtime.h"

#define SLEEPERS 2000

/* When a sleeper is due: not before `low`; and not after `high`, by the clock that its successor read. */
static struct sleeper {
    int64_t at_ns, after_ns, low_ns, high_ns;
} sleepers[SLEEPERS];
static struct sleeper *order[SLEEPERS];
static int ended;

static int sleep_until_due(void *arg)
{
    static struct sleeper *previous;
    struct sleeper *self = arg;
    int64_t now_ns = nw_now();

    if (previous)
        previous->high_ns = now_ns + previous->after_ns;
    previous = self;
    self->after_ns = self->at_ns > now_ns ? self->at_ns - now_ns : 1;
    self->low_ns = now_ns + self->after_ns;
    self->high_ns = NW_FOREVER;
    CHECK_EQ(nw_sleep(self->after_ns), 0);
    CHECK(nw_now() >= self->low_ns);
    order[ended++] = self;
    return 0;
}

static int first(void *arg)
{
    static nw_task *tasks[SLEEPERS];
    int64_t begin_ns = nw_now() + NW_SEC(1);

    (void)arg;
    for (int i = 0; i < SLEEPERS; i++) {
        sleepers[i].at_ns = begin_ns + NW_US(100) * random_below(500);
        tasks[i] = nw_spawn(sleep_until_due, &sleepers[i]);
    }
    CHECK_EQ(nw_gather(tasks, SLEEPERS), 0);
    CHECK_EQ(ended, SLEEPERS);
    for (int i = 1; i < SLEEPERS; i++)
        CHECK(order[i - 1]->low_ns <= order[i]->high_ns);
    return 0;
}

int main(void)
{
    random_seed();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
