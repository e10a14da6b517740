/* SPDX-License-Identifier: MIT */
/* Arguments that make no sense give -EINVAL (NULL where a task is returned), and change nothing. */
#include "../support/runtime.h"

static int tasks_and_scopes(void)
{
    nw_group group;
    int items[2] = {0};
    nw_spawn_options huge = {.stack_bytes = SIZE_MAX}, odd = {.stack_bytes = (size_t)1 << 62};

    CHECK(!nw_spawn(NULL, NULL));
    CHECK(!nw_spawn_with(NULL, NULL, NULL));
    CHECK(!nw_spawn_with(&huge, task_return_zero, NULL));
    CHECK(!nw_spawn_with(&odd, task_return_zero, NULL));
    CHECK_EQ(nw_gather(NULL, 1), -EINVAL);
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, NULL, NULL), -EINVAL);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(nw_group_spawn(&group, task_return_zero, NULL), -EINVAL); /* it is finished */
    CHECK_EQ(nw_each(items, 2, sizeof items[0], 1, NULL), -EINVAL);
    CHECK_EQ(nw_each(NULL, 2, sizeof items[0], 1, task_return_zero), -EINVAL);
    CHECK_EQ(nw_each(NULL, 0, 0, 0, task_return_zero), 0);
    CHECK_EQ(nw_timeout(NW_SEC(1), NULL, NULL), -EINVAL);
    CHECK_EQ(nw_defer(NULL, NULL), -EINVAL);
    return 0;
}

static int channels_and_signals(void)
{
    nw_channel *channel = NULL;
    nw_signals *signals = NULL;
    int item = 0;
    const int kill_number[] = {SIGKILL}, none_such[] = {SIGUSR1, 65}, zero[] = {0};

    CHECK_EQ(nw_channel_create(0, 1, &channel), -EINVAL);
    CHECK_EQ(nw_channel_create(4, 1, NULL), -EINVAL);
    CHECK_EQ(nw_channel_create(SIZE_MAX / 2, 3, &channel), -ENOMEM);
    CHECK(!channel);
    CHECK_EQ(nw_channel_send(NULL, &item), -EINVAL);
    CHECK_EQ(nw_channel_receive(NULL, &item), -EINVAL);
    CHECK_EQ(nw_channel_try_send(NULL, &item), -EINVAL);
    CHECK_EQ(nw_channel_try_receive(NULL, &item), -EINVAL);
    nw_channel_close(NULL);
    nw_channel_destroy(NULL);
    CHECK_EQ(nw_signals_open(NULL, 1, &signals), -EINVAL);
    CHECK_EQ(nw_signals_open(kill_number, 0, &signals), -EINVAL);
    CHECK_EQ(nw_signals_open(kill_number, 1, &signals), -EINVAL);
    CHECK_EQ(nw_signals_open(none_such, 2, &signals), -EINVAL);
    CHECK_EQ(nw_signals_open(zero, 1, &signals), -EINVAL);
    CHECK(!signals);
    nw_signals_close(NULL);
    CHECK_EQ(nw_signals_next(NULL), -EINVAL);
    return 0;
}

static int loops_and_ops(void)
{
    nw_loop *loop = NULL;
    nw_op unprepared = {0};
    nw_op *none[] = {NULL}, *idle[] = {&unprepared};
    size_t index = 99;

    CHECK_EQ(nw_to_thread(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_loop_call(NULL, task_return_zero, NULL), -EINVAL);
    CHECK_EQ(nw_loop_call(nw_loop_current(), NULL, NULL), -EINVAL);
    CHECK_EQ(nw_run(task_return_zero, NULL), -EINVAL); /* a loop runs on this thread already */
    CHECK_EQ(nw_loop_create(NULL, &loop), -EINVAL);
    CHECK(!loop);
    CHECK_EQ(nw_loop_dispatch(nw_loop_current()), -EINVAL);
    CHECK_EQ(nw_loop_dispatch(NULL), -EINVAL);
    CHECK_EQ(nw_loop_fd(NULL), -EINVAL);
    CHECK(nw_loop_at(1) == NULL);
    CHECK_EQ(nw_stats(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_op_submit(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_op_submit(NULL, &unprepared), -EINVAL);
    nw_op_cancel(NULL);
    nw_op_cancel(&unprepared);
    CHECK_EQ(nw_op_done(NULL), false);
    CHECK_EQ(nw_wait_any(none, 1, &index), -EINVAL);
    CHECK_EQ(nw_wait_any(idle, 1, &index), -EINVAL);
    CHECK_EQ(nw_wait_any(idle, 0, &index), -EINVAL);
    CHECK_EQ(nw_wait_any(idle, 1, NULL), -EINVAL);
    CHECK_EQ(nw_wait_all(NULL, 1), -EINVAL);
    CHECK_EQ(nw_wait_all(idle, 1), -EINVAL);
    CHECK_EQ(nw_wait_all(NULL, 0), 0);
    CHECK_EQ(index, 99);
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    tasks_and_scopes();
    channels_and_signals();
    loops_and_ops();
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    nw_loop_destroy(NULL);
    CHECK_EQ(nw_run(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_loop_create(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
