/* SPDX-License-Identifier: MIT */
/* Several threads each call nw_run, again and again, at the same time; the runs know nothing of each other.
 */
#include "../support/runtime.h"
#include <pthread.h>

#define THREADS 6

static int body(void *arg)
{
    nw_task *tasks[10];
    int pipes[2], numbers[10];
    char byte;

    for (int i = 0; i < 10; i++) {
        numbers[i] = i;
        tasks[i] = nw_spawn(task_return_number, &numbers[i]);
    }
    CHECK_EQ(nw_loop_count(), 1);
    CHECK_EQ(nw_gather(tasks, 10), 0);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(write(pipes[1], "x", 1), 1);
    CHECK_EQ(read_fd(pipes[0], &byte, 1), 1);
    CHECK_EQ(nw_to_thread(task_return_number, arg), *(int *)arg);
    CHECK_EQ(nw_timeout(NW_US(200), task_sleep_forever, NULL), -ETIMEDOUT);
    close(pipes[0]);
    close(pipes[1]);
    return *(int *)arg;
}

static void *run_often(void *arg)
{
    for (int i = 0; i < scaled(200); i++)
        CHECK_EQ(nw_run(body, arg), *(int *)arg);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, run_often, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    return 0;
}
