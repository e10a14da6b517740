/* SPDX-License-Identifier: MIT */
/* When the first task returns, the tasks of all loops are cancelled and joined; a hundred such runs leak
 * nothing. */
#include "../support/runtime.h"
#include <stdatomic.h>

static atomic_int begun, ended;
static nw_event all_begun;
static nw_loop *first_loop;

static int leftover(void *arg)
{
    (void)arg;
    if (atomic_fetch_add(&begun, 1) == 11)
        nw_event_set(&all_begun);
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    /* The first loop takes no more calls, or takes this one and runs it. */
    int rc = nw_loop_call(first_loop, task_return_zero, NULL);
    CHECK(rc == NW_ESHUTDOWN || rc == 0);
    atomic_fetch_add(&ended, 1);
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    first_loop = nw_loop_current();
    nw_event_init(&all_begun);
    for (int i = 0; i < 4; i++)
        for (unsigned loop = 0; loop < 3; loop++)
            CHECK_EQ(nw_loop_call(nw_loop_at(loop), leftover, NULL), 0);
    CHECK_EQ(nw_event_wait(&all_begun), 0);
    nw_event_finish(&all_begun);
    return 17;
}

int main(void)
{
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    int fds = check_open_fds(), threads = check_count_entries("/proc/self/task");
    for (int round = 0; round < scaled(100); round++) {
        atomic_store(&begun, 0);
        atomic_store(&ended, 0);
        CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 3}, first, NULL), 17);
        CHECK_EQ(atomic_load(&ended), 12);
    }
    CHECK_EQ(check_open_fds(), fds);
    CHECK(check_count_entries("/proc/self/task") <= threads + 1); /* a checker may have its own */
    return 0;
}
