/* SPDX-License-Identifier: MIT */
/* ctest: no-valgrind */
/* What waits for a worker when the loop ends is in the file, or among what is said to be lost. */
#include "../support/runtime.h"

#include <nowait/debug.h>

#define YIELDS 5000 /* fill one block of events, not two */

static int leave[2];

static void yield_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < YIELDS; i++)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(write(leave[1], "", 1), 1);
}

static int yield_at_the_end(void *arg)
{
    CHECK_EQ(nw_defer(yield_often, arg), 0);
    return nw_sleep(NW_FOREVER);
}

static int first(void *arg)
{
    CHECK_EQ(nw_trace_start("trace"), 0);
    nw_detach(nw_spawn(task_keep_worker, &leave[0]));
    nw_detach(nw_spawn(yield_at_the_end, arg));
    for (int i = 0; i < YIELDS; i++)
        CHECK_EQ(nw_yield(), 0);
    return 0;
}

int main(void)
{
    static char line[4096];
    long events = 0, dropped = -1;

    check_enter_folder();
    CHECK_SYS(pipe(leave));
    CHECK_EQ(nw_run_with(&(nw_run_options){.pool_threads = 1}, first, NULL), 0);
    FILE *file = fopen("trace", "re");
    CHECK(file);
    while (fgets(line, sizeof line, file)) {
        const char *count = strstr(line, "\"count\":");
        events += strstr(line, "\"ph\":\"X\"") != NULL;
        if (count)
            dropped = strtol(count + strlen("\"count\":"), NULL, 10);
    }
    CHECK_EQ(fclose(file), 0);
    CHECK(dropped >= 0);
    CHECK(events + dropped >= 4L * YIELDS); /* each yield: it ran, it was ready */
    return 0;
}
