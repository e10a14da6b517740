/* SPDX-License-Identifier: MIT */
/* nw_dump_tasks writes a line for each task with its name and what it waits for; nw_stats counts the same. */
#include "../support/runtime.h"

static int first(void *arg)
{
    nw_task *sleeper = nw_spawn_with(&(nw_spawn_options){.name = "the sleeper"}, task_sleep_forever, NULL);
    char text[4096] = "";
    int lines = 0;

    (void)arg;
    CHECK_EQ(nw_yield(), 0);
    nw_task *ready = nw_spawn_with(&(nw_spawn_options){.name = "the new one"}, task_return_zero, NULL);
    FILE *file = fmemopen(text, sizeof text, "w");
    CHECK(file);
    nw_dump_tasks(file);
    CHECK_EQ(fclose(file), 0);
    nw_dump_tasks(NULL);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    CHECK_EQ(lines, 3);
    CHECK_EQ(tasks_alive(), 3);
    CHECK(strstr(text, "the sleeper"));
    CHECK(strstr(text, "sleep"));
    CHECK(strstr(text, "the new one"));
    CHECK(strstr(text, "running"));
    CHECK_EQ(nw_await(ready), 0);
    nw_cancel(sleeper);
    CHECK_EQ(nw_await(sleeper), -ECANCELED);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
