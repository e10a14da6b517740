/* SPDX-License-Identifier: MIT */
/* ctest: no-sanitizer no-valgrind */
/*
 * When the address space is used up nw_spawn returns NULL, nw_group_spawn -ENOMEM, and so does nw_each
 * without a single task; what runs goes on; when tasks have ended there is room again.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

#define MANY 20000

static int spawn_until_full(void *arg)
{
    static nw_task *tasks[MANY];
    int count = 0, five = 5;
    nw_group group;

    (void)arg;
    while (count < MANY && (tasks[count] = nw_spawn(task_sleep_forever, NULL)))
        count++;
    CHECK(count > 100 && count < MANY);
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, task_return_zero, NULL), -ENOMEM);
    CHECK_EQ(nw_group_finish(&group), 0);
    CHECK_EQ(nw_await(nw_spawn(task_return_zero, NULL)), -ENOMEM);
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    nw_cancel(tasks[0]);
    CHECK_EQ(nw_await(tasks[0]), -ECANCELED);
    CHECK_EQ(nw_await(nw_spawn(task_return_number, &five)), 5);
    for (int i = 1; i < count; i++)
        nw_cancel(tasks[i]);
    CHECK_EQ(nw_gather(tasks + 1, (size_t)count - 1), -ECANCELED);
    CHECK_EQ(tasks_alive(), 1);
    return 0;
}

int main(void)
{
    struct rlimit limit = {1024UL << 20, 1024UL << 20};

    CHECK_SYS(setrlimit(RLIMIT_AS, &limit));
    CHECK_EQ(nw_run_with(&(nw_run_options){.stack_bytes = 1 << 20}, spawn_until_full, NULL), 0);
    return 0;
}
