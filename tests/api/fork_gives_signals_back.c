/* SPDX-License-Identifier: MIT */
/*
 * A task forks in a run of two loops that watches SIGINT, SIGSEGV and, for stalls, SIGURG. When the task has
 * returned in the child, also after it ran something afresh, they have the actions that they had before.
 *
 * ctest: no-tsan (it takes the child's threads for the parent's) no-valgrind (as below)
 */
#include "../support/runtime.h"

/* What the parent's other threads hold looks like leaks in the child. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "detect_leaks=0";
}

static const int numbers[] = {SIGINT, SIGSEGV, SIGURG};
static void *before[3];
static bool in_child;

static void *action_of(int number)
{
    struct sigaction action;

    CHECK_SYS(sigaction(number, NULL, &action));
    return (void *)(uintptr_t)action.sa_handler;
}

static int fork_in_task(void *arg)
{
    const nw_run_options options = {.stall_limit_ns = NW_SEC(60)};
    bool afresh = *(bool *)arg;
    int five = 5, status;

    CHECK(action_of(SIGINT) != before[0]);
    CHECK(action_of(SIGURG) != before[2]);
    pid_t pid = fork_at_rest();
    if (pid == 0) {
        in_child = true;
        alarm(20);
        if (afresh)
            CHECK_EQ(nw_run_with(&options, task_return_number, &five), 5);
        return 0;
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return 0;
}

int main(void)
{
    const nw_run_options options = {.loops = 2, .stall_limit_ns = NW_SEC(60)};

    /* A shell's background job has it ignored, and then it stays so. */
    CHECK(signal(SIGINT, SIG_DFL) != SIG_ERR);
    for (int i = 0; i < 3; i++)
        before[i] = action_of(numbers[i]);
    for (int afresh = 0; afresh < 2; afresh++) {
        bool chosen = afresh;
        int rc = nw_run_with(&options, fork_in_task, &chosen);
        CHECK_EQ(rc, in_child ? NW_EFORKED : 0);
        for (int i = 0; i < 3; i++)
            CHECK(action_of(numbers[i]) == before[i]);
        if (in_child)
            return 0;
    }
    return 0;
}
