/* SPDX-License-Identifier: MIT */
/*
 * The action of a signal comes with the first user and goes with the last, and nobody else's is touched.
 */
#include "base/action.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void ours(int number)
{
    (void)number;
}

static void theirs(int number)
{
    (void)number;
}

static const struct sigaction our_action = {.sa_handler = ours};

static void *handler(void)
{
    struct sigaction now;

    assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
    return (void *)(uintptr_t)now.sa_handler;
}

static void *address(void (*fn)(int))
{
    return (void *)(uintptr_t)fn;
}

static void first_and_last(void **state)
{
    struct nw__action action = {0};

    (void)state;
    signal(SIGUSR1, theirs);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, false), 0);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, false), 0);
    assert_ptr_equal(handler(), address(ours));
    nw__action_give_back(&action, SIGUSR1);
    assert_ptr_equal(handler(), address(ours));
    nw__action_give_back(&action, SIGUSR1);
    assert_ptr_equal(handler(), address(theirs));
}

static void set_over_ours_stays(void **state)
{
    struct nw__action action = {0};

    (void)state;
    signal(SIGUSR1, SIG_DFL);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, false), 0);
    signal(SIGUSR1, theirs);
    nw__action_give_back(&action, SIGUSR1);
    assert_ptr_equal(handler(), address(theirs));
}

static void only_default_stands_aside(void **state)
{
    struct nw__action action = {0};

    (void)state;
    signal(SIGUSR1, theirs);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, true), 0);
    assert_ptr_equal(handler(), address(theirs));
    nw__action_give_back(&action, SIGUSR1);
    assert_ptr_equal(handler(), address(theirs));
}

static void what_cannot_be_caught(void **state)
{
    struct nw__action action = {0};

    (void)state;
    assert_int_equal(nw__action_take(&action, SIGKILL, &our_action, false), -EINVAL);
    assert_int_equal(nw__action_take(&action, 1000, &our_action, false), -EINVAL);
    assert_int_equal(action.users, 0);
}

static void forgotten_in_a_child(void **state)
{
    struct nw__action action = {0};
    int status;

    (void)state;
    signal(SIGUSR1, theirs);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, false), 0);
    assert_int_equal(nw__action_take(&action, SIGUSR1, &our_action, false), 0);
    pid_t child = fork();
    if (child == 0) {
        nw__action_forget(&action, SIGUSR1);
        _exit(handler() != address(theirs));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ptr_equal(handler(), address(ours));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_and_last),
        cmocka_unit_test(set_over_ours_stays),
        cmocka_unit_test(only_default_stands_aside),
        cmocka_unit_test(what_cannot_be_caught),
        cmocka_unit_test(forgotten_in_a_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
