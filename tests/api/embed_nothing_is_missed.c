/* SPDX-License-Identifier: MIT */
/*
 * Driven by a host that sleeps whenever the loop lets it, tasks of every kind get on: timers, pipes, files,
 * threads, calls from other threads, tasks that wake each other.
 */
#include "../support/host.h"
#include <pthread.h>

static int ended, rounds, called;
static nw_loop *loop;

static int with_timers(void *arg)
{
    (void)arg;
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_sleep(NW_US(300)), 0);
    return task_count(&ended);
}

static int with_pipe(void *arg)
{
    int *pipes = arg;
    char byte;

    for (int i = 0; i < rounds; i++) {
        CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
        CHECK_EQ(nw_fd_write(pipes[3], &byte, 1), 1);
    }
    return task_count(&ended);
}

static int with_files(void *arg)
{
    char data[4096] = "";

    (void)arg;
    for (int i = 0; i < rounds; i++) {
        int fd = nw_fd_open("file", O_RDWR | O_CREAT, 0666);
        CHECK(fd >= 0);
        CHECK_EQ(nw_fd_pwrite(fd, data, sizeof data, 0), sizeof data);
        CHECK_EQ(nw_fd_pread(fd, data, sizeof data, 0), sizeof data);
        CHECK_EQ(nw_fd_close(fd), 0);
    }
    return task_count(&ended);
}

static int with_threads(void *arg)
{
    (void)arg;
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0);
    return task_count(&ended);
}

static int with_yields(void *arg)
{
    (void)arg;
    for (int i = 0; i < rounds; i++) {
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_await(nw_spawn(task_return_zero, NULL)), 0);
    }
    return task_count(&ended);
}

static int with_deadlines(void *arg)
{
    (void)arg;
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_timeout(NW_US(200), task_sleep_forever, NULL), -ETIMEDOUT);
    return task_count(&ended);
}

static void *call_from_thread(void *arg)
{
    (void)arg;
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_loop_call(loop, task_count, &called), 0);
    return NULL;
}

int main(void)
{
    nw_task_fn *const bodies[] = {with_timers, with_files, with_threads, with_yields, with_deadlines};
    int there[2], back[2];
    pthread_t thread;

    rounds = scaled(500);
    check_enter_folder();
    CHECK_SYS(pipe2(there, O_CLOEXEC));
    CHECK_SYS(pipe2(back, O_CLOEXEC));
    int one_way[] = {there[0], there[1], back[0], back[1]},
        other_way[] = {back[0], back[1], there[0], there[1]};
    CHECK_EQ(write(there[1], "b", 1), 1);
    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK_EQ(nw_loop_timeout(loop), NW_FOREVER);
    int fd = nw_loop_fd(loop);
    CHECK_EQ(nw_loop_call(loop, with_pipe, one_way), 0);
    CHECK_EQ(nw_loop_call(loop, with_pipe, other_way), 0);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(nw_loop_call(loop, bodies[i], NULL), 0);
    CHECK_EQ(pthread_create(&thread, NULL, call_from_thread, NULL), 0);
    host_until(loop, &ended, 7);
    host_until(loop, &called, rounds);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(nw_loop_fd(loop), fd);
    nw_loop_destroy(loop);
    return 0;
}
