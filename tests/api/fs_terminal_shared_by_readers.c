/* SPDX-License-Identifier: MIT */
/* Two tasks read from one terminal; one line comes: one of them has it, the other waits, the loop lives on.
 */
#include "check.h"
#include <nowait.h>
#include <poll.h>

static int terminal;
static int lines;

static int read_line(void *arg)
{
    char line[16];
    ssize_t n = nw_fd_read(terminal, line, sizeof line);

    (void)arg;
    if (n < 0)
        return (int)n;
    CHECK_EQ(n, 3);
    CHECK_MEM(line, "hi\n", 3);
    lines++;
    return 0;
}

static int first(void *arg)
{
    int keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    nw_task *readers[2];

    (void)arg;
    if (keyboard < 0 || grantpt(keyboard) < 0 || unlockpt(keyboard) < 0)
        check_skip("no pseudo-terminals here");
    terminal = CHECK_SYS(open(ptsname(keyboard), O_RDWR | O_NOCTTY | O_CLOEXEC));
    for (int i = 0; i < 2; i++)
        readers[i] = nw_spawn(read_line, NULL);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(nw_sleep(NW_US(200)), 0);
    CHECK_EQ(write(keyboard, "hi\n", 3), 3);
    while (lines == 0)
        CHECK_EQ(nw_sleep(NW_US(200)), 0);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(nw_sleep(NW_US(200)), 0);
    CHECK_EQ(lines, 1);
    for (int i = 0; i < 2; i++)
        nw_cancel(readers[i]);
    CHECK_EQ(nw_await(readers[0]) + nw_await(readers[1]), -ECANCELED);
    CHECK_EQ(nw_fd_close(terminal), 0);
    CHECK_EQ(nw_fd_close(keyboard), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
