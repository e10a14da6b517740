/* SPDX-License-Identifier: MIT */
/*
 * A program that is a pipe to a person: one task copies from a peer to the terminal, and never ends; another
 * one reads what is typed. It need not wait for the copy.
 */
#include "check.h"
#include <nowait.h>
#include <termios.h>

static int peer[2];
static int keyboard;

static int copy_to_terminal(void *arg)
{
    nw_stream *from;

    (void)arg;
    CHECK_EQ(nw_open_fd(peer[0], "r", &from), 0);
    CHECK_EQ(nw_copy(nw_stdout(), from, 0, NULL), 5);
    return nw_close(from);
}

static int run(void *arg)
{
    nw_slice line;

    (void)arg;
    nw_task *copier = nw_spawn(copy_to_terminal, NULL);
    CHECK_EQ(nw_yield(), 0); /* it waits for the peer */
    CHECK_EQ(nw_fd_write(keyboard, "typed\n", 6), 6);
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 6);
    CHECK_MEM(line.data, "typed\n", 6);
    CHECK_EQ(nw_fd_write(peer[1], "peer\n", 5), 5);
    CHECK_EQ(nw_fd_close(peer[1]), 0);
    CHECK_EQ(nw_await(copier), 0);
    return 0;
}

int main(void)
{
    int terminal;

    keyboard = CHECK_SYS(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    CHECK_SYS(grantpt(keyboard));
    CHECK_SYS(unlockpt(keyboard));
    terminal = CHECK_SYS(open(ptsname(keyboard), O_RDWR | O_NOCTTY | O_CLOEXEC));
    CHECK_SYS(dup2(terminal, 0));
    CHECK_SYS(dup2(terminal, 1));
    CHECK_SYS(pipe2(peer, O_CLOEXEC));
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
