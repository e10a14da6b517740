/* SPDX-License-Identifier: MIT */
/*
 * A task forks in the middle of operations. In the child every call returns an error, a fresh nw_run works
 * even there, and when the task returns nw_run gives NW_EFORKED; the parent's operations all come to their
 * end.
 *
 * ctest: no-tsan (it takes the child's threads for the parent's)
 */
#include "../support/runtime.h"

/* TSan takes the parent's threads for running ones in the child, too, and ends a child that starts its own.
 */
#ifdef RUNTIME_TSAN
#define CHILD_IS_UNDERSTOOD false
#else
#define CHILD_IS_UNDERSTOOD true
#endif

static bool in_child;
static nw_loop *parents_loop;
static int pipes[2], slow_begun;

static int work_afresh(void *arg)
{
    int own[2];
    char byte;

    CHECK_SYS(pipe2(own, O_CLOEXEC));
    CHECK_EQ(write(own[1], "c", 1), 1);
    CHECK_EQ(nw_fd_read(own[0], &byte, 1), 1);
    if (CHILD_IS_UNDERSTOOD)
        CHECK_EQ(nw_to_thread(task_return_number, arg), *(int *)arg);
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    CHECK_EQ(nw_fd_close(own[0]), 0);
    CHECK_EQ(nw_fd_close(own[1]), 0);
    return 0;
}

static void calls_fail_in_child(void)
{
    nw_counters counters;
    nw_op op;
    char byte;
    int calls = 0, five = 5;

    CHECK(nw_sleep(1) < 0);
    CHECK(nw_yield() < 0);
    CHECK(!nw_spawn(task_count, &calls));
    CHECK(nw_fd_read(pipes[0], &byte, 1) < 0);
    CHECK(nw_fd_open("/dev/null", O_RDONLY, 0) < 0);
    CHECK(nw_to_thread(task_count, &calls) < 0);
    nw_op_read(&op, pipes[0], &byte, 1, -1);
    CHECK(nw_op_submit(NULL, &op) < 0);
    CHECK_EQ(nw_op_submit(parents_loop, &op), NW_EFORKED);
    CHECK_EQ(nw_loop_call(parents_loop, task_count, &calls), NW_EFORKED);
    CHECK_EQ(nw_loop_dispatch(parents_loop), NW_EFORKED);
    CHECK(nw_stats(NULL, &counters) < 0);
    CHECK(nw_interrupted() < 0);
    CHECK_EQ(calls, 0);
    CHECK_EQ(nw_run(work_afresh, &five), 0);
    if (!CHILD_IS_UNDERSTOOD)
        check_end(0);
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, work_afresh, &five), 0);
}

static int read_pipe(void *arg)
{
    char byte = 0;
    ssize_t n = nw_fd_read(pipes[0], &byte, 1);

    (void)arg;
    CHECK_EQ(in_child, false);
    return n == 1 ? byte : (int)n;
}

static int slow(void *arg)
{
    (void)arg;
    CHECK_EQ(poll(NULL, 0, 20), 0);
    return 30;
}

static int call_slow(void *arg)
{
    slow_begun = 1;
    return nw_to_thread(slow, arg);
}

static int wait_for_child(void *arg)
{
    int status;

    CHECK_EQ(waitpid(*(pid_t *)arg, &status, 0), *(pid_t *)arg);
    return status;
}

static int fork_here(void *arg)
{
    nw_task *reader = nw_spawn(read_pipe, NULL), *caller = nw_spawn(call_slow, NULL);
    nw_task *sleeper = nw_spawn(task_sleep_forever, NULL);

    (void)arg;
    parents_loop = nw_loop_current();
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(slow_begun, 1);
    pid_t pid = fork_at_rest();
    if (pid == 0) {
        in_child = true;
        calls_fail_in_child();
        return 44;
    }
    CHECK_EQ(nw_to_thread(wait_for_child, &pid), 0);
    CHECK_EQ(nw_await(caller), 30);
    CHECK_EQ(nw_done(reader), false); /* the child took nothing away */
    CHECK_EQ(nw_fd_write(pipes[1], "p", 1), 1);
    CHECK_EQ(nw_await(reader), 'p');
    nw_cancel(sleeper);
    CHECK_EQ(nw_await(sleeper), -ECANCELED);
    return 45;
}

static int not_the_first(void *arg)
{
    int rc = nw_await(nw_spawn(fork_here, arg));

    CHECK_EQ(in_child, false);
    return rc;
}

static void run_and_fork(nw_task_fn *fn)
{
    int five = 5;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    slow_begun = 0;
    int rc = nw_run_with(&(nw_run_options){.queue_entries = 8}, fn, NULL);
    if (in_child) {
        CHECK_EQ(rc, NW_EFORKED);
        CHECK(!nw_loop_current());
        CHECK_EQ(nw_run(work_afresh, &five), 0);
        check_end(0);
    }
    CHECK_EQ(rc, 45);
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    int fds = check_open_fds();

    run_and_fork(fork_here);
    run_and_fork(not_the_first);
    CHECK_EQ(check_open_fds(), fds);
    return 0;
}
