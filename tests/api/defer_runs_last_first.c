/* SPDX-License-Identifier: MIT */
/* Deferred calls run at the task's end, the last first, also when it is cancelled, and they may wait. */
#include "../support/runtime.h"

static char order[16], alphabet[] = "abcdefghijklmnopqrstuvwxyz";
static size_t order_size;

static char *letter(char c)
{
    return &alphabet[c - 'a'];
}

static void note(void *arg)
{
    order[order_size++] = *(const char *)arg;
}

static void note_after_waiting(void *arg)
{
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0);
    note(arg);
}

static void defer_another(void *arg)
{
    CHECK_EQ(nw_defer(note, arg), 0);
    note(arg);
}

static int ordinary(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(note, letter('a')), 0);
    CHECK_EQ(nw_defer(note_after_waiting, letter('b')), 0);
    CHECK_EQ(nw_defer(defer_another, letter('c')), 0);
    return 0;
}

static int cancelled(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(note_after_waiting, letter('d')), 0);
    CHECK_EQ(nw_defer(note_after_waiting, letter('e')), 0);
    return nw_sleep(NW_FOREVER);
}

static int first(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(note, letter('z')), 0);
    CHECK_EQ(nw_await(nw_spawn(ordinary, NULL)), 0);
    CHECK_STR(order, "ccba");
    nw_task *task = nw_spawn(cancelled, NULL);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_STR(order, "ccbaed");
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_STR(order, "ccbaedz");
    return 0;
}
