/* SPDX-License-Identifier: MIT */
/* Options out of bounds are refused before anything runs; those at the bounds work. */
#include "../support/runtime.h"

static const nw_run_options defaults;

static void refused(nw_run_options options)
{
    int calls = 0;
    nw_loop *loop = NULL;

    CHECK_EQ(nw_run_with(&options, task_count, &calls), -EINVAL);
    CHECK_EQ(calls, 0);
    options.loops = 0;
    if (memcmp(&options, &defaults, sizeof options) != 0)
        CHECK_EQ(nw_loop_create(&options, &loop), -EINVAL);
    CHECK(!loop);
}

static void accepted(nw_run_options options)
{
    int calls = 0;

    CHECK_EQ(nw_run_with(&options, task_count, &calls), 0);
    CHECK_EQ(calls, 1);
}

int main(void)
{
    refused((nw_run_options){.backend = (enum nw_backend)7});
    refused((nw_run_options){.loops = 1000000});
    refused((nw_run_options){.stack_bytes = 1});
    refused((nw_run_options){.stack_bytes = SIZE_MAX});
    refused((nw_run_options){.queue_entries = 3});
    refused((nw_run_options){.queue_entries = 1u << 31});
    refused((nw_run_options){.reserved = {0, 1}});
    accepted((nw_run_options){.queue_entries = 1});
    accepted((nw_run_options){.pool_threads = 1});
    accepted((nw_run_options){.stack_bytes = 64 * 1024 + 1});
    accepted((nw_run_options){.loops = 1, .keep_signals = true});
    accepted((nw_run_options){.backend = NW_BACKEND_EPOLL, .loops = 3});
    return 0;
}
