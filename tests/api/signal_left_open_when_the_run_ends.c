/* SPDX-License-Identifier: MIT */
/* Signals that are still received when the run ends have their previous actions back; closing comes late, and
 * does no harm. */
#include "../support/runtime.h"

#include <signal.h>

static nw_signals *left_open;
static volatile sig_atomic_t previous_calls;

static void count_call(int number)
{
    (void)number;
    previous_calls++;
}

static int open_only(void *arg)
{
    (void)arg;
    return nw_signals_open(&(int){SIGUSR1}, 1, &left_open);
}

int main(void)
{
    CHECK(signal(SIGUSR1, count_call) != SIG_ERR);
    CHECK_EQ(nw_run(open_only, NULL), 0);
    raise(SIGUSR1);
    CHECK_EQ(previous_calls, 1);
    nw_signals_close(left_open);
    raise(SIGUSR1);
    CHECK_EQ(previous_calls, 2);
    return 0;
}
