/* SPDX-License-Identifier: MIT */
/*
 * A copy from memory to memory never waits, and still notices that it is cancelled: not all of it is copied,
 * and what was not can still be read.
 */
#include "../support/runtime.h"

#define SIZE (256u * 1024 * 1024)

struct copying {
    nw_stream *from;
    nw_stream *to;
    bool begun;
};

static int copy(void *arg)
{
    struct copying *copying = arg;

    copying->begun = true;
    return (int)(nw_copy(copying->to, copying->from, 0, NULL) < 0 ? nw_interrupted() : 0);
}

static int first(void *arg)
{
    struct copying copying = {0};
    nw_task *task;

    CHECK_EQ(nw_open_slice((nw_slice){arg, SIZE}, &copying.from), 0);
    CHECK_EQ(nw_open_memory(0, &copying.to), 0);
    task = nw_spawn(copy, &copying);
    while (!copying.begun)
        CHECK_EQ(nw_yield(), 0);
    CHECK(!nw_done(task)); /* it lets others run */
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    int64_t copied = nw_tell(copying.to);
    CHECK(copied > 0 && copied < SIZE);
    CHECK_EQ(nw_skip(copying.from, SIZE), SIZE - copied);
    CHECK_EQ(nw_close(copying.from), 0);
    CHECK_EQ(nw_close(copying.to), 0);
    return 0;
}

int main(void)
{
    char *data = calloc(1, SIZE);

    CHECK(data);
    CHECK_EQ(nw_run(first, data), 0);
    free(data);
    return 0;
}
