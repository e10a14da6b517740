/* SPDX-License-Identifier: MIT */
/* Cancelling the last of many timers gives the memory of all back, and takes none: it works when none is
 * left. */
#include "../support/runtime.h"

#define TIMERS 10000

static bool memory_is_out;

/* Where the heap of timers gets its memory. */
void *aligned_alloc(size_t alignment, size_t size)
{
    void *memory;

    return !memory_is_out && posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

static int first(void *arg)
{
    static nw_op timers[TIMERS];
    static nw_op *all[TIMERS];

    (void)arg;
    for (int i = 0; i < TIMERS; i++) {
        all[i] = &timers[i];
        nw_op_timer(&timers[i], NW_FOREVER);
        CHECK_EQ(nw_op_submit(NULL, &timers[i]), 0);
    }
    memory_is_out = true;
    for (int i = 0; i < TIMERS; i++) {
        nw_op_cancel(&timers[i]);
        nw_op_cancel(&timers[i]);
        CHECK_EQ(nw_wait_all(&all[i], 1), 0);
        CHECK_EQ(timers[i].result, -ECANCELED);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
