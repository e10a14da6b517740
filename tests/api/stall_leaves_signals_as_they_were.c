/* SPDX-License-Identifier: MIT */
/* ctest: no-sanitizer no-qemu */
/* A stall detector leaves the signal mask alone when it cannot begin, and what others set when it ends. */
#include "../support/runtime.h"

#include "../support/seccomp.h"

static const nw_run_options watched = {.stall_limit_ns = NW_SEC(10)};

static void ignore(int number)
{
    (void)number;
}

static int set_action(void *arg)
{
    (void)arg;
    CHECK_SYS(sigaction(SIGURG, &(struct sigaction){.sa_handler = ignore}, NULL));
    return 0;
}

int main(void)
{
    struct sigaction action;
    sigset_t mask;

    CHECK_EQ(nw_run_with(&watched, set_action, NULL), 0);
    CHECK_SYS(sigaction(SIGURG, NULL, &action));
    CHECK(action.sa_handler == ignore);

    sigemptyset(&mask);
    sigaddset(&mask, SIGURG);
    CHECK_SYS(sigprocmask(SIG_BLOCK, &mask, NULL));
    if (seccomp_forbid(__NR_clone3, EAGAIN) < 0 || seccomp_forbid(__NR_clone, EAGAIN) < 0)
        check_skip("no seccomp filters here");
    CHECK_EQ(nw_run_with(&watched, set_action, NULL), -EAGAIN);
    CHECK_SYS(sigprocmask(SIG_BLOCK, NULL, &mask));
    CHECK_EQ(sigismember(&mask, SIGURG), 1);
    return 0;
}
