/* SPDX-License-Identifier: MIT */
/*
 * A slice stream that was made outside a task is read on in one run after the other, and can be closed in any
 * of them, or in none.
 */
#include "../support/runtime.h"

static nw_stream *stream;

static int read_two(void *arg)
{
    char data[2];

    CHECK_EQ(nw_read(stream, data, 2), 2);
    CHECK_MEM(data, arg, 2);
    return 0;
}

static int close_it(void *arg)
{
    (void)arg;
    return nw_close(stream);
}

int main(void)
{
    char ab[] = "ab", cd[] = "cd";

    CHECK_EQ(nw_open_slice(nw_slice_of("abcdef"), &stream), 0);
    CHECK_EQ(nw_run(read_two, ab), 0);
    CHECK_EQ(nw_run(read_two, cd), 0);
    CHECK_EQ(nw_run(close_it, NULL), 0);

    CHECK_EQ(nw_open_slice(nw_slice_of("abcdef"), &stream), 0);
    CHECK_EQ(nw_run(read_two, ab), 0);
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}
