/* SPDX-License-Identifier: MIT */
/* Every call that may wait says NW_ENOTASK outside a task; nothing crashes, nothing is started. */
#include "../support/runtime.h"

static void must_not_run(void *arg)
{
    (void)arg;
    check_fail(__FILE__, __LINE__, "called");
}

static void check_tasks(void)
{
    nw_deadline deadline;
    nw_shield shield;
    nw_group group;
    int item = 0, calls = 0;
    nw_counters counters;

    CHECK(!nw_spawn(task_count, &calls));
    CHECK_EQ(nw_await(NULL), NW_ENOTASK);
    CHECK_EQ(nw_gather(NULL, 0), NW_ENOTASK);
    CHECK(!nw_task_self());
    CHECK_EQ(nw_interrupted(), NW_ENOTASK);
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), NW_ENOTASK);
    nw_group_cancel(&group);
    CHECK_EQ(nw_group_finish(&group), NW_ENOTASK);
    CHECK_EQ(nw_each(&item, 1, sizeof item, 0, task_count), NW_ENOTASK);
    nw_deadline_begin(&deadline, 0);
    CHECK_EQ(nw_deadline_end(&deadline), NW_ENOTASK);
    CHECK_EQ(nw_timeout(NW_SEC(1), task_count, &calls), NW_ENOTASK);
    nw_shield_begin(&shield);
    nw_shield_end(&shield);
    CHECK_EQ(nw_defer(must_not_run, NULL), NW_ENOTASK);
    CHECK_EQ(nw_sleep(1), NW_ENOTASK);
    CHECK_EQ(nw_yield(), NW_ENOTASK);
    CHECK_EQ(nw_to_thread(task_count, &calls), NW_ENOTASK);
    CHECK(!nw_loop_current());
    CHECK_EQ(nw_loop_count(), 0);
    CHECK(!nw_loop_at(0));
    CHECK_EQ(nw_stats(NULL, &counters), NW_ENOTASK);
    nw_dump_tasks(stdout);
    CHECK_EQ(calls + item, 0);
    CHECK(nw_now() > 0);
}

static void check_primitives(void)
{
    const int numbers[] = {SIGUSR1};
    nw_signals *signals = NULL;
    nw_event event;
    nw_mutex mutex;
    nw_semaphore semaphore;
    nw_channel *channel;
    int item = 5;

    nw_event_init(&event);
    nw_mutex_init(&mutex);
    nw_semaphore_init(&semaphore, 1);
    CHECK_EQ(nw_channel_create(sizeof item, 1, &channel), 0);
    CHECK_EQ(nw_event_wait(&event), NW_ENOTASK);
    CHECK_EQ(nw_mutex_lock(&mutex), NW_ENOTASK);
    CHECK_EQ(nw_semaphore_wait(&semaphore), NW_ENOTASK);
    CHECK_EQ(nw_channel_send(channel, &item), NW_ENOTASK);
    CHECK_EQ(nw_channel_receive(channel, &item), NW_ENOTASK);
    CHECK_EQ(nw_signals_open(numbers, 1, &signals), NW_ENOTASK);
    CHECK(!signals);
    /* These never wait, and work anywhere. */
    nw_event_set(&event);
    CHECK_EQ(nw_event_try_wait(&event), 0);
    CHECK_EQ(nw_mutex_try_lock(&mutex), 0);
    CHECK_EQ(nw_mutex_try_lock(&mutex), -EBUSY);
    nw_mutex_unlock(&mutex);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), -EAGAIN);
    CHECK_EQ(nw_channel_try_send(channel, &item), 0);
    CHECK_EQ(nw_channel_try_send(channel, &item), -EAGAIN);
    CHECK_EQ(nw_channel_try_receive(channel, &item), 0);
    CHECK_EQ(item, 5);
    nw_channel_destroy(channel);
    nw_semaphore_finish(&semaphore);
    nw_mutex_finish(&mutex);
    nw_event_finish(&event);
}

static void check_ops(void)
{
    nw_op op;
    nw_op *ops[] = {&op};
    size_t index;
    char byte;

    nw_op_read(&op, STDIN_FILENO, &byte, 1, -1);
    CHECK_EQ(nw_op_submit(NULL, &op), -EINVAL);
    nw_op_cancel(&op);
    CHECK_EQ(nw_op_done(&op), false);
    CHECK_EQ(nw_wait_any(ops, 1, &index), NW_ENOTASK);
    CHECK_EQ(nw_wait_all(ops, 1), NW_ENOTASK);
}

int main(void)
{
    check_tasks();
    check_primitives();
    check_ops();
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    check_tasks(); /* a run that is over leaves nothing behind */
    return 0;
}
