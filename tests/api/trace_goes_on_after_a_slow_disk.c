/* SPDX-License-Identifier: MIT */
/* Events are lost while no worker takes them, and only then. */
#include "../support/runtime.h"

#include <nowait/debug.h>

#define YIELDS 20000 /* fill all blocks of events */

static int leave[2];

static int first(void *arg)
{
    const nw_spawn_options named = {.name = "latecomer"};

    (void)arg;
    CHECK_EQ(nw_trace_start("trace"), 0);
    nw_task *occupier = nw_spawn(task_keep_worker, &leave[0]);
    for (int i = 0; i < YIELDS; i++)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(write(leave[1], "", 1), 1);
    CHECK_EQ(nw_await(occupier), 0);
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0); /* the one worker has written before */
    CHECK_EQ(nw_await(nw_spawn_with(&named, task_return_zero, NULL)), 0);
    return nw_trace_stop();
}

int main(void)
{
    static char line[4096];
    bool found = false;

    check_enter_folder();
    CHECK_SYS(pipe(leave));
    CHECK_EQ(nw_run_with(&(nw_run_options){.pool_threads = 1}, first, NULL), 0);
    FILE *file = fopen("trace", "re");
    CHECK(file);
    while (fgets(line, sizeof line, file))
        found |= strstr(line, "latecomer") != NULL;
    CHECK_EQ(fclose(file), 0);
    CHECK(found);
    return 0;
}
