/* SPDX-License-Identifier: MIT */
/* A mutex goes to whoever waited longest; the holder cannot take it again; cancelled waiters are passed over.
 */
#include "../support/runtime.h"

static nw_mutex mutex;
static char order[16];
static size_t order_size;
static bool inside;

static int lock_and_note(void *arg)
{
    int rc = nw_mutex_lock(&mutex);

    if (rc < 0)
        return rc;
    CHECK_EQ(inside, false);
    inside = true;
    order[order_size++] = *(const char *)arg;
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_mutex_lock(&mutex), -EDEADLK);
    inside = false;
    nw_mutex_unlock(&mutex);
    return 0;
}

static int lock_in_time(void *arg)
{
    return nw_timeout(NW_MS(1), lock_and_note, arg);
}

static int first(void *arg)
{
    char letters[] = "abcdef";
    nw_task *tasks[6];

    (void)arg;
    nw_mutex_init(&mutex);
    CHECK_EQ(nw_mutex_lock(&mutex), 0);
    for (int i = 0; i < 6; i++)
        tasks[i] = nw_spawn(i == 3 ? lock_in_time : lock_and_note, &letters[i]);
    yield_all();
    nw_cancel(tasks[1]);
    CHECK_EQ(nw_await(tasks[3]), -ETIMEDOUT);
    CHECK_EQ(nw_await(tasks[1]), -ECANCELED);
    nw_mutex_unlock(&mutex);
    CHECK_EQ(nw_mutex_try_lock(&mutex), -EBUSY); /* it was handed over: nobody overtakes */
    CHECK_EQ(nw_await(tasks[5]), 0);
    CHECK_STR(order, "acef");
    CHECK_EQ(nw_await(tasks[0]), 0);
    CHECK_EQ(nw_await(tasks[2]), 0);
    CHECK_EQ(nw_await(tasks[4]), 0);
    CHECK_EQ(nw_mutex_try_lock(&mutex), 0);
    nw_mutex_unlock(&mutex);
    nw_mutex_finish(&mutex);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
