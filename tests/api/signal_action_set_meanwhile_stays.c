/* SPDX-License-Identifier: MIT */
/* An action that the program sets for SIGINT during a run is its own: the run's end does not take it away. */
#include "../support/runtime.h"

static volatile sig_atomic_t calls;

static void count_call(int number)
{
    (void)number;
    calls++;
}

static int set_action(void *arg)
{
    (void)arg;
    CHECK(signal(SIGINT, count_call) != SIG_ERR);
    return 0;
}

int main(void)
{
    CHECK(signal(SIGINT, SIG_DFL) != SIG_ERR);
    CHECK_EQ(nw_run(set_action, NULL), 0);
    raise(SIGINT);
    CHECK_EQ(calls, 1);
    return 0;
}
