/* SPDX-License-Identifier: MIT */
/*
 * On a terminal: a line that was written is seen at once, what has no newline yet is not; standard error is
 * seen at once in any case; lines typed are read one by one as they come.
 */
#include "check.h"
#include <nowait.h>
#include <sys/wait.h>
#include <termios.h>

static int keyboard;   /* the user's end */
static int told[2];    /* the program says that it has got somewhere */
static int allowed[2]; /* and is told to go on */

/* -- the program, its standard streams on the terminal -- */

static void tell_and_wait(void)
{
    char byte = 0;

    CHECK_EQ(nw_fd_write(told[1], "x", 1), 1);
    CHECK_EQ(nw_fd_read(allowed[0], &byte, 1), 1);
}

static int program(void *arg)
{
    nw_slice line;
    char data[64];

    (void)arg;
    CHECK_EQ(nw_write(nw_stdout(), "a line\n", 7), 7);
    CHECK_EQ(nw_write(nw_stdout(), "part", 4), 4);
    tell_and_wait();
    CHECK_EQ(nw_write(nw_stdout(), "ly\n", 3), 3);
    CHECK_EQ(nw_write(nw_stdout(), "not yet", 7), 7);
    tell_and_wait();
    CHECK_EQ(nw_flush(nw_stdout()), 0);
    tell_and_wait();
    CHECK_EQ(nw_write(nw_stderr(), "oh", 2), 2);
    CHECK_EQ(nw_printf(nw_stderr(), "%s", "no"), 2);
    tell_and_wait();
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 6);
    CHECK_MEM(line.data, "typed\n", 6);
    tell_and_wait();
    CHECK_EQ(nw_read(nw_stdin(), data, sizeof data), 4);
    CHECK_MEM(data, "two\n", 4);
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 0);
    CHECK_EQ(nw_write(nw_stdout(), "at the end", 10), 10);
    return 0;
}

static void run_program(const char *terminal)
{
    int fd;

    CHECK_SYS(setsid());
    fd = CHECK_SYS(open(terminal, O_RDWR | O_CLOEXEC)); /* the first that a session opens is its own */
    for (int i = 0; i < 3; i++)
        CHECK_SYS(dup2(fd, i));
    close(fd);
    close(told[0]);
    close(allowed[1]);
    CHECK_EQ(nw_run(program, NULL), 0);
    _exit(0);
}

/* -- the user -- */

static void wait_for_program(void)
{
    char byte;

    CHECK_EQ(read(told[0], &byte, 1), 1);
}

static void let_it_go_on(void)
{
    CHECK_EQ(write(allowed[1], "x", 1), 1);
}

/* All that can be seen now is this. */
static void seen(const char *expected)
{
    char data[256];
    size_t size = 0, wanted = strlen(expected);

    CHECK_SYS(fcntl(keyboard, F_SETFL, 0));
    while (size < wanted) {
        ssize_t got = CHECK_SYS(read(keyboard, data + size, sizeof data - size));

        CHECK(got > 0);
        size += (size_t)got;
    }
    CHECK_EQ(size, wanted);
    CHECK_MEM(data, expected, wanted);
    CHECK_SYS(fcntl(keyboard, F_SETFL, O_NONBLOCK));
    CHECK(read(keyboard, data, sizeof data) < 0 &&
          (errno == EAGAIN || errno == EIO)); /* EIO: the program has ended */
    CHECK_SYS(fcntl(keyboard, F_SETFL, 0));
}

static void type(const char *text)
{
    CHECK_EQ(write(keyboard, text, strlen(text)), strlen(text));
}

static void use_program(void)
{
    wait_for_program();
    seen("a line\r\n");
    let_it_go_on();
    wait_for_program();
    seen("partly\r\n");
    let_it_go_on();
    wait_for_program();
    seen("not yet");
    let_it_go_on();
    wait_for_program();
    seen("ohno");
    let_it_go_on();
    type("typed\n");
    wait_for_program();
    type("two\n\4");
    let_it_go_on();
    seen("at the end");
}

static void turn_echo_off(const char *terminal)
{
    struct termios settings;
    int fd = CHECK_SYS(open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC));

    CHECK_SYS(tcgetattr(fd, &settings));
    settings.c_lflag &= ~(tcflag_t)ECHO;
    CHECK_SYS(tcsetattr(fd, TCSANOW, &settings));
    close(fd);
}

int main(void)
{
    char terminal[64];
    pid_t pid;
    int status;

    keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (keyboard < 0 || grantpt(keyboard) < 0 || unlockpt(keyboard) < 0)
        check_skip("no pseudo-terminals here");
    CHECK_EQ(ptsname_r(keyboard, terminal, sizeof terminal), 0);
    turn_echo_off(terminal);
    CHECK_SYS(pipe2(told, O_CLOEXEC));
    CHECK_SYS(pipe2(allowed, O_CLOEXEC));
    pid = CHECK_SYS(fork());
    if (pid == 0)
        run_program(terminal);
    close(told[1]);
    close(allowed[0]);
    use_program();
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return 0;
}
