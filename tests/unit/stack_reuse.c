/* SPDX-License-Identifier: MIT */
/*
 * Taking, using and giving back stacks that were in use before makes no system call.
 * ctest: no-valgrind no-sanitizer no-qemu
 */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coro/coro.h"
#include "coro/stack.h"
#include "unit.h"

#define COUNT 100

static struct nw__stacks stacks;
static struct nw__context native;

struct task {
    struct nw__stack stack;
    struct nw__context context;
    int runs;
};

static void run(void *arg)
{
    struct task *self = arg;

    self->runs++;
    nw__context_switch_last(&self->context, &native);
}

/* Returns how many tasks ran. */
static int take_run_give(void)
{
    static struct task *tasks[COUNT];
    int ran = 0;

    for (int i = 0; i < COUNT; i++) {
        tasks[i] = (struct task *)nw__stacks_take(&stacks);
        if (!tasks[i])
            return -1;
        tasks[i]->runs = 0;
        nw__context_init(&tasks[i]->context, tasks[i]->stack.low, nw__stack_top(&tasks[i]->stack), run,
                         tasks[i]);
        nw__context_switch(&native, &tasks[i]->context);
    }
    for (int i = 0; i < COUNT; i++) {
        ran += tasks[i]->runs;
        nw__stacks_give(&stacks, &tasks[i]->stack);
    }
    return ran;
}

/* In strict mode the kernel kills whoever makes a call other than read, write and exit. */
static void child(void)
{
    int ran = 0;

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
        _exit(77);
    for (int i = 0; i < 10; i++)
        ran += take_run_give();
    syscall(SYS_exit, ran == 10 * COUNT ? 0 : 1);
}

static void reuse_makes_no_system_call(void **state)
{
#ifdef NW__SWITCH_UCONTEXT
    skip(); /* swapcontext() sets the signal mask each time */
#endif
    pid_t pid;
    int status;

    (void)state;
    nw__context_init_native(&native);
    assert_int_equal(nw__stacks_init(&stacks, 0, sizeof(struct task)), 0);
    assert_int_equal(take_run_give(), COUNT);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    nw__stacks_finish(&stacks);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuse_makes_no_system_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
