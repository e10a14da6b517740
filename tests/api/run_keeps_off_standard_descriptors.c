/* SPDX-License-Identifier: MIT */
/*
 * A program without standard input and output: no descriptor of the library's takes their numbers, where what
 * is printed would go into it. There are no such streams then.
 */
#include "check.h"
#include <nowait.h>

static int look(void *arg)
{
    (void)arg;
    CHECK(fcntl(0, F_GETFD) < 0);
    CHECK(fcntl(1, F_GETFD) < 0);
    CHECK(!nw_stdin());
    CHECK(!nw_stdout());
    CHECK_EQ(nw_printf(nw_stdout(), "lost\n"), -EINVAL);
    CHECK(nw_stderr());
    return nw_sleep(1);
}

int main(void)
{
    nw_run_options several = {.loops = 2};

    close(0);
    close(1);
    CHECK_EQ(nw_run(look, NULL), 0);
    CHECK_EQ(nw_run_with(&several, look, NULL), 0);
    return 0;
}
