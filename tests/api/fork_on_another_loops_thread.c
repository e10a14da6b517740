/* SPDX-License-Identifier: MIT */
/* ctest: no-valgrind */
/*
 * A task of the second loop forks. The child has no nw_run to return to: its task may work afresh and leave,
 * or return, and then the child ends by itself; in both cases the parent goes on.
 */
#include "../support/runtime.h"

/* In the child, where it exits by itself, what the parent's other threads hold looks like leaks. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "detect_leaks=0";
}

static nw_event over;
static pid_t pid;

static int fork_and(bool leave)
{
    int five = 5;

    pid = fork_at_rest();
    if (pid == 0) {
        alarm(20);
        CHECK(nw_yield() < 0);
        CHECK_EQ(nw_run(task_return_number, &five), 5);
        if (leave)
            _exit(0);
        return 0;
    }
    nw_event_set(&over);
    return 0;
}

static int fork_and_leave(void *arg)
{
    (void)arg;
    return fork_and(true);
}

static int fork_and_return(void *arg)
{
    (void)arg;
    return fork_and(false);
}

static int wait_for_child(void *arg)
{
    int status;

    (void)arg;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

static int first(void *arg)
{
    nw_task_fn *const bodies[] = {fork_and_leave, fork_and_return};

    (void)arg;
    for (int i = 0; i < 2; i++) {
        nw_event_init(&over);
        CHECK_EQ(nw_loop_call(nw_loop_at(1), bodies[i], NULL), 0);
        CHECK_EQ(nw_event_wait(&over), 0);
        CHECK_EQ(nw_to_thread(wait_for_child, NULL), 0);
        nw_event_finish(&over);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    return 0;
}
