/* SPDX-License-Identifier: MIT */
/* A task may have a stack of its own size, larger or smaller than the others', and uses all of it. */
#include "../support/runtime.h"

static int use_stack(void *arg)
{
    size_t size = *(size_t *)arg;
    volatile char *data = __builtin_alloca(size);

    for (size_t i = 0; i < size; i += 512)
        data[i] = (char)(i / 512);
    CHECK_EQ(nw_yield(), 0); /* others run on theirs */
    for (size_t i = 0; i < size; i += 512)
        CHECK_EQ(data[i], (char)(i / 512));
    return 1;
}

static int first(void *arg)
{
    size_t used[] = {16 << 10, 160 << 10, 900 << 10, 15 << 20};
    const size_t reserved[] = {64 << 10, 0, 1 << 20, 16 << 20};
    nw_task *tasks[40];

    (void)arg;
    for (int i = 0; i < 40; i++) {
        tasks[i] =
            nw_spawn_with(&(nw_spawn_options){.stack_bytes = reserved[i % 4]}, use_stack, &used[i % 4]);
        CHECK(tasks[i]);
    }
    for (int i = 0; i < 40; i++)
        CHECK_EQ(nw_await(tasks[i]), 1);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(nw_run_with(&(nw_run_options){.stack_bytes = 512 << 10}, first, NULL), 0);
    return 0;
}
