/* SPDX-License-Identifier: MIT */
/* A worker reports its result while the run ends right after: thousands of times, nothing is used when freed.
 */
#include "../support/runtime.h"

static int call_once(void *arg)
{
    return nw_to_thread(task_return_number, arg);
}

static int leave_calls_behind(void *arg)
{
    for (int i = 0; i < 4; i++)
        nw_detach(nw_spawn(call_once, arg));
    return nw_yield();
}

int main(void)
{
    int rounds = scaled(3000), five = 5;

    for (int i = 0; i < rounds; i++) {
        CHECK_EQ(nw_run(call_once, &five), 5);
        CHECK_EQ(nw_run(leave_calls_behind, &five), 0);
    }
    return 0;
}
