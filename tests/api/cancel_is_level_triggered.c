/* SPDX-License-Identifier: MIT */
/* Once a task is cancelled, every wait in it returns -ECANCELED, again and again, and starts nothing. */
#include "../support/runtime.h"

static void waits_of_tasks(void)
{
    nw_group group;
    int calls = 0;

    CHECK_EQ(nw_interrupted(), -ECANCELED);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    CHECK_EQ(nw_sleep(0), -ECANCELED);
    CHECK_EQ(nw_sleep(-1), -ECANCELED);
    CHECK_EQ(nw_yield(), -ECANCELED);
    CHECK_EQ(nw_await(nw_spawn(task_sleep_forever, NULL)), -ECANCELED);
    CHECK_EQ(nw_to_thread(task_count, &calls), -ECANCELED);
    nw_group_init(&group, 1);
    CHECK_EQ(nw_group_spawn(&group, task_count, &calls), -ECANCELED);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(nw_each(&calls, 1, sizeof calls, 0, task_count), -ECANCELED);
    CHECK_EQ(nw_timeout(NW_SEC(60), task_sleep_forever, NULL), -ECANCELED);
    CHECK_EQ(calls, 0);
}

static void waits_of_primitives(nw_channel *full, nw_channel *empty)
{
    nw_event event;
    nw_mutex mutex;
    nw_semaphore semaphore;
    int item = 1;

    nw_event_init(&event);
    nw_mutex_init(&mutex);
    nw_semaphore_init(&semaphore, 1);
    nw_event_set(&event);
    CHECK_EQ(nw_event_wait(&event), -ECANCELED);
    CHECK_EQ(nw_mutex_lock(&mutex), -ECANCELED);
    CHECK_EQ(nw_mutex_try_lock(&mutex), 0); /* so it was not held */
    nw_mutex_unlock(&mutex);
    CHECK_EQ(nw_semaphore_wait(&semaphore), -ECANCELED);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0); /* nor was this taken */
    CHECK_EQ(nw_channel_send(full, &item), -ECANCELED);
    CHECK_EQ(nw_channel_receive(empty, &item), -ECANCELED);
    CHECK_EQ(nw_channel_send(empty, &item), -ECANCELED);
    CHECK_EQ(nw_channel_try_receive(empty, &item), -EAGAIN); /* an error, so it was not sent */
    nw_semaphore_finish(&semaphore);
    nw_mutex_finish(&mutex);
    nw_event_finish(&event);
}

static void waits_of_ops(int pipe_fd)
{
    nw_op op;
    nw_op *ops[] = {&op};
    size_t index = 9;
    char byte = 'x';

    CHECK_EQ(read_fd(pipe_fd, &byte, 1), -ECANCELED);
    nw_op_poll(&op, pipe_fd, POLLPRI); /* which never comes */
    CHECK_EQ(nw_op_submit(NULL, &op), 0);
    CHECK_EQ(nw_wait_any(ops, 1, &index), -ECANCELED);
    CHECK_EQ(index, 9);
    CHECK_EQ(nw_wait_all(ops, 1), -ECANCELED);
    CHECK_EQ(op.result, -ECANCELED);
}

struct scene {
    nw_channel *full, *empty;
    int pipe_fd;
};

static int cancelled_task(void *arg)
{
    struct scene *scene = arg;

    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    for (int i = 0; i < 3; i++) {
        waits_of_tasks();
        waits_of_primitives(scene->full, scene->empty);
        waits_of_ops(scene->pipe_fd);
    }
    return 11;
}

static int first(void *arg)
{
    struct scene scene;
    int pipes[2], item = 0;

    (void)arg;
    CHECK_SYS(pipe(pipes));
    CHECK_EQ(write(pipes[1], "y", 1), 1);
    scene.pipe_fd = pipes[0];
    CHECK_EQ(nw_channel_create(sizeof item, 1, &scene.full), 0);
    CHECK_EQ(nw_channel_create(sizeof item, 1, &scene.empty), 0);
    CHECK_EQ(nw_channel_send(scene.full, &item), 0);
    nw_task *task = nw_spawn(cancelled_task, &scene);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 11); /* the result that it reached all the same */
    CHECK_EQ(nw_interrupted(), 0);
    CHECK_EQ(read_fd(pipes[0], &item, 1), 1); /* the byte is still there */
    nw_channel_destroy(scene.full);
    nw_channel_destroy(scene.empty);
    close(pipes[0]);
    close(pipes[1]);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
