/* SPDX-License-Identifier: MIT */
/*
 * SIGINT cancels the first task, a second one ends the process; where it is kept, handled or ignored by the
 * program, it is left alone. After the run its action is what it was.
 *
 * ctest: no-tsan (what comes while a task runs, TSan keeps for that task's fiber, and not for the thread)
 */
#include "../support/runtime.h"

static int cleaned;

static void clean_up(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    cleaned++;
}

static int interrupt_myself(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_defer(clean_up, NULL), 0);
    CHECK_SYS(kill(getpid(), SIGINT));
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return -ECANCELED;
}

static int one_interrupt(void *arg)
{
    struct sigaction action;

    (void)arg;
    for (int i = 1; i <= 3; i++) {
        CHECK_EQ(nw_run(interrupt_myself, NULL), -ECANCELED);
        CHECK_EQ(cleaned, i);
    }
    CHECK_SYS(sigaction(SIGINT, NULL, &action));
    CHECK(action.sa_handler == SIG_DFL);
    return 12;
}

static int interrupt_in_vain(void *arg)
{
    nw_shield shield;

    (void)arg;
    CHECK_SYS(kill(getpid(), SIGINT));
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    nw_shield_begin(&shield);
    CHECK_SYS(kill(getpid(), SIGINT));
    (void)nw_sleep(NW_FOREVER);
    check_fail(__FILE__, __LINE__, "the second did not end the process");
}

static int two_interrupts(void *arg)
{
    return nw_run(interrupt_in_vain, arg);
}

static int kept(void *arg)
{
    return nw_run_with(&(nw_run_options){.keep_signals = true}, interrupt_myself, arg);
}

static volatile sig_atomic_t handled;

static void own_handler(int number)
{
    (void)number;
    handled = handled + 1;
}

static int interrupt_handled(void *arg)
{
    (void)arg;
    CHECK_SYS(kill(getpid(), SIGINT));
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    return handled;
}

static int with_own_handler(void *arg)
{
    struct sigaction action = {.sa_handler = own_handler};

    (void)arg;
    CHECK_SYS(sigaction(SIGINT, &action, NULL));
    CHECK_EQ(nw_run(interrupt_handled, NULL), 1);
    action.sa_handler = SIG_IGN;
    CHECK_SYS(sigaction(SIGINT, &action, NULL));
    CHECK_EQ(nw_run(interrupt_handled, NULL), 1);
    return 13;
}

static int status_of(int (*body)(void *arg))
{
    struct child child;

    run_child(body, NULL, &child);
    CHECK_STR(child.said, "");
    return child.status;
}

int main(void)
{
    int status = status_of(one_interrupt);

    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 12);
    status = status_of(two_interrupts);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGINT);
    status = status_of(kept);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGINT);
    status = status_of(with_own_handler);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 13);
    return 0;
}
