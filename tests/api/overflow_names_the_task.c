/* SPDX-License-Identifier: MIT */
/* ctest: no-sanitizer no-valgrind */
/*
 * A task that overflows its stack, the default one or one of its own size, ends the process with SIGSEGV and
 * a message that names it; a wild pointer ends it the same way without one; other handlers are left alone.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

static int recurse(volatile char *above, int depth)
{
    volatile char frame[512];

    frame[0] = (char)(above[0] + depth);
    if (depth == INT_MAX)
        return 0;
    return recurse(frame, depth + 1) + frame[0];
}

static int overflow(void *arg)
{
    volatile char start[1] = {1};

    (void)arg;
    return recurse(start, 0);
}

static int spawn_overflow(void *arg)
{
    nw_spawn_options options = {.name = "greedy reader", .stack_bytes = *(size_t *)arg};

    nw_detach(nw_spawn(task_sleep_forever, NULL));
    return nw_await(nw_spawn_with(&options, overflow, NULL));
}

static int run_overflow(void *arg)
{
    return nw_run(spawn_overflow, arg);
}

static int run_overflow_of_first(void *arg)
{
    return nw_run(overflow, arg);
}

static int overflow_elsewhere(void *arg)
{
    CHECK_EQ(nw_loop_call(nw_loop_at(1), spawn_overflow, arg), 0);
    return nw_sleep(NW_FOREVER);
}

static int run_on_second_loop(void *arg)
{
    return nw_run_with(&(nw_run_options){.loops = 2}, overflow_elsewhere, arg);
}

static int touch_nothing(void *arg)
{
    volatile int *nowhere = *(int *volatile *)arg;

    return *nowhere;
}

static int run_wild(void *arg)
{
    int *nowhere = (int *)8;

    (void)arg;
    return nw_run(touch_nothing, &nowhere);
}

static void own_handler(int number)
{
    (void)number;
    _exit(55);
}

static int run_with_own_handler(void *arg)
{
    static char stack[65536];
    struct sigaction action = {.sa_handler = own_handler, .sa_flags = SA_ONSTACK}, after;

    CHECK_SYS(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL));
    CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    CHECK_SYS(sigaction(SIGSEGV, NULL, &after));
    CHECK(after.sa_handler == own_handler);
    return nw_run(spawn_overflow, arg);
}

static int run_with_kept_signals(void *arg)
{
    return nw_run_with(&(nw_run_options){.keep_signals = true}, spawn_overflow, arg);
}

static void dies_saying(int (*body)(void *arg), size_t stack_bytes, const char *words)
{
    struct child child;

    run_child(body, &stack_bytes, &child);
    CHECK(WIFSIGNALED(child.status));
    CHECK_EQ(WTERMSIG(child.status), SIGSEGV);
    if (!words)
        CHECK_STR(child.said, "");
    else if (!strstr(child.said, words) || !strstr(child.said, "stack overflow"))
        check_fail(__FILE__, __LINE__, "\"%s\" is not in: %s", words, child.said);
}

int main(void)
{
    struct rlimit no_core = {0, 0};
    struct sigaction before;
    struct child child;
    size_t zero = 0;

    CHECK_SYS(setrlimit(RLIMIT_CORE, &no_core));
    dies_saying(run_overflow, 0, "greedy reader");
    dies_saying(run_overflow, 64 * 1024, "greedy reader");
    dies_saying(run_overflow, 8 * 1024 * 1024, "greedy reader");
    dies_saying(run_on_second_loop, 0, "greedy reader");
    dies_saying(run_overflow_of_first, 0, "task");
    dies_saying(run_with_kept_signals, 0, NULL);
    dies_saying(run_wild, 0, NULL);
    run_child(run_with_own_handler, &zero, &child);
    CHECK(WIFEXITED(child.status));
    CHECK_EQ(WEXITSTATUS(child.status), 55);
    CHECK_STR(child.said, "");
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    CHECK_SYS(sigaction(SIGSEGV, NULL, &before));
    CHECK(before.sa_handler == SIG_DFL); /* given back */
    return 0;
}
