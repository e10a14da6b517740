/* SPDX-License-Identifier: MIT */
/*
 * When the first task returns, those that are left over are cancelled, and nw_run returns only when the last
 * of them has ended, handles given back or not, clean-up included.
 */
#include "../support/runtime.h"

static int ended, cleaned;

static void clean_up(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_MS(1)), 0); /* clean-up may wait: it is shielded */
    cleaned++;
}

static int leftover(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(clean_up, NULL), 0);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    ended++;
    return -ECANCELED;
}

static int parent_of_leftover(void *arg)
{
    nw_task *child = nw_spawn(leftover, NULL);

    (void)arg;
    return nw_await(child);
}

static int first(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        nw_detach(nw_spawn(leftover, NULL));
    for (int i = 0; i < 10; i++)
        CHECK(nw_spawn(leftover, NULL)); /* the handle is never given back */
    for (int i = 0; i < 10; i++)
        CHECK(nw_spawn(parent_of_leftover, NULL));
    CHECK_EQ(nw_yield(), 0);
    return 5;
}

static int first_at_once(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        CHECK(nw_spawn(leftover, NULL)); /* never ran before it is cancelled */
    return 6;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 5);
    CHECK_EQ(ended, 30);
    CHECK_EQ(cleaned, 30);
    CHECK_EQ(nw_run(first_at_once, NULL), 6);
    CHECK_EQ(ended, 40);
    CHECK_EQ(cleaned, 40);
    return 0;
}
